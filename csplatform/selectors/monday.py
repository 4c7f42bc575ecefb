"""The Monday view: any two days of a part of the book compared, each as known then, and what moved between.

Every number is named by a key of KEYS, under which ``monday_rows`` (monday_rows.py) lists what it counts.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from accounts.models import Actor, Persona, Step, Tenant
from csplatform.selectors.book import BANDS, Among, among_accounts
from csplatform.selectors.links import account_href
from csplatform.selectors.monday_then import day_moved, moved_then, people_then, steps_then
from csplatform.selectors.moves import Compared, Move, answers_of, by_key, moves
from feedback import selectors as feedback
from health import selectors as health
from relationships import selectors as relationships

AHEAD = dt.timedelta(days=90)
MOVED = 1.0  # points from which an account counts as a mover
MOVERS, EXPLAINED, LINES = 10, 12, 3
SHIFTS = ("entered", "left", "revalued")
WORK = ("made", "done", "late")
KEYS = (
    *(f"{band}-{what}" for band in BANDS for what in ("then", "now", *SHIFTS)),
    *(f"{kind}-{what}" for kind in ("promises", "steps") for what in WORK),
    "promises-broken", "movers", "rated", "unrated", "joined", "gone", "renewals", "renewals-at_risk",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Two days, both included, and which part of the book."""

    first: dt.date
    last: dt.date
    owner: UUID | None = None
    segment: str = ""

    def query(self, **more: Any) -> str:
        """The same as parameters of the page; ``more`` wins."""
        given = {"from": self.first, "to": self.last, "owner": self.owner, "segment": self.segment, **more}
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class Span:
    """The moments of what was asked: from the first midnight to the last, or to now (``live``)."""

    start: dt.datetime
    end: dt.datetime
    live: bool


class Row(NamedTuple):
    """One account on one side of a change. ``was`` and ``now`` are bands, "new" or "lost"; ``arr`` what it adds to the
    number, signed where it changed; ``why`` are sentences with points."""

    account: UUID
    name: str
    href: str
    arr: Decimal
    was: str
    now: str
    delta: float | None = None
    score: float | None = None
    why: tuple[Move, ...] = ()


@dataclass(frozen=True)
class BandChange:
    """One band on both days; what entered less what left plus what changed its worth is exactly the difference."""

    band: str
    then: list[Row]
    now: list[Row]
    entered: list[Row]
    left: list[Row]
    revalued: list[Row]

    @property
    def sums(self) -> dict[str, dict[str, Any]]:
        """{then, now}: how many accounts stood here, and their worth."""
        both = {"then": self.then, "now": self.now}
        return {side: {"accounts": len(rows), "arr": total(rows)} for side, rows in both.items()}

    @property
    def delta(self) -> Decimal:
        return total(self.now) - total(self.then)


@dataclass(frozen=True)
class Renewal:
    """An account that renews within 90 days after the last day."""

    account: UUID
    name: str
    href: str
    arr: Decimal
    band: str
    renewal_on: dt.date


@dataclass(frozen=True)
class Monday:
    """What the page, REST and the slide show. ``scored``: whether anything was scored on the first day;
    ``work``: {promises | steps: {made, done, in_time, broken, late}}; ``owners`` by name."""

    tenant: Tenant
    asked: Asked
    span: Span
    currency: str
    scored: bool
    accounts: int
    bands: dict[str, BandChange]
    movers: list[Row]
    moved: int
    rated: list[relationships.RatedOfOwner]
    work: dict[str, dict[str, int]]
    joined: int
    gone: int
    renewals: list[Renewal]
    without_rate: int

    @property
    def at_risk(self) -> BandChange:
        return self.bands["at_risk"]

    @property
    def renewals_at_risk(self) -> list[Renewal]:
        return [row for row in self.renewals if row.band == "at_risk"]

    @property
    def rated_people(self) -> int:
        return sum(row.rated for row in self.rated)

    @property
    def people(self) -> int:
        return sum(row.people for row in self.rated)


def total(rows: Collection[Row] | Collection[Renewal]) -> Decimal:
    """What these rows are worth together."""
    return sum((row.arr for row in rows), Decimal(0))


@dataclass(frozen=True)
class Base:
    """Both books of what was asked, and which accounts the other numbers count."""

    actor: Actor
    asked: Asked
    span: Span
    books: health.TwoBooks

    @property
    def tenant(self) -> Tenant:
        return self.actor.tenant

    @cached_property
    def ids(self) -> list[UUID]:
        """The accounts that were live on either day."""
        return list({**self.books.then, **self.books.now})

    @cached_property
    def pairs(self) -> list[tuple[health.Standing | None, health.Standing | None]]:
        """Each of them as it stood then and now; None where it was not in the book."""
        then, now = self.books.then, self.books.now
        return [(then.get(one), now.get(one)) for one in self.ids]

    @cached_property
    def among(self) -> Among:
        """A condition on rows that point at an account: it is one of those that are compared."""
        return among_accounts(self.ids)

    @property
    def present(self) -> list[UUID]:
        return list(self.books.now)


def monday_base(*, actor: Actor, asked: Asked, at: dt.datetime) -> Base:
    """Both books; ``at`` is now, and the last moment that is known."""
    zone = ZoneInfo(actor.tenant.time_zone)
    live = asked.last >= at.astimezone(zone).date()
    after = dt.datetime.combine(asked.last + dt.timedelta(days=1), dt.time(), zone)
    start = dt.datetime.combine(asked.first, dt.time(), zone).astimezone(dt.UTC)
    span = Span(start, at if live else after.astimezone(dt.UTC), live)
    chosen = health.PortfolioFilter(owner=asked.owner, segment=asked.segment)
    books = health.two_books(chosen, start=span.start, end=span.end, live=live)
    return Base(actor, asked, span, books)


def monday(*, actor: Actor, asked: Asked, at: dt.datetime) -> Monday:
    """Everything, in a constant number of statements whatever the size of the book."""
    base = monday_base(actor=actor, asked=asked, at=at)
    bands, moved = band_changes(base), moved_rows(base)
    shown = moved[:MOVERS]
    entered = bands["at_risk"].entered[:EXPLAINED]
    why = _reasons(base, {row.account for row in (*shown, *entered)})
    risky = bands["at_risk"]
    bands["at_risk"] = replace(
        risky, entered=[row._replace(why=why.get(row.account, ())) for row in risky.entered]
    )
    books = base.books
    joined, gone = people_counts(base)
    return Monday(
        tenant=actor.tenant,
        asked=asked,
        span=base.span,
        currency=books.currency,
        scored=any(one.score is not None for one in books.then.values()),
        accounts=len(books.now),
        bands=bands,
        movers=[row._replace(why=why.get(row.account, ())) for row in shown],
        moved=len(moved),
        rated=relationships.rated_by_owner(
            account_ids=base.present, start=base.span.start, end=base.span.end, day=asked.last
        ),
        work=work_counts(base),
        joined=joined,
        gone=gone,
        renewals=renewals(base),
        without_rate=sum(one.arr is None for one in (*books.then.values(), *books.now.values())),
    )


def band_changes(base: Base) -> dict[str, BandChange]:
    """Who stood in each band, and who entered, left or changed in worth, by band."""
    found = {band: BandChange(band, [], [], [], [], []) for band in BANDS}
    for before, after in base.pairs:
        one = _row(base.tenant, before, after)
        if before:
            then = one if before.worth == one.arr else one._replace(arr=before.worth)
            found[before.band].then.append(then)
        if after:
            found[after.band].now.append(one)
        if before and after and before.band == after.band:
            if before.worth != after.worth:
                found[after.band].revalued.append(one._replace(arr=after.worth - before.worth))
            continue
        if before:
            found[before.band].left.append(then)
        if after:
            found[after.band].entered.append(one)
    for change in found.values():
        for rows in (change.then, change.now, change.entered, change.left, change.revalued):
            rows.sort(key=lambda row: (-abs(row.arr), row.name, row.account))
    return found


def moved_rows(base: Base) -> list[Row]:
    """The accounts of both days whose score moved by a point or more, furthest first."""
    found = [
        _row(base.tenant, then, now)
        for then, now in base.pairs
        if then and now and None not in (then.score, now.score) and abs(now.score - then.score) >= MOVED  # type: ignore[operator]
    ]
    return sorted(found, key=lambda row: (-abs(row.delta or 0), row.name, row.account))


def _row(tenant: Tenant, before: health.Standing | None, after: health.Standing | None) -> Row:
    """An account with what it is worth now, or was if it is no more in the book."""
    one = after or before
    assert one is not None
    scores = (before.score if before else None, after.score if after else None)
    return Row(
        account=one.account,
        name=one.name,
        href=account_href(tenant, one.account),
        arr=one.worth,
        was=before.band if before else "new",
        now=after.band if after else "lost",
        delta=None if None in scores else scores[1] - scores[0],  # type: ignore[operator]
        score=scores[1],
    )


def _reasons(base: Base, ids: Collection[UUID]) -> dict[UUID, tuple[Move, ...]]:
    """Why these accounts moved, as sentences whose points sum to the change; the largest few of each."""
    then, now = base.books.then, base.books.now
    pairs = [
        (one, then[one].scored_at, now[one].scored_at)
        for one in sorted(ids)
        if one in then and one in now and then[one].scored_at and now[one].scored_at
    ]
    ids = [one for one, _before, _after in pairs]
    states = health.states_between(pairs)  # type: ignore[arg-type]
    people = list(Persona.objects.filter(account_id__in=ids).values_list("pk", "name", "left_on"))
    names = {str(pk): name for pk, name, _left in people}
    gone = frozenset(str(pk) for pk, _name, left in people if left and left <= base.asked.last)
    responses = feedback.standing_responses(at=base.span.end).filter(
        account_id__in=ids, answered_at__gt=base.span.start
    )
    answers = answers_of(responses.order_by("-answered_at", "-pk"))
    called = health.measure_names()
    found = {}
    for account_id, moved in states.items():
        span = Compared(
            before=moved.before["coverage"],
            now=moved.now["coverage"],
            measures_before=by_key(moved.before["health"]["measures"]),
            measures_now=by_key(moved.now["health"]["measures"]),
            names=names,
            gone=gone,
            answers=answers,
            called=called,
        )
        found[account_id] = tuple(moves(causes=moved.causes, week=span)[:LINES])
    return found


def steps_of(base: Base, kind: str, what: str) -> Q:
    """Which steps a number counts: made or done in the span, or late at its end."""
    span, promised = base.span, Q(source=Step.PROMISE)
    zone = ZoneInfo(base.tenant.time_zone)
    own = promised if kind == "promises" else ~promised
    if what == "made":
        return own & Q(created_at__gte=span.start, created_at__lte=span.end)
    settled = own & Q(done_at__gte=span.start, done_at__lte=span.end, unsaid=False)
    if what in ("done", "broken"):
        return settled & Q(broken=what == "broken")
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=base.asked.last)
    undone = Q(done_at=None) | Q(done_at__gt=span.end) | Q(unsaid=True)
    overdue = Q(agreed__lt=span.end.astimezone(zone).date())
    return own & awake & undone & overdue & Q(created_at__lte=span.end, side=Step.Side.OURS)


def steps_counted(base: Base) -> Any:
    """The steps of the accounts that are compared, as known at the end of the span."""
    return steps_then(end=base.span.end, live=base.span.live).filter(base.among)


def work_counts(base: Base) -> dict[str, dict[str, int]]:
    """Promises and other steps: made, done, and how many of those in time, late and broken. One statement."""
    zone = ZoneInfo(base.tenant.time_zone)
    in_time = Q(agreed__gte=TruncDate("done_at", tzinfo=zone)) | Q(agreed=None)
    counted = {
        f"{kind}_{what}": Count("pk", filter=steps_of(base, kind, what))
        for kind in ("promises", "steps")
        for what in (*WORK, "broken")
    } | {
        f"{kind}_in_time": Count("pk", filter=steps_of(base, kind, "done") & in_time)
        for kind in ("promises", "steps")
    }
    found = steps_counted(base).aggregate(**counted)
    return {
        kind: {what: found[f"{kind}_{what}"] for what in (*WORK, "in_time", "broken")}
        for kind in ("promises", "steps")
    }


def _moved(base: Base, what: str) -> Q:
    asked, span = base.asked, base.span
    return moved_then(what, first=asked.first, last=asked.last, end=span.end, live=span.live)


def _people(base: Base) -> Any:
    return people_then(end=base.span.end, live=base.span.live).filter(base.among)


def people_moved(base: Base, what: str) -> Any:
    """Who joined or left within the two days, at the accounts that are compared."""
    on = day_moved(what, end=base.span.end, live=base.span.live)
    return _people(base).filter(_moved(base, what)).annotate(on=on)


def people_counts(base: Base) -> tuple[int, int]:
    """How many joined and how many left. One statement."""
    counts = _people(base).aggregate(
        joined=Count("pk", filter=_moved(base, "joined")), gone=Count("pk", filter=_moved(base, "gone"))
    )
    return counts["joined"], counts["gone"]


def renewals(base: Base) -> list[Renewal]:
    """What renews within 90 days after the last day, the soonest first."""
    first, last = base.asked.last, base.asked.last + AHEAD
    found = [
        Renewal(
            one.account, one.name, account_href(base.tenant, one.account), one.worth, one.band, one.renewal_on
        )
        for one in base.books.now.values()
        if one.renewal_on and first <= one.renewal_on <= last
    ]
    return sorted(found, key=lambda row: (row.renewal_on, row.name, row.account))


def owner_names(members: Mapping[str, str], owner: UUID | None) -> str:
    """What an owner is called."""
    return members.get(str(owner), "") if owner else _("Nobody")
