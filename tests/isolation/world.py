"""Two tenants with a row in every table, made from the models, so that a new table is in the walk from its first day.

Every free text of the other tenant carries its canary.
"""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from uuid_utils.compat import uuid7

from accounts.models import (
    Account,
    Actor,
    ApiKey,
    Invitation,
    Membership,
    Role,
    Scope,
    Tenant,
    User,
    digest,
)
from accounts.scope import tenant_scope
from accounts.services.imports.staging import pack
from accounts.tenancy import TenantModel
from health import services as health
from relationships.models import FirstValue
from tests.conftest import password_hash

# Filled by scoring, or rows that would take another row of this world back.
LEFT_EMPTY = {
    "health.score",
    "health.scoresnapshot",
    "health.scorecard",
    "health.observationwithdrawal",
    "health.clearedflag",
    "relationships.ratingwithdrawal",
    "feedback.responsewithdrawal",
}
# Values that a check of the table asks for.
FIXED: dict[str, dict[str, Any]] = {
    "relationships.rating": {"strength": "okay"},
    "accounts.step": {"source": "promise"},
    "relationships.pillarrating": {"value": 3},
    "relationships.pillarreading": {"share": 0.5},
    "relationships.moment": {"valence": 1, "intensity": 2},
    "relationships.advocateask": {"answer": None},
    "relationships.situation": {"result": None},
    "accounts.persona": {"role": "champion", "influence": 4},
    "accounts.outbox": {"kind": "send_invitation", "done_at": True},
    "accounts.activity": {"verb": "account.changed", "object_type": "account"},
    "health.observation": {"measure": "nps", "value": 9, "facet": ""},
    "feedback.response": {"answer": 9},
    "accounts.savedview": {"query": "band=watch", "shared": 1},
    "health.override": {"band": "watch"},
    "accounts.import": {"kind": "accounts", "file": "no-such-file", "format": "csv", "encoding": "utf-8"},
    "accounts.importchunk": {"rows": pack({"numbers": [2], "rows": [["a"]]}), "length": 1, "first": 2},
    "accounts.importmapping": {"kind": "accounts"},
}
# What held and ended: only one of a kind may hold still. An edge runs between two people.
ENDED = {"from_on": dt.date(2025, 1, 1), "until_on": dt.date(2025, 6, 1)}
FIXED["relationships.edge"] = {**ENDED, "target": lambda side: side.rows["accounts.persona"][1].pk}
FIXED["relationships.pairing"] = ENDED
# Two of each name: what is offered as a duplicate is a form like any other.
FIXED["accounts.account"] = {"name": lambda side: f"{side.canary} name {Account.objects.count() // 2}"}
# At most one for each account.
FIXED["relationships.firstvalue"] = {
    "account": lambda side: side.rows["accounts.account"][FirstValue.objects.count()].pk
}
FIXED["accounts.personalink"] = {
    "persona": lambda side: min(row.pk for row in side.rows["accounts.persona"][:2]),
    "other": lambda side: max(row.pk for row in side.rows["accounts.persona"][:2]),
}
_number = itertools.count(1)


@dataclass
class Side:
    """One tenant of the world: who acts in it, and its rows by model label."""

    tenant: Tenant
    canary: str
    members: dict[str, Actor] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Any]] = field(default_factory=dict)
    lent: dict[str, int] = field(default_factory=dict)

    def id_of(self, label: str) -> uuid.UUID:
        return self.rows[label][0].pk

    def ids(self) -> set[str]:
        """The ids of every row that carries a uuid."""
        return {str(row.pk) for rows in self.rows.values() for row in rows if isinstance(row.pk, uuid.UUID)}


@dataclass
class World:
    """``mine`` is the tenant that asks, ``theirs`` the one that must stay unseen and unchanged."""

    mine: Side
    theirs: Side


def make_world() -> World:
    """Two new tenants, committed."""
    number = next(_number)
    return World(make_side(f"mine-{number}"), make_side(f"theirs-{number}"))


def make_side(slug: str) -> Side:
    now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    canary = f"CANARY{slug.replace('-', '')}"
    tenant = Tenant.objects.create(slug=slug, name=f"{canary} Ltd", created_at=now)
    side = Side(tenant, canary)
    for role in Role.values:
        user = User.objects.create(
            email=f"{role}@{canary.lower()}.test", name=f"{canary} {role}", password=password_hash()
        )
        member = Membership.objects.create(tenant=tenant, user=user, role=role, created_at=now)
        side.members[role] = Actor(tenant=tenant, membership=member, role=role)
    admin = side.members["admin"].membership
    spare = User.objects.create(email=f"spare@{canary.lower()}.test", name=f"{canary} spare")
    # The first row of each kind is the one that requests aim at: no actor of the walk depends on it.
    side.rows["accounts.membership"] = [
        Membership.objects.create(tenant=tenant, user=spare, role="viewer", created_at=now),
        *(actor.membership for actor in side.members.values()),
    ]
    for scope in ["spare", *Scope.values]:
        prefix = uuid.uuid4().hex[:10]
        key = ApiKey.objects.create(
            tenant=tenant,
            membership=admin,
            name=f"{canary} {scope}",
            prefix=prefix,
            digest=digest("secret"),
            scopes=[] if scope == "spare" else [scope],
            created_at=now,
        )
        side.keys[scope] = f"csk_{prefix}_secret"
        side.rows.setdefault("accounts.apikey", []).append(key)
    side.rows["accounts.invitation"] = [
        Invitation.objects.create(
            tenant=tenant,
            email=f"guest@{canary.lower()}.test",
            role="csm",
            token_digest=digest(slug),
            invited_by=admin,
            created_at=now,
            expires_at=now + dt.timedelta(days=7),
        )
    ]
    with tenant_scope(tenant.pk), transaction.atomic():
        for model in in_order():
            # Row 0 is the one that is referred to, the others lend their external ids to rows of mine.
            count = 4 if any(one.name == "external_id" for one in model._meta.local_fields) else 1
            side.rows[model._meta.label_lower] = [make_row(model, side, n, now) for n in range(count)]
        health.rescore(
            account_ids=[row.pk for row in side.rows["accounts.account"]], at=dt.datetime.now(dt.UTC)
        )
    return side


def in_order() -> list[type[models.Model]]:
    """The tenant models that this world fills, each after the models it points at."""
    waiting = [
        model for model in apps.get_models()
        if issubclass(model, TenantModel) and model._meta.label_lower not in LEFT_EMPTY
    ]  # fmt: skip
    done: list[type[models.Model]] = []
    while waiting:
        ready = [model for model in waiting if not needs(model) & set(waiting) - {model}]
        assert ready, f"models point at each other in a circle: {waiting}"
        done += ready
        waiting = [model for model in waiting if model not in ready]
    return done


def needs(model: type[models.Model]) -> set[type[models.Model]]:
    return {f.remote_field.model for f in model._meta.local_fields if f.remote_field and not f.null}


def make_row(model: type[models.Model], side: Side, number: int, now: dt.datetime) -> Any:
    fixed = FIXED.get(model._meta.label_lower, {})
    values = {}
    for one in model._meta.local_fields:
        if one.name in fixed:
            given = fixed[one.name]
            values[one.attname] = now if given is True else given(side) if callable(given) else given
        elif one.name not in ("tenant", "id"):
            values[one.attname] = value_for(one, side, number, now)
    values = {name: value for name, value in values.items() if value is not LEAVE}
    return model.objects.create(**values)


LEAVE = object()
POINTERS = {
    "account_id": "accounts.account",
    "object_id": "accounts.account",
    "persona_id": "accounts.persona",
    "author_id": "accounts.membership",
    "observation_id": "health.observation",
}


def value_for(one: models.Field, side: Side, number: int, now: dt.datetime) -> Any:
    """A plausible value: text with the canary, pointers inside the tenant, nothing where nothing is needed."""
    if one.remote_field:
        rows = side.rows.get(one.remote_field.model._meta.label_lower)
        return rows[0].pk if rows else LEAVE
    if isinstance(one, models.UUIDField):
        rows = side.rows.get(POINTERS.get(one.name, ""))
        return rows[0].pk if rows else LEAVE if one.null else uuid7()
    if one.choices:
        return LEAVE if one.has_default() else next(iter(one.choices))[0]
    return plain_value(one, side, number, now)


def plain_value(one: models.Field, side: Side, number: int, now: dt.datetime) -> Any:
    text = f"{side.canary} {one.name} {number}"
    if isinstance(one, models.EmailField):
        return f"{one.name}{number}@{side.canary.lower()}.test"
    if isinstance(one, models.URLField):
        return f"https://{side.canary.lower()}.test/"
    if isinstance(one, models.CharField | models.TextField):
        if one.primary_key or one.name in ("external_id", "account_external_id"):
            # No canary: a client may well send the key or external id of somebody else's row, and then it is its own.
            kind = "account" if one.name == "account_external_id" else one.model._meta.model_name
            return f"{side.tenant.slug}-{kind}-{number}"
        if one.name == "time_zone":
            return "UTC"
        return "EUR" if one.max_length == 3 else text[: one.max_length]
    if one.null or one.has_default() or one.has_db_default():
        return LEAVE
    for kind, value in (
        (models.DateTimeField, now),
        (models.DateField, now.date()),
        (models.BooleanField, False),
        (models.JSONField, {"text": text}),
        (models.BinaryField, text.encode()),
        (ArrayField, []),
    ):
        if isinstance(one, kind):
            return value
    return 1
