"""The library of situations with what was met: how often each remedy was tried, and how often it helped.

A remedy was tried where it came out one way or the other; what is under way is counted apart. It helped where the
situation was solved, whole or partly. Shares are given from ``ENOUGH`` on; below that, only the numbers.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import Step
from accounts.tenancy import TenantQuerySet
from relationships.models import Remedy, Situation, SituationReason, SituationType

ENOUGH = 10
PINNED = 8  # on the page of a person or an account


@dataclass(frozen=True)
class Tried:
    """How a remedy came out: the number of situations of each kind."""

    solved: int = 0
    partly: int = 0
    failed: int = 0
    open: int = 0

    @property
    def n(self) -> int:
        """How often it was tried and came out."""
        return self.solved + self.partly + self.failed

    @property
    def helped(self) -> int:
        return self.solved + self.partly

    @property
    def share(self) -> float | None:
        """The share of times that it helped, 0..1; None below ENOUGH."""
        return self.helped / self.n if self.n >= ENOUGH else None

    @property
    def promise(self) -> float:
        """By what remedies are ranked, 0..1: the share solved, a half for partly, drawn to one half while few tried it
        (Laplace's rule of succession)."""
        return (self.solved + self.partly / 2 + 1) / (self.n + 2)


@dataclass(frozen=True)
class LibraryRemedy:
    remedy: Remedy
    tried: Tried


@dataclass(frozen=True)
class LibraryType:
    """A type with its reasons (each with how often it was behind one), and its remedies, the most promising first.
    ``n``: how often it was met."""

    type: SituationType
    n: int
    open: int
    reasons: list[tuple[SituationReason, int]]
    remedies: list[LibraryRemedy]


def _there(prefix: str = "") -> Q:
    """Situations that count: not removed, at an account that is there or that was merged into one."""
    gone = Q(**{f"{prefix}account__deleted_at": None}) | Q(**{f"{prefix}account__merged_into__isnull": False})
    return Q(**{f"{prefix}deleted_at": None}) & gone


def _counted(rows: QuerySet[Any]) -> Any:
    there = _there("situations__") & Q(situations__isnull=False)
    said: dict[str, Any] = {
        name: Count("situations", filter=there & Q(situations__result=result))
        for name, result in (
            ("solved", Situation.Result.SOLVED),
            ("partly", Situation.Result.PARTLY),
            ("failed", Situation.Result.NOT),
        )
    }
    under_way = Count("situations", filter=there & Q(situations__result=None))
    return rows.annotate(**said, under_way=under_way)


def situation_type_list() -> TenantQuerySet:
    """The types in order, those switched off included, with how often each was met and how it came out."""
    rows: TenantQuerySet = _counted(SituationType.objects.order_by("position", "key"))
    return rows


def situation_reason_list() -> TenantQuerySet:
    """What may be behind situations, in order, with how often each was."""
    rows: TenantQuerySet = _counted(
        SituationReason.objects.select_related("type").order_by("type__position", "position", "key")
    )
    return rows


def remedy_list() -> TenantQuerySet:
    """The remedies in order, with how often each was tried and how it came out."""
    rows: TenantQuerySet = _counted(
        Remedy.objects.select_related("type").order_by("type__position", "position", "key")
    )
    return rows


def tried_of(row: Any) -> Tried:
    """The counts of a listed entry."""
    return Tried(row.solved, row.partly, row.failed, row.under_way)


def library(*, type_key: str = "", all_of_it: bool = False) -> list[LibraryType]:
    """The library, of one type or whole, in three statements. What is switched off is left out unless it was met, or
    ``all_of_it`` is asked for."""
    types = situation_type_list().filter(key=type_key) if type_key else situation_type_list()
    reasons: dict[UUID, list[Any]] = defaultdict(list)
    remedies: dict[UUID, list[Any]] = defaultdict(list)
    for rows, kept in ((situation_reason_list(), reasons), (remedy_list(), remedies)):
        for row in rows:
            if all_of_it or row.active or tried_of(row).n or row.under_way:
                kept[row.type_id].append(row)
    found = []
    for type in types:
        counts = tried_of(type)
        if not (all_of_it or type.active or counts.n or counts.open):
            continue
        helps = [LibraryRemedy(row, tried_of(row)) for row in remedies[type.pk]]
        if not all_of_it:
            helps.sort(key=lambda one: (not one.remedy.active, -one.tried.promise, -one.tried.n))
        why = [(row, tried_of(row).n + row.under_way) for row in reasons[type.pk]]
        found.append(LibraryType(type, counts.n + counts.open, counts.open, why, helps))
    return found


def situation_rows() -> TenantQuerySet:
    """Situations, tombstones included, with what is shown beside them."""
    rows: TenantQuerySet = Situation.objects.select_related(
        "type", "reason", "remedy", "persona", "account", "owner__user"
    )
    return rows


def situations(
    *,
    account_id: UUID | None = None,
    persona_id: UUID | None = None,
    until: dt.date | None = None,
    most: int = PINNED,
    **wanted: Any,
) -> list[Situation]:
    """Situations that were met, the latest first: at an account (what was merged into it included), about a person, begun
    by a day, or of what ``wanted`` names (type__key, reason__key, remedy__key, result)."""
    rows = situation_rows().filter(_there(), **wanted)
    if account_id:
        rows = rows.filter(at_account(account_id))
    if persona_id:
        rows = rows.filter(persona_id=persona_id)
    if until:
        rows = rows.filter(began_on__lte=until)
    return list(rows.order_by("-began_on", "-pk")[:most])


def at_account(account_id: UUID) -> Q:
    """What was met at an account, or at one that was merged into it."""
    return Q(account_id=account_id) | Q(account__merged_into_id=account_id)


def entry_names(*, ids: Collection[UUID]) -> dict[UUID, str]:
    """The labels of types, reasons and remedies of the library, by their ids. Three statements."""
    found: dict[UUID, str] = {}
    for model in (SituationType, SituationReason, Remedy):
        found |= dict(model.objects.filter(pk__in=ids).values_list("pk", "label"))
    return found


def situation_steps(ids: Iterable[UUID], *, at: dt.datetime, today: dt.date) -> dict[UUID, UUID]:
    """The newest step that was made of each of these situations; for REST, in one statement."""
    causes = {f"situation:{id}": id for id in ids}
    steps = Step.objects.filter(cause__in=causes, deleted_at=None).order_by("created_at", "pk")
    return {causes[cause]: id for cause, id in steps.values_list("cause", "pk")}
