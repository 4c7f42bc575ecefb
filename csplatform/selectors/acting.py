"""What is being done about an account: its next step with owner and due date, the last touch, and what is prescribed
where nobody has a step. A constant number of statements, whatever the number of accounts.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Greatest

from accounts import selectors as accounts
from accounts.models import Account, AccountTeam, Actor, Touch, telling_steps
from csplatform.selectors.book import BookFilter, BookRow, book, local_day, money_rates
from health import selectors as health
from journeys import selectors as journeys

WORRY = {"at_risk": 0, "unknown": 1, "watch": 2, "healthy": 3}


@dataclass(frozen=True)
class NextStep:
    """The open step that comes first: the earliest due, a snoozed one not before it wakes, those without a day last.
    ``side`` says whose turn it is; ``owner`` is who of us answers for it, empty: nobody yet."""

    id: UUID
    title: str
    side: str
    owner: str
    owner_email: str | None
    due_on: dt.date | None
    late: bool
    snoozed_until: dt.date | None


@dataclass(frozen=True)
class Acting:
    """What is done about one account. ``prescribed`` is looked for only where there is no step; ``manager`` is how it
    stands with its manager, None unless it is at risk or has a flag that is raised to management."""

    step: NextStep | None
    touch: accounts.LastTouch | None
    prescribed: journeys.Prescribed | None
    manager: health.Acknowledged | None


def acting(
    *, account_ids: Collection[UUID], today: dt.date, at: dt.datetime, prescribe: bool = True
) -> dict[UUID, Acting]:
    """What is done about each of these accounts: five statements, three without ``prescribe``."""
    steps = _next_steps(account_ids, today)
    touches = accounts.last_touches(account_ids=account_ids, at=at)
    idle = [account_id for account_id in account_ids if account_id not in steps]
    asked = journeys.prescribed(account_ids=idle) if prescribe else {}
    managers = health.acknowledged(account_ids=account_ids, at=at)
    return {
        account_id: Acting(
            steps.get(account_id), touches.get(account_id), asked.get(account_id), managers.get(account_id)
        )
        for account_id in account_ids
    }


def acting_at_risk(bands: Mapping[UUID, str], *, today: dt.date, at: dt.datetime) -> dict[UUID, Acting]:
    """What is done about those of these accounts ({id: band}) that are at risk: what every list says beside them."""
    risky = [account_id for account_id, band in bands.items() if band == "at_risk"]
    return acting(account_ids=risky, today=today, at=at) if risky else {}


def add_acting(rows: Sequence[dict[str, Any]], today: dt.date, at: dt.datetime) -> None:
    """Put onto every row at risk, of rows as a portfolio has them, what is done about it."""
    doing = acting_at_risk({UUID(row["account"]): row["band"] for row in rows}, today=today, at=at)
    for row in rows:
        row["acting"] = doing.get(UUID(row["account"]))


def steps_at_risk(*, account_ids: Collection[UUID], today: dt.date) -> dict[UUID, NextStep | None]:
    """The next step of each of these accounts that is at risk, None where it has none; one statement."""
    risky = Account.objects.filter(pk__in=account_ids, scores__band="at_risk")
    return _steps_of(risky, today)


def touches_at_risk(*, account_ids: Collection[UUID], at: dt.datetime) -> dict[UUID, dt.datetime | None]:
    """When each of these accounts that is at risk was touched last, None where it never was; one statement."""
    touches = Touch.objects.filter(account=OuterRef("pk"), deleted_at=None, at__lte=at).order_by("-at")
    risky = Account.objects.filter(pk__in=account_ids, scores__band="at_risk")
    return dict(risky.annotate(touched=Subquery(touches.values("at")[:1])).values_list("pk", "touched"))


def _next_steps(account_ids: Collection[UUID], today: dt.date) -> dict[UUID, NextStep]:
    found = _steps_of(Account.objects.filter(pk__in=account_ids), today)
    return {account_id: step for account_id, step in found.items() if step is not None}


def _steps_of(rows: QuerySet[Account], today: dt.date) -> dict[UUID, NextStep | None]:
    """The next step of each of these accounts, None where nobody has one."""
    there, telling = Q(steps__done_at=None, steps__deleted_at=None), telling_steps("steps__")
    still = FilteredRelation("steps", condition=there if telling is None else there & ~telling)
    asleep = When(
        step__due_on__isnull=False, step__snoozed_until__gt=today,
        then=Greatest("step__due_on", "step__snoozed_until"),
    )  # fmt: skip
    comes = Case(asleep, default=F("step__due_on")).asc(nulls_last=True)
    awake_first = F("step__snoozed_until").asc(nulls_first=True)
    found = (
        rows.annotate(step=still)
        .order_by("pk", comes, awake_first, "step__created_at", "step__pk")
        .distinct("pk")
        .values_list(
            "pk", "step__pk", "step__title", "step__side", "step__owner__user__name",
            "step__owner__user__email", "step__due_on", "step__snoozed_until",
        )
    )  # fmt: skip
    return {account_id: _next_step(*step, today=today) for account_id, *step in found}


def _next_step(
    id: UUID | None, title: str, side: str, name: str | None, email: str | None, due_on: dt.date | None,
    snoozed_until: dt.date | None, *, today: dt.date,
) -> NextStep | None:  # fmt: skip
    if id is None:
        return None
    asleep = snoozed_until is not None and snoozed_until > today
    return NextStep(
        id=id,
        title=title,
        side=side,
        owner=name or email or "",
        owner_email=email,
        due_on=due_on,
        late=due_on is not None and due_on < today and not asleep,
        snoozed_until=snoozed_until if asleep else None,
    )


@dataclass(frozen=True)
class IdleRow:
    """A live account without an open step, what is prescribed there, and whether this member may accept it."""

    row: BookRow
    acting: Acting
    writable: bool


@dataclass(frozen=True)
class Idle:
    """The report of scores without a step: the most worrying accounts first, and how many there are in each band."""

    rows: list[IdleRow]
    bands: dict[str, int]
    worth: dict[str, float]
    accounts: int


def without_step(*, actor: Actor, whose: str, band: str, at: dt.datetime, most: int = 100) -> Idle:
    """Live accounts that nobody has a step for, of this member (``mine``) or of everyone; ``band`` or all."""
    today = local_day(actor.tenant, at)
    wanted = BookFilter(member=actor.member_id if whose == "mine" else None)
    whole = book(wanted, today=today, rates=money_rates(actor.tenant, at))
    idle = [row for row in whole if not row.open_step]
    idle.sort(key=lambda row: (WORRY[row.band], not row.capped, -(row.worth or 0), row.name, row.id))
    shown = [row for row in idle if band in ("", row.band)][:most]
    doing = acting(account_ids=[row.id for row in shown], today=today, at=at)
    mine = writable(shown, actor)
    bands = dict.fromkeys(WORRY, 0)
    worth = dict.fromkeys(WORRY, 0.0)
    for row in idle:
        bands[row.band] += 1
        worth[row.band] += float(row.worth or 0)
    rows = [IdleRow(row, doing[row.id], row.id in mine) for row in shown]
    return Idle(rows=rows, bands=bands, worth=worth, accounts=len(whole))


def writable(rows: Collection[BookRow | Account], actor: Actor) -> set[UUID]:
    """Which of these accounts this member may write: the rule of accounts.services.require_write, in one statement."""
    if actor.writes_all:
        return {row.id for row in rows}
    if not actor.writes_some:
        return set()
    ids = [row.id for row in rows]
    works = AccountTeam.objects.filter(Q(account_id__in=ids), membership_id=actor.member_id)
    team = set(works.values_list("account_id", flat=True))
    return {row.id for row in rows if row.owner_id in (None, actor.member_id) or row.id in team}


@dataclass(frozen=True)
class RiskRow:
    """A live account that asks for a word, how it stands with its manager, and what is done about it."""

    row: BookRow
    manager: health.Acknowledged
    acting: Acting


@dataclass(frozen=True)
class Acknowledging:
    """The accounts that ask for a word: the longest overdue first, then those that no manager has seen, then the rest."""

    rows: list[RiskRow]
    overdue: int
    unseen: int
    accounts: int


def at_risk(*, actor: Actor, which: str, at: dt.datetime, most: int = 100) -> Acknowledging:
    """What a manager answers for: every live account at risk or with a flag that is raised to management (``all``), those
    nobody has seen (``unseen``), or those whose word is ``overdue``."""
    today = local_day(actor.tenant, at)
    whole = book(BookFilter(), today=today, rates=money_rates(actor.tenant, at))
    raised = health.raised_accounts()
    risky = [row for row in whole if row.band == "at_risk" or row.id in raised]
    doing = acting(account_ids=[row.id for row in risky], today=today, at=at)
    found = [RiskRow(row, one.manager, one) for row in risky if (one := doing[row.id]).manager is not None]
    found.sort(
        key=lambda one: (
            not one.manager.overdue, one.manager.seen, one.manager.due_on or dt.date.max, -(one.row.worth or 0),
            one.row.name, one.row.id,
        )
    )  # fmt: skip
    chosen = {
        "overdue": lambda one: one.manager.overdue,
        "unseen": lambda one: not one.manager.seen,
        "all": lambda one: True,
    }[which]
    return Acknowledging(
        rows=[one for one in found if chosen(one)][:most],
        overdue=sum(one.manager.overdue for one in found),
        unseen=sum(not one.manager.seen for one in found),
        accounts=len(found),
    )
