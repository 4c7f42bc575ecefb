"""Rows as a file holds them, a page at a time in the order of their ids: those of the first floor under the names by
which an import reads them back, and kinds of higher floors that the roof names (settings.EXPORT_KINDS)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg
from django.db import connection
from django.db.models import Case as OneOf
from django.db.models import F, Func, JSONField, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, JSONObject, NullIf
from django.utils.module_loading import import_string

from accounts.models import (
    Account,
    Actor,
    Case,
    Initiative,
    Job,
    Outcome,
    Persona,
    PromiseTerm,
    Role,
    Step,
    Touch,
)
from accounts.scope import current_tenant

Page = tuple[list[list[Any]], UUID | None]


@dataclass(frozen=True)
class Export:
    """A kind of file: the names of its columns, each with the expression that it is read from, and its live rows.

    ``rows`` is given what was asked: ``today`` as text, and ``accounts``, ids as text or None for all (only where it is
    ``of_accounts``). ``for_leaders``: leaders and admins alone may have it. ``of_reader``: what whoever asks may not see
    yet is not in it, and the file is theirs alone. ``withheld``: who would be among the rows and wants not to be.
    """

    columns: Mapping[str, Any]
    rows: Callable[[Mapping[str, Any]], QuerySet[Any]]
    of_accounts: bool = False
    for_leaders: bool = False
    of_reader: bool = False
    withheld: Callable[[Mapping[str, Any]], QuerySet[Any]] | None = None


def _live_accounts(_asked: Mapping[str, Any]) -> QuerySet[Any]:
    return Account.objects.filter(deleted_at=None)


def _at_live_accounts(model: Any) -> Callable[[Mapping[str, Any]], QuerySet[Any]]:
    return lambda _asked: model.objects.filter(deleted_at=None, account__deleted_at=None)


HOME = {"account_external_id": F("account__external_id"), "account_name": F("account__name")}
ACCOUNT_NAMES = (
    "external_id", "name", "domain", "segment", "tier", "region", "status", "arr", "currency", "seats",
    "entitlements", "started_on", "renewal_on", "churned_on",
)  # fmt: skip
PERSONA_NAMES = (
    "external_id", "name", "email", "phone", "title", "language", "time_zone", "role", "influence", "tracked",
    "joined_on", "left_on",
)  # fmt: skip
CASE_NAMES = (
    "external_id", "kind", "severity", "subject", "opened_at", "first_reply_at", "resolved_at", "solved", "felt", "url",
)  # fmt: skip
OUTCOME_NAMES = ("external_id", "kind", "happened_on", "arr_before", "arr_after", "currency", "reason")
INITIATIVE_NAMES = ("external_id", "title", "state", "due_on", "note")
TOUCH_NAMES = ("external_id", "kind", "at", "direction", "mode", "summary", "touchpoint")
PERSON = {"persona_external_id": F("persona__external_id"), "persona_email": F("persona__email")}
# A row without an external id is named by its own, so that an import knows it again.
NAMED = Coalesce(F("external_id"), Cast(F("pk"), TextField()), output_field=TextField())


def standing_person() -> dict[str, Any]:
    """Whom a row is about, while they are there and work at its account: an import takes nobody else."""
    there = {"persona__deleted_at": None, "persona__merged_into": None, "persona__account": F("account")}
    return {
        f"persona_{name}": OneOf(When(**there, then=F(f"persona__{name}")), output_field=TextField())
        for name in ("external_id", "email", "name")
    }


def _named(names: Sequence[str]) -> dict[str, Any]:
    return {name: NAMED if name == "external_id" else F(name) for name in names}


def _promises(asked: Mapping[str, Any]) -> QuerySet[Any]:
    return _at_live_accounts(Step)(asked).filter(source=Step.PROMISE)


STATE = OneOf(
    When(broken=True, then=Value("broken")),
    When(done_at__isnull=False, then=Value("kept")),
    default=Value("open"),
)
WHY = PromiseTerm.objects.filter(step=OuterRef("pk")).order_by("-recorded_at", "-pk").values("reason")[:1]


# Who was there and stands at the account still: an import takes nobody else.
THERE = Q(
    attendees__persona__isnull=False,
    attendees__persona__deleted_at=None,
    attendees__persona__account=F("account"),
)
# One of them: how they may be found, whatever of it is lost, and what they thought, felt and did.
IN_FULL = Func(
    JSONObject(
        external_id=Coalesce(
            F("attendees__persona__external_id"), Cast(F("attendees__persona__pk"), TextField())
        ),
        **{
            name: NullIf(F(f"attendees__{path}"), Value(""))
            for name, path in {
                "email": "persona__email",
                "name": "persona__name",
                "thought": "thought",
                "feeling": "feeling",
                "behaviour": "behaviour",
            }.items()
        },
    ),
    function="jsonb_strip_nulls",
    output_field=JSONField(),
)


EXPORTS: dict[str, Export] = {
    "accounts": Export(
        {
            **_named(ACCOUNT_NAMES),
            "parent_external_id": F("parent__external_id"),
            "owner_email": F("owner__user__email"),
            "team": ArrayAgg(
                "team__membership__user__email",
                filter=Q(team__isnull=False),
                order_by="team__membership__user__email",
            ),
            "custom": F("custom"),
        },
        _live_accounts,
    ),
    "personas": Export(
        {
            **_named(PERSONA_NAMES),
            **HOME,
            "reports_to_external_id": F("reports_to__external_id"),
        },
        _at_live_accounts(Persona),
    ),
    "cases": Export({**_named(CASE_NAMES), **HOME, **standing_person()}, _at_live_accounts(Case)),
    "outcomes": Export({**_named(OUTCOME_NAMES), **HOME}, _at_live_accounts(Outcome)),
    "promises": Export(
        {
            "external_id": NAMED,
            **HOME,
            **standing_person(),
            "title": F("title"),
            "due_on": F("due_on"),
            "owner_email": F("owner__user__email"),
            "state": STATE,
            "settled_at": F("done_at"),
            "reason": Subquery(WHY),
        },
        _promises,
    ),
    "initiatives": Export(
        {**_named(INITIATIVE_NAMES), **HOME, **standing_person()}, _at_live_accounts(Initiative)
    ),
    "touches": Export(
        {
            **_named(TOUCH_NAMES),
            **HOME,
            "owner_email": F("owner__user__email"),
            "attendee_emails": ArrayAgg(
                "attendees__persona__email",
                filter=THERE & Q(attendees__persona__email__gt=""),
                order_by="attendees__persona__email",
            ),
            "attendees_in_full": JSONBAgg(IN_FULL, filter=THERE, order_by="attendees__pk"),
        },
        _at_live_accounts(Touch),
    ),
}


def export_kinds(*, actor: Actor | None = None) -> list[str]:
    """The names of the kinds of file that an actor may have; of all without one."""
    names = [*EXPORTS, *settings.EXPORT_KINDS]
    return [name for name in names if actor is None or may_export(kind=name, actor=actor)]


def export_kind(kind: str) -> Export:
    """A kind of file by its name. Raises KeyError."""
    if kind in EXPORTS:
        return EXPORTS[kind]
    found: Export = import_string(settings.EXPORT_KINDS[kind])
    return found


def may_export(*, kind: str, actor: Actor) -> bool:
    """Whether an actor may have this kind of file; a key as the member who made it."""
    return not export_kind(kind).for_leaders or actor.role in (Role.LEADER, Role.ADMIN)


def export_jobs(*, actor: Actor) -> QuerySet[Job]:
    """The jobs whose files an actor may have."""
    kinds = export_kinds(actor=actor)
    own = [kind for kind in kinds if export_kind(kind).of_reader]
    shared = [kind for kind in kinds if kind not in own]
    found: QuerySet[Job] = Job.objects.filter(
        Q(params__kind__in=shared) | Q(params__kind__in=own, created_by_id=actor.member_id), kind="export"
    )
    return found


def export_head(*, kind: str) -> list[str]:
    """The names of the columns of a kind of file; what accounts keep besides stands under ``custom.<key>``."""
    names = [name for name in export_kind(kind).columns if name != "custom"]
    return [*names, *(f"custom.{key}" for key in _custom_keys())] if kind == "accounts" else names


def _custom_keys() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_object_keys(custom) FROM accounts_account WHERE tenant_id = %s "
            "AND deleted_at IS NULL AND custom <> '{}' ORDER BY 1",
            [current_tenant()],
        )
        return [row[0] for row in cursor.fetchall()]


def export_count(*, kind: str, asked: Mapping[str, Any]) -> int:
    """How many rows the file will have."""
    return export_kind(kind).rows(asked).count()


def export_withheld(*, kind: str, asked: Mapping[str, Any]) -> int | None:
    """How many people the file leaves out because they want no contact; None for a kind that asks nobody."""
    withheld = export_kind(kind).withheld
    return withheld(asked).count() if withheld else None


def export_page(
    *, kind: str, asked: Mapping[str, Any], head: Sequence[str], after: UUID | None, limit: int
) -> Page:
    """Up to ``limit`` rows behind the one with this id, in the order of ``head``, and the id of the last."""
    export = export_kind(kind)
    rows = export.rows(asked).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    aliases = {f"out_{name}": expression for name, expression in export.columns.items()}
    found = list(rows.annotate(**aliases).values("pk", *aliases)[:limit])
    shown = [[_cell(row, name) for name in head] for row in found]
    return shown, found[-1]["pk"] if found else None


def _cell(row: Mapping[str, Any], name: str) -> Any:
    start, dot, key = name.partition(".")
    value = row[f"out_{start}"]
    if dot:
        return value.get(key)
    return value if value != [] else None
