"""Today: who needs this member, and why; what is due; what fell, renews, or left.

A constant number of statements, whatever the size of the book.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts import selectors as accounts
from accounts.models import Account, AccountTeam, Actor, Persona, Step
from csplatform.selectors import book as books
from csplatform.selectors.acting import Acting, acting, writable
from csplatform.selectors.book import BookFilter, BookRow, local_day
from csplatform.selectors.focus import by_focus
from csplatform.selectors.links import account_href, persona_href, rate_href
from csplatform.selectors.reasons import next_action, reasons, stories
from health import selectors as health
from relationships import selectors as relationships
from relationships.selectors import RatedPerson

FELL = 3.0  # points in seven days from which on an account needs somebody
DROP = 1.0  # points since yesterday
NEAR = 90  # days until a renewal
SHOWN, SHOWN_ALL = 10, 200
LIST = 8
FIRST = 5  # people due who are named
LEFT_DAYS = 30


@dataclass(frozen=True)
class Today:
    """What the page shows; see the template for the rows. ``tenant_empty``: there is no account at all."""

    whose: str
    tenant_empty: bool = False
    book_empty: bool = False
    needs: list[dict[str, Any]] = field(default_factory=list)
    needs_count: int = 0
    idle_count: int = 0
    idle_worth: Decimal = Decimal(0)
    ratings_due: dict[str, Any] = field(default_factory=dict)
    diverging: list[dict[str, Any]] = field(default_factory=list)
    asked: relationships.Waiting | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    steps_count: int = 0
    drops: list[dict[str, Any]] = field(default_factory=list)
    renewals: list[dict[str, Any]] = field(default_factory=list)
    renewals_count: int = 0
    left: list[dict[str, Any]] = field(default_factory=list)

    @property
    def most(self) -> int:
        """How many of those who need somebody the page ever lists."""
        return SHOWN_ALL


class Standing(NamedTuple):
    """How a book stands, as far as Today tells: kept while nobody writes, because most of a large book is read for it.

    ``ranked``: the first SHOWN_ALL who need somebody; ``renewals``: the first LIST of those near; ``idle``: at risk
    without a step. ``account_ids`` are those of a member's book, None for the whole one; ``to_rate`` counts the people of
    the whole one.
    """

    accounts: int
    ranked: list[BookRow]
    needs_count: int
    idle_count: int
    idle_worth: Decimal
    renewals: list[BookRow]
    renewals_count: int
    account_ids: list[UUID] | None
    to_rate: dict[str, int]


def today_page(*, actor: Actor, whose: str, everything: bool = False, at: dt.datetime) -> Today:
    """The page of this member. ``whose`` mine (accounts they own or work on) or all; ``everything`` lists all needs."""
    day = local_day(actor.tenant, at)
    standing = _kept_standing(actor, whose, day, at)
    if not standing.accounts:
        return Today(
            whose, tenant_empty=not Account.objects.filter(deleted_at=None).exists(), book_empty=True
        )
    shown = standing.ranked[: SHOWN_ALL if everything else SHOWN]
    summary, due, diverging = _to_rate(shown, standing.to_rate, actor=actor, whose=whose, at=at)
    steps = _steps_due(actor, whose, day)
    mine = writable([*shown, *(step.account for step in steps)], actor)
    falls = _falls(standing.account_ids, at)
    doing, risky = _doing(shown, standing.renewals, falls, day, at)
    return Today(
        whose=whose,
        needs=_needs(shown, doing, mine, actor=actor, due=due, day=day),
        needs_count=standing.needs_count,
        idle_count=standing.idle_count,
        idle_worth=standing.idle_worth,
        ratings_due=summary,
        diverging=diverging,
        asked=relationships.waiting(member_id=actor.member_id, today=day),
        steps=[_step(step, mine, actor, day) for step in steps],
        steps_count=accounts.in_all(steps),
        drops=_drops(falls, risky, actor),
        renewals=[_renewal(row, risky, actor, day) for row in standing.renewals],
        renewals_count=standing.renewals_count,
        left=_left(actor, whose, day),
    )


def _kept_standing(actor: Actor, whose: str, day: dt.date, at: dt.datetime) -> Standing:
    rates = books.money_rates(actor.tenant, at)
    wanted = BookFilter(member=actor.member_id if whose == "mine" else None)
    return health.kept(
        "today",
        version=health.book_version(at=at),
        vary=(wanted, day, sorted(rates.items()), health.current_scorecard().version),
        make=lambda: _standing(wanted, day, rates, at),
    )


def _standing(wanted: BookFilter, day: dt.date, rates: dict[str, Decimal], at: dt.datetime) -> Standing:
    book = books.book(wanted, today=day, rates=rates)
    ranked = _ranked(book, day, at)
    idle = [row for row in book if row.band == "at_risk" and not row.open_step]
    renewals = sorted(
        (row for row in book if row.renewal_on and 0 <= (row.renewal_on - day).days <= NEAR),
        key=lambda row: (row.renewal_on, row.name),
    )
    return Standing(
        accounts=len(book),
        ranked=ranked[:SHOWN_ALL],
        needs_count=len(ranked),
        idle_count=len(idle),
        idle_worth=sum((row.worth or Decimal(0) for row in idle), Decimal(0)),
        renewals=renewals[:LIST],
        renewals_count=len(renewals),
        account_ids=[row.id for row in book] if wanted.member else None,
        to_rate={} if wanted.member else health.people_to_rate(at=at),
    )


def _ranked(book: Sequence[BookRow], day: dt.date, at: dt.datetime) -> list[BookRow]:
    """Those who need somebody, most money to be saved by a look first (the model's focus)."""
    needy = [row for row in book if _needs_somebody(row, day)]
    return [row for row, _factors in by_focus(needy, health.loss_chances(today=day, at=at), day)]


def _needs_somebody(row: BookRow, day: dt.date) -> bool:
    days = row.renewal_days(day)
    near = days is not None and days <= NEAR
    fell = row.change is not None and row.change <= -FELL
    return row.band in ("at_risk", "unknown") or row.capped or fell or (row.band == "watch" and near)


def _doing(
    needs: Sequence[BookRow],
    renewals: Sequence[BookRow],
    falls: Sequence[health.Fall],
    day: dt.date,
    at: dt.datetime,
) -> tuple[dict[UUID, Acting], dict[UUID, Acting]]:
    """What is done about everybody who needs somebody; and about those at risk of whom renews or fell."""
    bands = {row.id: row.band for row in renewals} | {fall.account_id: fall.band for fall in falls}
    risky = {account_id for account_id, band in bands.items() if band == "at_risk"}
    doing = acting(account_ids=risky.union(row.id for row in needs), today=day, at=at)
    return doing, {account_id: doing[account_id] for account_id in risky}


def _needs(
    rows: Sequence[BookRow],
    doing: Mapping[UUID, Acting],
    mine: Collection[UUID],
    *,
    actor: Actor,
    due: Mapping[UUID, Sequence[RatedPerson]],
    day: dt.date,
) -> list[dict[str, Any]]:
    told, names = stories([row.id for row in rows])
    steps = _next_steps([row.id for row in rows], day)
    return [
        {
            "id": row.id,
            "href": account_href(actor.tenant, row.id),
            "name": row.name,
            "acting": doing[row.id],
            "writable": row.id in mine,
            "band": row.band,
            "score": row.score,
            "change": row.change,
            "arr": row.arr,
            "currency": row.currency,
            "renewal_on": row.renewal_on,
            "renewal_days": row.renewal_days(day),
            "reasons": reasons(row, told.get(row.id), names, today=day),
            "action": next_action(
                row,
                told.get(row.id),
                names,
                tenant=actor.tenant,
                step=steps.get(row.id),
                due=due.get(row.id, ()),
            ),
        }
        for row in rows
    ]


def _next_steps(account_ids: Sequence[UUID], day: dt.date) -> dict[UUID, Step]:
    """The earliest step of ours at each account that is due within a week."""
    found = _due(day).filter(account_id__in=account_ids).order_by("account_id", F("due_on"), "pk")
    return {step.account_id: step for step in found.distinct("account_id")}


def _due(day: dt.date) -> QuerySet[Step]:
    return Step.objects.filter(
        Q(snoozed_until=None) | Q(snoozed_until__lte=day),
        side=Step.Side.OURS,
        done_at=None,
        deleted_at=None,
        due_on__lte=day + books.WEEK,
    )


def _mine(actor: Actor, path: str) -> Q:
    """A condition on rows that point at an account: it is one that this member owns or works on."""
    works = AccountTeam.objects.filter(account=OuterRef(f"{path}_id"), membership_id=actor.member_id)
    return Q(**{f"{path}__owner_id": actor.member_id}) | Q(Exists(works))


def _steps_due(actor: Actor, whose: str, day: dt.date) -> list[Step]:
    """The first of our steps due within a week or late: this member's, and those nobody owns at their accounts."""
    found = _due(day).filter(account__deleted_at=None, account__status__in=books.LIVE)
    if whose == "mine":
        found = found.filter(Q(owner_id=actor.member_id) | Q(owner_id=None) & _mine(actor, "account"))
    found = found.select_related("account", "persona").annotate(in_all=accounts.IN_ALL)
    return list(found.order_by("due_on", "title", "pk")[:LIST])


def _step(step: Step, mine: Collection[UUID], actor: Actor, day: dt.date) -> dict[str, Any]:
    return {
        "id": step.pk,
        "writable": step.account_id in mine,
        "account_id": step.account_id,
        "title": step.title,
        "account": step.account.name,
        "href": account_href(actor.tenant, step.account_id),
        "due_on": step.due_on,
        "late": step.due_on is not None and step.due_on < day,
        "promise": step.source == Step.PROMISE,
        "to": step.persona.name if step.persona and step.source == Step.PROMISE else "",
    }


def _to_rate(
    rows: Sequence[BookRow], summary: dict[str, int], *, actor: Actor, whose: str, at: dt.datetime
) -> tuple[dict[str, Any], dict[UUID, list[RatedPerson]], list[dict[str, Any]]]:
    """Who is to be rated: a summary of the book, the people due at some of its accounts, and who shows another mood than
    is said of them.

    Mine are counted from their ratings, everyone's from the stored scores (``summary``), because nobody rates a whole
    organisation's people.
    """
    people = relationships.rated_people(tenant=actor.tenant, at=at, account_ids=[row.id for row in rows])
    here = _by_account(_in_order([person for person in people if person.due], at))
    if whose == "mine":
        mine = relationships.my_ratings(actor=actor, at=at, first=FIRST, diverging=LIST)
        return _due_summary(mine, actor), here, _diverging(mine.diverging, actor)
    whole = {**summary, "href": rate_href(actor.tenant, show="all"), "people": []}
    diverging = sorted(
        (person for person in people if person.diverges), key=lambda person: (person.gap, person.name)
    )
    return whole, here, _diverging(diverging[:LIST], actor)


def _diverging(people: Sequence[RatedPerson], actor: Actor) -> list[dict[str, Any]]:
    """Whose signs contradict what is said of them, those who show worse first."""
    return [
        {
            "name": person.name,
            "account": person.account_name,
            "href": persona_href(actor.tenant, person.id),
            "said": person.overall,
            "seen": person.observed,
            "signs": person.signs or [],
        }
        for person in people
    ]


def _in_order(due: Sequence[RatedPerson], at: dt.datetime) -> list[RatedPerson]:
    return sorted(
        due,
        key=lambda person: (-person.attention, not person.inherited, person.rated, person.oldest_at or at),
    )


def _by_account(due: Sequence[RatedPerson]) -> dict[UUID, list[RatedPerson]]:
    found: dict[UUID, list[RatedPerson]] = defaultdict(list)
    for person in due:
        found[person.account_id].append(person)
    return found


def _due_summary(mine: relationships.MyRatings, actor: Actor) -> dict[str, Any]:
    return {
        "count": mine.due,
        "accounts": mine.accounts,
        "inherited": mine.inherited,
        "unrated": mine.unrated,
        "href": rate_href(actor.tenant, show="due"),
        "people": [
            {
                "name": person.name,
                "account": person.account_name,
                "href": rate_href(actor.tenant, account=person.account_id),
                "inherited": person.inherited,
                "rated_at": person.oldest_at,
            }
            for person in mine.first
        ],
    }


def _falls(account_ids: Sequence[UUID] | None, at: dt.datetime) -> list[health.Fall]:
    """What fell since yesterday began, furthest first."""
    zones = health.read_zones()
    since = zones.midnight(zones.midnight(at) - dt.timedelta(microseconds=1))
    return health.falls(account_ids=account_ids, since=since, points=DROP, limit=LIST)


def _drops(falls: Sequence[health.Fall], risky: Mapping[UUID, Acting], actor: Actor) -> list[dict[str, Any]]:
    """Each of these with the cause that took most."""
    causes = health.causes_between([(fall.account_id, fall.since, fall.until) for fall in falls])
    names = health.persona_names(health.people_behind([c for found in causes.values() for c in found]))
    return [
        {
            "href": account_href(actor.tenant, fall.account_id),
            "name": fall.name,
            "from": fall.before,
            "to": fall.now,
            "delta": fall.delta,
            "acting": risky.get(fall.account_id),
            "cause": _worst(health.cause_words(causes.get(fall.account_id, []), names)),
        }
        for fall in falls
    ]


def _worst(words: list[dict[str, Any]]) -> dict[str, Any] | None:
    worst = min(words, key=lambda cause: cause["points"], default=None)
    return worst if worst is not None and worst["points"] < 0 else None


def _renewal(row: BookRow, risky: Mapping[UUID, Acting], actor: Actor, day: dt.date) -> dict[str, Any]:
    return {
        "href": account_href(actor.tenant, row.id),
        "name": row.name,
        "on": row.renewal_on,
        "days": row.renewal_days(day),
        "arr": row.arr,
        "currency": row.currency,
        "band": row.band,
        "acting": risky.get(row.id),
    }


def _left(actor: Actor, whose: str, day: dt.date) -> list[dict[str, Any]]:
    """Tracked people who left in the last 30 days, latest first."""
    found = Persona.objects.filter(
        left_on__gt=day - dt.timedelta(days=LEFT_DAYS), left_on__lte=day, tracked=True, deleted_at=None,
        merged_into=None, account__deleted_at=None, account__status__in=books.LIVE,
    )  # fmt: skip
    if whose == "mine":
        found = found.filter(_mine(actor, "account"))
    return [
        {
            "href": persona_href(actor.tenant, person.pk),
            "name": person.name,
            "role_label": person.get_role_display(),
            "account": person.account.name,
            "account_href": account_href(actor.tenant, person.account_id),
            "on": person.left_on,
        }
        for person in found.select_related("account").order_by("-left_on", "name", "pk")[:LIST]
    ]
