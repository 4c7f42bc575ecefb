"""The activity log, newest first, a page at a time."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.apps import apps
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Coalesce, NullIf

from accounts.models import Activity, Membership, Step
from accounts.scope import current_tenant, reader
from accounts.tenancy import TenantModel, TenantQuerySet

PAGE = 50


@dataclass(frozen=True)
class ActivityFilter:
    """Which lines to show: by the member who did it, by verb, by kind of object, by one object, by account."""

    actor_id: UUID | None = None
    verb: str = ""
    object_type: str = ""
    object_id: UUID | None = None
    account_id: UUID | None = None


@dataclass(frozen=True)
class ActivityPage:
    """Lines with their actors, what everything that they name is called, by id, and the position from which older ones
    follow (None at the end)."""

    lines: list[Activity]
    older: str | None
    names: dict[UUID, str]


def activity_page(*, wanted: ActivityFilter, before: tuple[int, UUID] | None = None) -> ActivityPage:
    """Up to 50 lines before a position (transaction, id); the order is that of commit-safe reading, newest first."""
    lines = visible_lines().select_related("actor__user", "api_key")
    for field in ("actor_id", "verb", "object_type", "object_id", "account_id"):
        if value := getattr(wanted, field):
            lines = lines.filter(**{field: value})
    if before is not None:
        xact, last = before
        lines = lines.filter(Q(xact__lt=xact) | Q(xact=xact, id__lt=last))
    found = list(lines.order_by("-xact", "-id")[: PAGE + 1])
    shown = found[:PAGE]
    more = len(found) > PAGE
    veiled = [veiled_line(line) for line in shown]
    return ActivityPage(
        lines=veiled,
        older=f"{shown[-1].xact}.{shown[-1].pk}" if more else None,
        names=_names({one for line in veiled for one in _named_by(line)}),
    )


def visible_lines() -> TenantQuerySet:
    """The lines that the reader may see. At accounts where they wait for a blind rating those of flags are left out:
    that one went up or down, and between which ratings, says what was said; so are those of steps that say it."""
    lines: TenantQuerySet = Activity.objects.exclude(object_type="flag", account_id__in=reader().accounts)
    held_back = Step.objects.held_back()
    return (
        lines.exclude(object_type="step", object_id__in=held_back.values("pk"))
        if reader().accounts
        else lines
    )


def veiled_line(line: Activity) -> Activity:
    """A line of the log without what it says of a person whom the reader is asked for blindly."""
    who = reader()
    if line.object_type == "rating" and line.persona_id in who.people and line.actor_id != who.member_id:
        line.data = {"withheld": True}
    return line


def _named_by(line: Activity) -> Iterator[UUID]:
    """The ids in a line: what it is about, and what a field of it was or became."""
    yield from (one for one in (line.account_id, line.persona_id) if one)
    for side in (line.data.get("before"), line.data.get("after")):
        for value in side.values() if isinstance(side, dict) else ():
            for one in value if isinstance(value, list) else (value,):
                if found := as_id(one):
                    yield found


def as_id(value: object) -> UUID | None:
    """The id that a value in the log is, or None."""
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None


@cache
def _with_names() -> list[tuple[type[TenantModel], str]]:
    """Whatever rows of any floor point at and that has a name, with the field it stands in."""
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    targets = {field.related_model for model in models for field in model._meta.fields if field.is_relation}
    found: list[tuple[type[TenantModel], str]] = []
    for model in sorted((one for one in models if one in targets), key=lambda one: one._meta.label):
        fields = {field.name for field in model._meta.fields}
        found += [(model, name) for name in ("name", "label", "title") if name in fields][:1]
    return found


def _names(ids: Collection[UUID]) -> dict[UUID, str]:
    """What those of the ids are called that still exist and have a name, in one statement."""
    who = Membership.objects.filter(tenant_id=current_tenant(), pk__in=ids)
    called = Coalesce(NullIf("user__name", Value("")), "user__email", output_field=CharField())
    members = who.values_list("pk", called)
    others = [
        model._default_manager.filter(pk__in=ids).order_by().values_list("pk", F(name))
        for model, name in _with_names()
    ]
    return {id: name for id, name in members.order_by().union(*others, all=True) if name}


def activity_verbs() -> list[str]:
    """The verbs that occur in the log, for its filter.

    Walks the distinct values of the newest lines only, so that a long log costs no more than a short one.
    """
    newest = visible_lines().order_by("-xact", "-id").values_list("verb", flat=True)[:2000]
    return sorted(set(newest))
