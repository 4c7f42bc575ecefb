"""One book in which somebody waits for a blind second rating, to be made twice with different first ratings.

Two tenants hold the same people at the same moment; only what Alice said of Dana and Eli differs. Adam is asked for a
second opinion of both, and sees everything else that a tenant has. What he reads must be the same in both.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any

from django.apps import apps
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, Actor, ApiKey, Membership, Outbox, Persona, Tenant, User, digest
from accounts.scope import tenant_scope
from accounts.services.outbox import claim_work, do_work
from accounts.tenancy import TenantModel
from health import selectors as scores
from health import services as health
from relationships import services
from relationships.models import Round
from relationships.services import NewRating
from tests.conftest import password_hash
from tests.isolation.world import Side

DAY = dt.timedelta(days=1)
FACETS = ("sentiment_brand", "sentiment_product", "sentiment_service")
# What Alice said: (strength, mood, driver, note, signs, confidence).
GRIM = ("none", "negative", "support", "whispers in the corridor", ("lost_patience",), "high")
GLAD = ("very_good", "positive", "value", "laughs on the phone", ("thanks_unasked",), "low")
CALM = ("okay", "positive", "price", "asks about the roadmap", ("asks_ahead",), "high")
SOUR = ("okay", "negative", "support", "hangs up on us", ("lost_patience",), "low")
# Says one thing, and shows another: for such a person a step opens by itself.
ODD = ("okay", "positive", "price", "asks about the roadmap", ("lost_patience",), "high")
# At Larkspur the account is worth the same to the last digit, whoever was said to be what. At Merlin only mood and words
# differ, and the scorecard does not weigh moods.
SAID = (
    {"Dana": GRIM, "Eli": GLAD, "Gus": SOUR, "Hal": CALM},
    {"Dana": GLAD, "Eli": GRIM, "Gus": CALM, "Hal": ODD},
)


@dataclass
class Veiled:
    """One of the two tenants, with what names its rows."""

    tenant: Tenant
    at: dt.datetime
    actors: dict[str, Actor]
    keys: dict[str, str]
    people: dict[str, Any] = field(default_factory=dict)
    rows: Any = None

    @property
    def side(self) -> Side:
        return Side(self.tenant, "", members=self.actors, keys=self.keys, rows=self.rows)

    def names(self) -> dict[str, str]:
        """What stands for the ids of this tenant's rows, alike in both tenants."""
        found = {str(actor.member_id): f"<member {name}>" for name, actor in self.actors.items()}
        for label, rows in self.rows.items():
            found |= {str(row.pk): f"<{label} {n}>" for n, row in enumerate(rows)}
        return found


def make_veiled(slug: str, said: dict[str, Any], *, at: dt.datetime) -> Veiled:
    """A tenant in which Alice said ``said`` of its people."""
    tenant = Tenant.objects.create(slug=slug, name="Northwind", created_at=at - 400 * DAY)
    actors, keys = {}, {}
    for name, role in (("alice", "csm"), ("lena", "leader"), ("adam", "admin")):
        user = User.objects.create(email=f"{name}@{slug}.test", name=name.title(), password=password_hash())
        member = Membership.objects.create(tenant=tenant, user=user, role=role, created_at=at - 400 * DAY)
        actors[name] = Actor(tenant=tenant, membership=member, role=role)
    for scope in ("read", "admin"):
        ApiKey.objects.create(
            tenant=tenant, membership=actors["adam"].membership, name=scope, prefix=f"{slug}{scope[0]}",
            digest=digest("secret"), scopes=[scope], created_at=at,
        )  # fmt: skip
        keys[scope] = f"csk_{slug}{scope[0]}_secret"
    found = Veiled(tenant, at, actors, keys)
    with tenant_scope(tenant.pk):
        _fill(found)
        _ask_and_say(found, said)
        with transaction.atomic():
            found.rows = _rows_of(found)
    for actor in actors.values():
        actor.membership.refresh_from_db()
    return found


def _save(save: Any, moment: dt.datetime, actor: Actor | None = None, **values: Any) -> Any:
    (saved,) = save(items=[accounts.Item(values=values)], mode=accounts.Mode.CREATE, actor=actor, at=moment)
    assert not saved.faults, saved.faults
    return saved.id


def _fill(found: Veiled) -> None:
    """Three accounts with people, what happened there, and eight days of scores."""
    at, alice = found.at, found.actors["alice"]
    start = at - 60 * DAY
    with transaction.atomic():
        card = scores.current_scorecard().body
        measures = [one | {"on": one["on"] and one["key"] != "sentiment"} for one in card["measures"]]
        health.publish_scorecard(
            body=card | {"measures": measures}, note="", actor=found.actors["adam"], at=at - 59 * DAY
        )
        for account, segment, people in (
            ("Larkspur", "Large", ("Dana", "Eli")), ("Merlin", "Large", ("Gus", "Hal")), ("Plover", "Small", ("Fay",)),
        ):  # fmt: skip
            home = _save(
                accounts.save_accounts, start, name=account, external_id=account.lower(), arr=Decimal(100_000),
                currency="EUR", status="active", segment=segment, tier="Gold", renewal_on=(at + 40 * DAY).date(),
                owner_email=f"alice@{found.tenant.slug}.test", team=[f"adam@{found.tenant.slug}.test"],
            )  # fmt: skip
            for name in people:
                pk = _person(name, home, "champion" if name == "Fay" else "economic_buyer", start)
                found.people[name] = Persona.objects.get(pk=pk)
    for days, strength, mood in ((30, "okay", "neutral"), (9, "okay", "neutral")):
        for name in found.people:
            _rate(found, name, strength, mood, at=at - days * DAY, actor=alice)
    with transaction.atomic():
        for name, days in product(found.people, (20, 12, 5)):
            person, moment = found.people[name], at - days * DAY
            _save(
                accounts.save_touches, moment, account=person.account_id, kind="meeting", at=moment, mode="reactive",
                attendees=[{"persona": person.pk}],
            )  # fmt: skip
        _save(accounts.save_steps, at - DAY, account=found.people["Fay"].account_id, title="Send the plan")


def _person(name: str, account: Any, role: str, at: dt.datetime) -> Any:
    item = accounts.Item(
        values={
            "name": name, "account": account, "role": role, "email": f"{name.lower()}@veiled.example",
            "external_id": name.lower(),
        }
    )  # fmt: skip
    (saved,) = accounts.save_personas(
        items=[item], mode=accounts.Mode.CREATE, actor=None, at=at, source="browser"
    )
    assert not saved.faults, saved.faults
    return saved.id


def _rate(found: Veiled, name: str, strength: str, mood: str, *, at: Any, actor: Actor, **more: Any) -> None:
    facets = dict.fromkeys(FACETS, mood)
    rating = NewRating(persona_id=found.people[name].pk, strength=strength, **facets, **more)
    with transaction.atomic():
        services.record_rating(rating=rating, actor=actor, at=at)


def _ask_and_say(found: Veiled, said: dict[str, Any]) -> None:
    """The round that asks Adam, what Alice says in it, and everything that workers make of that."""
    at, first = found.at, found.at - DAY / 24
    with transaction.atomic():
        (saved,) = services.save_rounds(
            items=[
                accounts.Item(
                    values={
                        "name": "November", "due_on": (at + 9 * DAY).date(), "second_share": 100,
                        "second_rater_emails": [f"adam@{found.tenant.slug}.test"], "scope": {"segment": ["Large"]},
                    }
                )
            ],
            mode=accounts.Mode.CREATE, actor=found.actors["lena"], at=at - 2 * DAY,
        )  # fmt: skip
        assert not saved.faults, saved.faults
        assert Round.objects.count() == 1
        health.take_snapshots(account_ids=None, at=at - 2 * DAY)
    for name, (strength, mood, driver, note, signs, sure) in said.items():
        _rate(
            found, name, strength, mood, at=first, actor=found.actors["alice"], driver=driver, note=note,
            signs=signs, confidence=sure,
        )  # fmt: skip
    with transaction.atomic():
        health.take_snapshots(account_ids=None, at=at)
        health.rescore(account_ids=list(Account.objects.values_list("pk", flat=True)), at=at)
    work_off(at)
    with transaction.atomic():
        health.keep_book(at=at)


def work_off(at: dt.datetime) -> None:
    """Do what waits in the outbox of the tenant whose scope is open."""
    for _ in range(200):
        claims = claim_work(at=at, limit=50)
        if not claims:
            break
        do_work(claims=claims, at=at)
    with transaction.atomic():
        assert not Outbox.objects.exclude(last_error="").exists(), list(
            Outbox.objects.exclude(last_error="").values_list("kind", "last_error")
        )


def _rows_of(found: Veiled) -> dict[str, list[Any]]:
    """The rows of the tenant by model, those first that requests shall name."""
    rows: dict[str, list[Any]] = {}
    for model in apps.get_models():
        if issubclass(model, TenantModel):
            rows[model._meta.label_lower] = list(model.objects.order_by("pk"))
    rows["accounts.account"].sort(key=lambda row: row.name)
    rows["accounts.persona"].sort(key=lambda row: row.name)
    rows["accounts.membership"] = [actor.membership for actor in found.actors.values()]
    rows["accounts.apikey"] = list(ApiKey.objects.filter(tenant=found.tenant).order_by("prefix"))
    return rows
