"""How committed people are, from what happened with them: a level, and every event that moved it, each linked to itself.

Nothing is stored and nobody says it: touches, moments, promises, cases and asks do. Ratings have no part in it, so it is
the same for every reader. Set-based: any number of people costs the same five statements.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import selectors as accounts
from accounts.models import Case, PromiseTerm, Tenant, TouchAttendee
from relationships.formulas import commitment as formula
from relationships.models import AdvocateAsk, Moment

LABELS = {
    "withdrawn": gettext_lazy("Withdrawn"),
    "reluctant": gettext_lazy("Reluctant"),
    "going_along": gettext_lazy("Going along"),
    "committed": gettext_lazy("Committed"),
    "invested": gettext_lazy("Invested"),
}
YEARS = dt.timedelta(days=3 * 366)  # older events have faded to less than a point each
DAY = 86_400.0


@dataclass(frozen=True)
class Event:
    """Something that moved commitment: which ``kind`` of thing (touch, moment, promise, case, ask) with its id, when, in
    words, and by how many points."""

    kind: str
    id: UUID
    at: dt.datetime
    words: str
    points: float


@dataclass(frozen=True)
class Move:
    """An event with where it found commitment and where it left it. ``turned``: it led to another level."""

    event: Event
    before: float
    after: float
    level: str
    turned: bool

    @property
    def change(self) -> float:
        return self.after - self.before

    @property
    def label(self) -> str:
        return str(LABELS[self.level])


@dataclass(frozen=True)
class Commitment:
    """Where a person stands now: ``level`` is None where too little happened to tell; ``moves`` newest first."""

    level: str | None
    value: float
    moves: list[Move]

    @property
    def label(self) -> str:
        return str(LABELS[self.level]) if self.level else _("Too little happened to tell")

    @property
    def since(self) -> Move | None:
        """The event that led to the present level; None where time alone did, or there is no level."""
        turned = next((move for move in self.moves if move.turned), None)
        return turned if turned is not None and turned.level == self.level else None

    @property
    def faded(self) -> bool:
        """Whether the level that the last event left has passed since, for want of anything new."""
        return self.level is not None and bool(self.moves) and self.moves[0].level != self.level

    @property
    def turns(self) -> list[Move]:
        """The events that led from one level to another, newest first."""
        return [move for move in self.moves if move.turned]


def commitments(*, persona_ids: Collection[UUID], tenant: Tenant, at: dt.datetime) -> dict[UUID, Commitment]:
    """Where each of these people stands at ``at``; who was merged into one of them counts for that one."""
    ids, since = list(persona_ids), at - YEARS
    found: dict[UUID, list[Event]] = {id: [] for id in ids}
    zone = ZoneInfo(tenant.time_zone)
    sources: tuple[Iterable[tuple[UUID, Event]], ...] = (
        _touches(ids, since, at),
        _moments(ids, since, at),
        _promises(ids, tenant, since, at),
        _cases(ids, since, at),
        _asks(ids, zone, since, at),
    )
    for source in sources:
        for person, event in source:
            if person in found and since <= event.at <= at and event.points:
                found[person].append(event)
    return {id: _walked(sorted(events, key=attrgetter("at", "id")), at) for id, events in found.items()}


def _walked(events: list[Event], at: dt.datetime) -> Commitment:
    value, steps = formula.walk(
        [(event.at.timestamp() / DAY, event.points) for event in events], now=at.timestamp() / DAY
    )
    moves, level = [], formula.level_of(formula.START)
    for event, step in zip(events, steps, strict=True):
        moves.append(Move(event, step.before, step.after, step.level, step.level != level))
        level = step.level
    told = formula.tells(event.points for event in events)
    return Commitment(formula.level_of(value) if told else None, value, moves[::-1])


def _of(ids: list[UUID], prefix: str = "persona") -> Q:
    return Q(**{f"{prefix}_id__in": ids}) | Q(**{f"{prefix}__merged_into_id__in": ids})


def _person(prefix: str = "persona") -> Coalesce:
    return Coalesce(F(f"{prefix}__merged_into_id"), F(f"{prefix}_id"))


def _touches(ids: list[UUID], since: dt.datetime, at: dt.datetime) -> Iterator[tuple[UUID, Event]]:
    rows = TouchAttendee.objects.filter(
        _of(ids), touch__deleted_at=None, touch__at__gte=since, touch__at__lte=at
    ).select_related("touch")
    for row in rows.annotate(of=_person()):
        touch: Any = row.touch
        words = str(touch.get_kind_display())
        if touch.direction:
            words = f"{words}: {str(touch.get_direction_display()).lower()}"
        points = formula.touch_points(touch.kind, touch.direction)
        yield row.of, Event("touch", touch.pk, touch.at, words, points)


def _moments(ids: list[UUID], since: dt.datetime, at: dt.datetime) -> Iterator[tuple[UUID, Event]]:
    rows = Moment.objects.filter(_of(ids), deleted_at=None, happened_at__gte=since, happened_at__lte=at)
    for row in rows.annotate(of=_person()):
        points = formula.MOMENT * row.valence * row.intensity
        yield row.of, Event("moment", row.pk, row.happened_at, row.what, points)


def _promises(
    ids: list[UUID], tenant: Tenant, since: dt.datetime, at: dt.datetime
) -> Iterator[tuple[UUID, Event]]:
    """Each promise as it stands, and each time its date moved."""
    zone = ZoneInfo(tenant.time_zone)
    rows: Any = accounts.promises(tenant=tenant, today=at.astimezone(zone).date()).filter(_of(ids))
    words = {
        "kept": _("A promise kept: %s"), "late": _("A promise kept late: %s"),
        "broken": _("A promise broken: %s"), "overdue": _("A promise overdue: %s"),
    }  # fmt: skip
    rows = rows.filter(Q(done_at=None) | Q(done_at__gte=since)).annotate(of=_person())
    for row in rows:
        when = row.done_at or (_evening(row.due_on, zone) if row.due_on else None)
        if row.standing in words and when is not None:
            points = formula.PROMISES[row.standing]
            yield row.of, Event("promise", row.pk, when, words[row.standing] % row.title, points)
        for term in row.terms.all():
            if term.kind == PromiseTerm.Kind.RENEGOTIATED:
                text = _("A promise moved: %s") % row.title
                yield row.of, Event("promise", row.pk, term.recorded_at, text, formula.PROMISES["moved"])


def _cases(ids: list[UUID], since: dt.datetime, at: dt.datetime) -> Iterator[tuple[UUID, Event]]:
    rows = Case.objects.filter(_of(ids), deleted_at=None, opened_at__lte=at)
    felt = {"better": _("closed, felt better"), "worse": _("closed, felt worse")}
    for row in rows.filter(Q(resolved_at=None) | Q(resolved_at__gte=since)).annotate(of=_person()):
        name = row.subject or str(row.get_kind_display())
        if row.kind in formula.CASES:
            text = f"{row.get_kind_display()}: {row.subject}" if row.subject else name
            yield row.of, Event("case", row.pk, row.opened_at, text, formula.CASES[row.kind])
        if row.resolved_at and row.felt in felt:
            text = f"{name}: {felt[row.felt]}"
            yield row.of, Event("case", row.pk, row.resolved_at, text, formula.CASES[row.felt])


def _asks(
    ids: list[UUID], zone: ZoneInfo, since: dt.datetime, at: dt.datetime
) -> Iterator[tuple[UUID, Event]]:
    rows = AdvocateAsk.objects.filter(_of(ids), deleted_at=None, asked_on__lte=at.date())
    words = {"yes": _("Agreed to: %s"), "no": _("Said no to: %s")}
    for row in rows.annotate(of=_person()):
        kind = str(row.get_kind_display())
        if row.answer in words and row.answered_on:
            when = _noon(row.answered_on, zone, at)
            yield row.of, Event("ask", row.pk, when, words[row.answer] % kind, formula.ASKS[row.answer])
        if row.done_on:
            text = _("Did for us: %s") % kind
            yield row.of, Event("ask", row.pk, _noon(row.done_on, zone, at), text, formula.ASKS["done"])


def _evening(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)


def _noon(day: dt.date, zone: ZoneInfo, at: dt.datetime) -> dt.datetime:
    """Noon of a day; of today not later than now."""
    noon = dt.datetime.combine(day, dt.time(12), zone)
    return at if at.astimezone(zone).date() == day and noon > at else noon
