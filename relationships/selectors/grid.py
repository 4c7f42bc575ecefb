"""The rating grid: people grouped by account, with what is said of each and which of them are due."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.models import Account, AccountTeam, Actor, Persona
from accounts.scope import reader
from accounts.selectors import plan_ahead
from health import selectors as health
from relationships.selectors.heard import ATTENTION, ORDER, heard, read_whole
from relationships.selectors.history import OF_ONE, Disagreement, disagreements, disagreements_of
from relationships.selectors.rounds import ASKED, NOTHING, Asked, asked_now, asked_people
from relationships.selectors.spoken import WORKING, RatedPerson, local_day, people_where

ACCOUNTS_A_PAGE = 12
SHOWS = ("mine", "due", "all", "asked")
OF_ACCOUNT = "a.id = %(account)s"
MINE = (
    "(a.owner_id = %(member)s OR EXISTS (SELECT 1 FROM accounts_accountteam t WHERE t.tenant_id = %(tenant)s"
    " AND t.account_id = a.id AND t.membership_id = %(member)s))"
)


class Row(NamedTuple):
    """One person of the grid: where two raters disagree about them, whether the reader may rate them, and whether as the
    second rater, who sees no other rating yet."""

    person: RatedPerson
    apart: list[Disagreement]
    editable: bool
    blind: bool


@dataclass
class GridAccount:
    """One account of the grid: its people, its health now, and whether the reader may rate here; ``asked``: whom a round
    asks the reader for, ``blind`` those as the second rater, not rated yet."""

    id: UUID
    name: str
    owner: str
    editable: bool
    health: Any
    people: list[RatedPerson]
    apart: dict[UUID, list[Disagreement]] = field(default_factory=dict)
    asked: frozenset[UUID] = frozenset()
    blind: frozenset[UUID] = frozenset()

    @property
    def rows(self) -> list[Row]:
        """Each person with where two raters disagree about them, and whether the reader may rate them."""
        return [self.row(person) for person in self.people]

    def row(self, person: RatedPerson) -> Row:
        return Row(
            person,
            self.apart.get(person.id, []),
            self.editable or person.id in self.asked,
            person.id in self.blind,
        )

    @property
    def due(self) -> int:
        return sum(person.due for person in self.people if person.tracked)

    @property
    def veiled(self) -> bool:
        """Whether the score would tell the reader what they shall not know before they have rated."""
        return health.is_veiled(self.id)


@dataclass
class RatingGrid:
    """One page of the grid. ``people`` and ``due`` count the reader's own people, ``listed`` those of this filter;
    ``asked`` are those whom rounds ask the reader for, by ``due_on``, which is ``late`` once it is past."""

    accounts: list[GridAccount]
    show: str
    page: int
    pages: int
    people: int
    due: int
    asked: int = 0
    due_on: date | None = None
    late: bool = False

    @property
    def listed(self) -> int:
        return sum(len(account.people) for account in self.accounts)


def rating_grid(
    *,
    actor: Actor,
    at: datetime,
    show: str = "mine",
    account_id: UUID | None = None,
    round_id: UUID | None = None,
    page: int = 1,
) -> RatingGrid:
    """The grid as this member sees it: ``show`` mine, due (of mine), all, or asked (for whom open rounds, or one of them,
    ask this member; those rated already too); or one account with all of its people.

    Ordered by account name, asked by what presses most; 12 accounts a page; the same number of queries whatever their
    size.
    """
    today = local_day(tenant=actor.tenant, at=at)
    asked = asked_now(member_id=actor.member_id, round_id=round_id)
    mine = _my_page(page, actor=actor, at=at, only_due=show == "due")
    if account_id is not None:
        pages, people = 1, _people(OF_ACCOUNT, actor=actor, at=at, account=account_id)
    elif show == "asked":
        everyone = asked_people(persona_ids=list(asked.all), at=at, today=today) if asked.all else []
        people, pages = _page_of(everyone, page)
    elif show == "all":
        ids, pages = _page_of_all(page, actor=actor, at=at)
        condition = "p.tracked AND a.id = ANY(%(accounts)s)"
        people = _people(condition, actor=actor, at=at, accounts=ids) if ids else []
    else:
        pages, people = mine.pages, _people_of(mine, actor=actor, at=at, only_due=show == "due")
    return RatingGrid(
        accounts=_accounts(people, asked, actor=actor, at=at),
        show=show,
        page=min(max(page, 1), pages),
        pages=pages,
        people=mine.people,
        due=mine.due,
        asked=len(asked.people),
        due_on=asked.due_on,
        late=asked.due_on is not None and asked.due_on < today,
    )


def grid_account(
    *, actor: Actor, account_id: UUID, persona_id: UUID, at: datetime, score: Any = None, alone: bool = False
) -> GridAccount | None:
    """One account of the grid with all of its people, or None where nobody is there to rate; where raters disagree is
    read for one of them only, and not where the caller knows that one member ``alone`` rated that person of late.
    ``score`` (with its band) is what the caller has just stored, else not told."""
    people = _people(OF_ACCOUNT, actor=actor, at=at, few=True, account=account_id)
    if not people:
        return None
    (group,) = _groups(people)
    writable = _writable([group], actor=actor)
    # What a round asks shows only where the reader may not rate anyway, or waits for a second opinion.
    told = bool(writable) and not reader().people
    asked = NOTHING if told else asked_now(member_id=actor.member_id)
    apart = [] if alone else disagreements_of(persona_id=persona_id, at=at)
    return _account(group, asked, {persona_id: apart}, score, writable=writable, actor=actor)


def plan_grid_account(*, account_id: UUID, at: datetime) -> None:
    """Let this connection plan what reading one account of the grid runs."""
    plan_ahead(ASKED, OF_ONE)
    people_where(f"{WORKING} AND {OF_ACCOUNT}", at=at, few=True, today=at.date(), account=account_id)


# The people who count at the accounts that a member owns or works on, lost ones aside.
MY_PEOPLE = f"{WORKING} AND {MINE} AND p.tracked AND a.status <> 'churned'"


class _MyPage(NamedTuple):
    """How many people are mine, how many of them due, how many pages of accounts they fill, the accounts of one."""

    people: int
    due: int
    pages: int
    account_ids: list[UUID]


def _my_page(page: int, *, actor: Actor, at: datetime, only_due: bool) -> _MyPage:
    """One page of the accounts of my people, or of those due, by name."""
    chosen = "WHERE due" if only_due else ""
    pages = f"(SELECT greatest(1, ceil(count(DISTINCT account_id) / {ACCOUNTS_A_PAGE}.0))::int FROM people_heard {chosen})"
    found = heard(
        f"""SELECT count(*), count(*) FILTER (WHERE due), {pages}, ARRAY(
            SELECT account_id FROM people_heard {chosen} GROUP BY lower(account_name), account_id
            ORDER BY lower(account_name), account_id
            LIMIT {ACCOUNTS_A_PAGE} OFFSET (least(greatest(%(page)s, 1), {pages}) - 1) * {ACCOUNTS_A_PAGE}
        ) FROM people_heard""",
        condition=MY_PEOPLE,
        at=at,
        member=actor.member_id,
        today=local_day(tenant=actor.tenant, at=at),
        page=page,
    )
    return _MyPage(*found[0])


def _people_of(page: _MyPage, *, actor: Actor, at: datetime, only_due: bool) -> list[RatedPerson]:
    if not page.account_ids:
        return []
    condition = "p.tracked AND a.id = ANY(%(accounts)s)"
    people = _people(condition, actor=actor, at=at, accounts=page.account_ids)
    return [person for person in people if person.due or not only_due]


@dataclass(frozen=True)
class MyRatings:
    """Of a member's people: how many are ``due``, at how many accounts, ``inherited`` and never rated among them; the
    first of those who are due, and of those who show another mood than is said of them."""

    due: int
    accounts: int
    inherited: int
    unrated: int
    first: list[RatedPerson]
    diverging: list[RatedPerson]


def my_ratings(*, actor: Actor, at: datetime, first: int, diverging: int) -> MyRatings:
    """What a member has to rate: who shows another mood than is said of them first, then those taken over, the unrated,
    the oldest; diverging are those who show worse first. Two queries."""
    due, accounts, inherited, unrated, due_ids, diverging_ids = heard(
        f"""SELECT count(*), count(DISTINCT account_id), count(*) FILTER (WHERE inherited),
            count(*) FILTER (WHERE NOT rated),
            ARRAY(SELECT id FROM people_heard WHERE due
                ORDER BY {ATTENTION}, NOT inherited, rated, coalesce(oldest_at, %(at)s), {ORDER} LIMIT %(first)s),
            ARRAY(SELECT id FROM people_heard WHERE gap <> 0
                ORDER BY gap, name COLLATE "C", {ORDER} LIMIT %(diverging)s)
        FROM people_heard WHERE due""",
        condition=MY_PEOPLE,
        at=at,
        member=actor.member_id,
        today=local_day(tenant=actor.tenant, at=at),
        first=first,
        diverging=diverging,
    )[0]
    people = read_whole([*due_ids, *diverging_ids], at=at)
    return MyRatings(
        due=due,
        accounts=accounts,
        inherited=inherited,
        unrated=unrated,
        first=[people[one] for one in due_ids],
        diverging=[people[one] for one in diverging_ids],
    )


def _people(
    condition: str, *, actor: Actor, at: datetime, few: bool = False, **params: Any
) -> list[RatedPerson]:
    return people_where(
        f"{WORKING} AND {condition}",
        at=at,
        few=few,
        member=actor.member_id,
        today=local_day(tenant=actor.tenant, at=at),
        **params,
    )


def _page_of(people: list[RatedPerson], page: int) -> tuple[list[RatedPerson], int]:
    """The people of one page of accounts, and how many pages there are."""
    groups = [list(group) for _, group in groupby(people, key=lambda person: person.account_id)]
    pages = max(1, -(-len(groups) // ACCOUNTS_A_PAGE))
    first = (min(max(page, 1), pages) - 1) * ACCOUNTS_A_PAGE
    return [person for group in groups[first : first + ACCOUNTS_A_PAGE] for person in group], pages


def _page_of_all(page: int, *, actor: Actor, at: datetime) -> tuple[list[UUID], int]:
    """The ids of one page of all accounts with somebody to rate, and how many pages there are."""
    today = local_day(tenant=actor.tenant, at=at)
    somebody = Persona.objects.filter(
        Q(left_on=None) | Q(left_on__gt=today),
        account=OuterRef("pk"),
        tracked=True,
        deleted_at=None,
        merged_into=None,
    )
    accounts = Account.objects.filter(Exists(somebody), deleted_at=None).exclude(
        status=Account.Status.CHURNED
    )
    pages = max(1, -(-accounts.count() // ACCOUNTS_A_PAGE))
    first = (min(max(page, 1), pages) - 1) * ACCOUNTS_A_PAGE
    ids = accounts.order_by("name", "pk").values_list("pk", flat=True)[first : first + ACCOUNTS_A_PAGE]
    return list(ids), pages


def _accounts(
    people: Iterable[RatedPerson], asked: Asked, *, actor: Actor, at: datetime
) -> list[GridAccount]:
    groups = _groups(people)
    ids = [group[0].account_id for group in groups]
    if not ids:
        return []
    scores = health.current_scores(account_ids=ids)
    writable = _writable(groups, actor=actor)
    apart: dict[UUID, list[Disagreement]] = defaultdict(list)
    for found in disagreements(at=at, account_ids=ids):
        apart[found.persona_id].append(found)
    return [
        _account(group, asked, apart, scores.get(group[0].account_id), writable=writable, actor=actor)
        for group in groups
    ]


def _groups(people: Iterable[RatedPerson]) -> list[list[RatedPerson]]:
    """The people of each account."""
    return [list(group) for _, group in groupby(people, key=lambda person: person.account_id)]


def _account(
    group: list[RatedPerson],
    asked: Asked,
    apart: Mapping[UUID, list[Disagreement]],
    score: Any,
    *,
    writable: Collection[UUID],
    actor: Actor,
) -> GridAccount:
    account_id = group[0].account_id
    return GridAccount(
        id=account_id,
        name=group[0].account_name,
        owner=group[0].owner,
        editable=account_id in writable,
        health=None if health.is_veiled(account_id) else score,
        people=group,
        apart={person.id: apart[person.id] for person in group if person.id in apart},
        asked=asked.all if actor.writes_some else frozenset(),
        blind=frozenset(persona_id for persona_id, blind in asked.people.items() if blind),
    )


def _writable(groups: list[list[RatedPerson]], *, actor: Actor) -> set[UUID]:
    """Which of these accounts this member may rate."""
    ids = {group[0].account_id for group in groups}
    if actor.writes_all:
        return ids
    if not actor.writes_some:
        return set()
    own = {group[0].account_id for group in groups if group[0].owner_id in (None, actor.member_id)}
    if own == ids:
        return own
    team = AccountTeam.objects.filter(account_id__in=ids - own, membership_id=actor.member_id)
    return own | set(team.values_list("account_id", flat=True))
