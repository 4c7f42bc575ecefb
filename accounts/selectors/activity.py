"""The activity log, newest first, a page at a time."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Manager, Q

from accounts.models import Account, Activity, Persona
from accounts.scope import reader
from accounts.tenancy import TenantQuerySet

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
    """Lines with their actors, the names of the accounts and people they are about, by id, and the position from
    which older ones follow (None at the end)."""

    lines: list[Activity]
    older: str | None
    accounts: dict[UUID, str]
    people: dict[UUID, str]


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
    return ActivityPage(
        lines=[veiled_line(line) for line in shown],
        older=f"{shown[-1].xact}.{shown[-1].pk}" if more else None,
        accounts=_names(Account.objects, {line.account_id for line in shown}),
        people=_names(Persona.objects, {line.persona_id for line in shown}),
    )


def visible_lines() -> TenantQuerySet:
    """The lines that the reader may see. At accounts where they wait for a blind rating those of flags are left out:
    that one went up or down, and between which ratings, says what was said."""
    lines: TenantQuerySet = Activity.objects.exclude(object_type="flag", account_id__in=reader().accounts)
    return lines


def veiled_line(line: Activity) -> Activity:
    """A line of the log without what it says of a person whom the reader is asked for blindly."""
    who = reader()
    if line.object_type == "rating" and line.persona_id in who.people and line.actor_id != who.member_id:
        line.data = {"withheld": True}
    return line


def _names(rows: Manager[Any], ids: set[UUID | None]) -> dict[UUID, str]:
    """What those of the ids are called that still exist."""
    return dict(rows.filter(pk__in=ids - {None}).values_list("pk", "name"))


def activity_verbs() -> list[str]:
    """The verbs that occur in the log, for its filter.

    Walks the distinct values of the newest lines only, so that a long log costs no more than a short one.
    """
    newest = visible_lines().order_by("-xact", "-id").values_list("verb", flat=True)[:2000]
    return sorted(set(newest))
