"""The rating grid: people grouped by account, with what is said of each and which of them are due."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.models import Account, AccountTeam, Actor, Membership, Persona
from health import selectors as health
from relationships.selectors.history import Disagreement, disagreements
from relationships.selectors.rounds import Asked, asked_now, asked_people
from relationships.selectors.spoken import WORKING, RatedPerson, local_day, people_where

ACCOUNTS_A_PAGE = 12
SHOWS = ("mine", "due", "all", "asked")
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
    ``asked`` are those whom rounds ask the reader for, by ``due_on``."""

    accounts: list[GridAccount]
    show: str
    page: int
    pages: int
    people: int
    due: int
    asked: int = 0
    due_on: date | None = None

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
    asked = asked_now(member_id=actor.member_id, round_id=round_id)
    mine = my_people(actor=actor, at=at)
    due = [person for person in mine if person.due]
    if account_id is not None:
        pages, people = 1, _people("a.id = %(account)s", actor=actor, at=at, account=account_id)
    elif show == "asked":
        today = local_day(tenant=actor.tenant, at=at)
        everyone = asked_people(persona_ids=list(asked.all), at=at, today=today) if asked.all else []
        people, pages = _page_of(everyone, page)
    elif show == "all":
        ids, pages = _page_of_all(page, actor=actor, at=at)
        condition = "p.tracked AND a.id = ANY(%(accounts)s)"
        people = _people(condition, actor=actor, at=at, accounts=ids) if ids else []
    else:
        people, pages = _page_of(due if show == "due" else mine, page)
    return RatingGrid(
        accounts=_accounts(people, asked, actor=actor, at=at),
        show=show,
        page=min(max(page, 1), pages),
        pages=pages,
        people=len(mine),
        due=len(due),
        asked=len(asked.people),
        due_on=asked.due_on,
    )


def grid_account(*, actor: Actor, account_id: UUID, at: datetime) -> GridAccount | None:
    """One account of the grid with all of its people, or None where nobody is there to rate."""
    people = _people("a.id = %(account)s", actor=actor, at=at, account=account_id)
    asked = asked_now(member_id=actor.member_id)
    return next(iter(_accounts(people, asked, actor=actor, at=at)), None)


def my_people(*, actor: Actor, at: datetime) -> list[RatedPerson]:
    """The people who count at the accounts that this member owns or works on, lost ones aside."""
    return _people(f"{MINE} AND p.tracked AND a.status <> 'churned'", actor=actor, at=at)


def ratings_due(*, actor: Actor, at: datetime) -> list[RatedPerson]:
    """Those of my people who are due for rating: who shows another mood than is said of them first, then longest unrated
    first."""
    due = [person for person in my_people(actor=actor, at=at) if person.due]
    return sorted(due, key=lambda person: (-person.attention, person.rated, person.oldest_at or person.at))


def _people(condition: str, *, actor: Actor, at: datetime, **params: Any) -> list[RatedPerson]:
    return people_where(
        f"{WORKING} AND {condition}",
        at=at,
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
    groups = [
        (account_id, list(group))
        for account_id, group in groupby(people, key=lambda person: person.account_id)
    ]
    ids = [account_id for account_id, _ in groups]
    if not ids:
        return []
    owners = {group[0].owner_id for _, group in groups if group[0].owner_id}
    names = {
        member.pk: str(member)
        for member in Membership.objects.select_related("user").filter(
            tenant_id=actor.tenant_id, pk__in=owners
        )
    }
    scores = health.current_scores(account_ids=ids)
    writable = _writable(ids, groups, actor=actor)
    apart: dict[UUID, dict[UUID, list[Disagreement]]] = defaultdict(lambda: defaultdict(list))
    for found in disagreements(at=at, account_ids=ids):
        apart[found.account_id][found.persona_id].append(found)
    return [
        GridAccount(
            id=account_id,
            name=group[0].account_name,
            owner=names.get(group[0].owner_id, "") if group[0].owner_id else "",
            editable=account_id in writable,
            health=None if health.is_veiled(account_id) else scores.get(account_id),
            people=group,
            apart={persona_id: list(rows) for persona_id, rows in apart[account_id].items()},
            asked=asked.all if actor.writes_some else frozenset(),
            blind=frozenset(persona_id for persona_id, blind in asked.people.items() if blind),
        )
        for account_id, group in groups
    ]


def _writable(
    ids: Collection[UUID], groups: list[tuple[UUID, list[RatedPerson]]], *, actor: Actor
) -> set[UUID]:
    """Which of these accounts this member may rate."""
    if actor.writes_all:
        return set(ids)
    if not actor.writes_some:
        return set()
    team = AccountTeam.objects.filter(account_id__in=ids, membership_id=actor.member_id)
    own = {account_id for account_id, group in groups if group[0].owner_id in (None, actor.member_id)}
    return own | set(team.values_list("account_id", flat=True))
