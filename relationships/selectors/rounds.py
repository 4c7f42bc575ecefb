"""Rounds as pages and REST show them: how far each is, by rater, and what is left; and what one member is asked for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Max, Min, Q

from accounts.models import Account, Actor, Membership
from accounts.scope import current_tenant
from accounts.selectors import planned
from accounts.tenancy import TenantQuerySet
from relationships.models import Assignment, Cadence, Round
from relationships.selectors.spoken import RatedPerson, people_where

LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)
LEFT = 50  # people without a rating that a round's page lists


def round_list() -> TenantQuerySet:
    """Every round, removed ones included, with how many ratings it asks for (``asked``) and how many it has (``done``)."""
    found: TenantQuerySet = Round.objects.select_related("author__user", "cadence").annotate(
        asked=Count("assignments"), done=Count("assignments", filter=Q(assignments__done_at__isnull=False))
    )
    return found


def assignment_list() -> TenantQuerySet:
    """Every assignment of rounds that are there, with its rater and its round."""
    found: TenantQuerySet = Assignment.objects.filter(round__deleted_at=None).select_related(
        "rater__user", "round"
    )
    return found


def cadence_list() -> TenantQuerySet:
    """Every cadence, removed ones included."""
    rows: TenantQuerySet = Cadence.objects.order_by("tier", "pk")
    return rows


@dataclass(frozen=True)
class CadenceRow:
    """One tier of the book (empty: all others), how many live accounts it has, and its cadence if it has one."""

    tier: str
    accounts: int
    cadence: Any


def cadence_rows() -> list[CadenceRow]:
    """The tiers in use and those with a cadence, by name; all others last. Two queries."""
    cadences = {row.tier: row for row in cadence_list().filter(deleted_at=None)}
    live = Account.objects.filter(deleted_at=None, status__in=LIVE)
    counts = dict(live.values_list("tier").annotate(count=Count("pk")))
    tiers = sorted({*counts, *cadences} - {""})
    rest = sum(count for tier, count in counts.items() if tier not in cadences)
    return [
        *(CadenceRow(tier, counts.get(tier, 0), cadences.get(tier)) for tier in tiers),
        CadenceRow("", rest, cadences.get("")),
    ]


def words_in_use() -> tuple[list[str], list[str]]:
    """The segments and the tiers of live accounts, by name. Two queries."""
    live = Account.objects.filter(deleted_at=None, status__in=LIVE)
    found = [
        list(live.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct())
        for name in ("segment", "tier")
    ]
    return found[0], found[1]


def state_of(round: Any, *, today: date) -> str:
    """finished, overdue or open."""
    if round.closed_at is not None:
        return "finished"
    return "overdue" if round.due_on < today and round.done < round.asked else "open"


@dataclass(frozen=True)
class Progress:
    """How far one rater is in a round: of ``asked`` people ``done`` are rated, ``second`` of them asked as the second."""

    rater_id: UUID
    rater: str
    asked: int
    done: int
    second: int
    inherited: int
    last_at: datetime | None

    @property
    def share(self) -> int:
        return 100 * self.done // self.asked if self.asked else 100


@dataclass(frozen=True)
class Left:
    """Somebody who is not rated yet, and who is asked."""

    persona_id: UUID
    name: str
    account_id: UUID
    account: str
    rater: str
    blind: bool
    inherited: bool


@dataclass(frozen=True)
class RoundPage:
    """A round with its raters, those with most left first, and the first of the people who are left."""

    round: Any
    raters: list[Progress]
    left: list[Left]
    mine: int

    @property
    def share(self) -> int:
        return 100 * self.round.done // self.round.asked if self.round.asked else 100

    @property
    def waiting(self) -> int:
        """How many people are left."""
        return sum(one.asked - one.done for one in self.raters)


def round_page(*, round_id: UUID, actor: Actor) -> RoundPage | None:
    """A round's page, None where there is no such round. Four queries."""
    round = round_list().filter(pk=round_id, deleted_at=None).first()
    if round is None:
        return None
    rows = Assignment.objects.filter(round_id=round_id)
    groups = rows.values("rater_id").annotate(
        asked=Count("pk"),
        done=Count("pk", filter=Q(done_at__isnull=False)),
        second=Count("pk", filter=Q(blind=True)),
        inherited=Count("pk", filter=Q(inherited=True, done_at=None)),
        last_at=Max("done_at"),
    )
    found = list(groups)
    names = _names()
    raters = [Progress(rater=names.get(row["rater_id"], ""), **row) for row in found]
    left = (
        rows.filter(done_at=None)
        .select_related("persona", "account")
        .order_by("-inherited", "account__name", "persona__name", "pk")
    )
    return RoundPage(
        round=round,
        raters=sorted(raters, key=lambda one: (one.done - one.asked, one.rater)),
        left=[
            Left(
                row.persona_id, row.persona.name, row.account_id, row.account.name,
                names.get(row.rater_id, ""), row.blind, row.inherited,
            )
            for row in left[:LEFT]
        ],
        mine=next((one.asked - one.done for one in raters if one.rater_id == actor.member_id), 0),
    )  # fmt: skip


def _names() -> dict[UUID, str]:
    members = Membership.objects.filter(tenant_id=current_tenant()).select_related("user")
    return {member.pk: str(member) for member in members}


@dataclass(frozen=True)
class Asked:
    """What a member is asked for in open rounds: each person's rounds that are not done, and the earliest day."""

    people: dict[UUID, bool]  # by person not rated yet: whether as the second rater, blind still
    all: frozenset[UUID]  # those who are rated already too
    due_on: date | None
    rounds: list[UUID]


NOTHING = Asked(people={}, all=frozenset(), due_on=None, rounds=[])
ASKED = """SELECT a.persona_id, a.blind AND a.unsealed_at IS NULL, a.done_at, a.round_id, r.due_on
FROM relationships_assignment a JOIN relationships_round r ON r.tenant_id = %(tenant)s AND r.id = a.round_id
WHERE a.tenant_id = %(tenant)s AND a.rater_id = %(member)s AND r.closed_at IS NULL AND r.deleted_at IS NULL
    AND (%(round)s::uuid IS NULL OR r.id = %(round)s::uuid)"""


def asked_now(*, member_id: UUID, round_id: UUID | None = None) -> Asked:
    """What a member is asked for now, in one round or in all that are open. One query."""
    with connection.cursor() as cursor:
        cursor.execute(planned(ASKED), {"tenant": current_tenant(), "member": member_id, "round": round_id})
        found = cursor.fetchall()
    left = [row for row in found if row[2] is None]
    return Asked(
        people={persona: blind for persona, blind, *_ in left},
        all=frozenset(row[0] for row in found),
        due_on=min((row[4] for row in left), default=None),
        rounds=list(dict.fromkeys(row[3] for row in found)),
    )


@dataclass(frozen=True)
class Waiting:
    """How many people a member is asked for in open rounds, by when, and whether that day is past."""

    people: int
    due_on: date | None
    late: bool


def waiting(*, member_id: UUID, today: date) -> Waiting:
    """What is left of the rounds that ask a member. One query."""
    rows = Assignment.objects.filter(
        rater_id=member_id, done_at=None, round__closed_at=None, round__deleted_at=None
    )
    found = rows.aggregate(people=Count("persona_id", distinct=True), due_on=Min(F("round__due_on")))
    return Waiting(**found, late=found["due_on"] is not None and found["due_on"] < today)


def queue_first(people: list[RatedPerson]) -> list[RatedPerson]:
    """A round's queue: accounts with inherited ratings first, then those never rated, then the oldest; people likewise
    inside an account."""

    def key(person: RatedPerson) -> tuple[bool, int, bool, float]:
        age = person.oldest_at.timestamp() if person.oldest_at else 0.0
        return (not person.inherited, -person.attention, person.rated, age)

    first: dict[UUID, tuple[bool, int, bool, float]] = {}
    for person in people:
        first[person.account_id] = min(key(person), first.get(person.account_id, key(person)))
    return sorted(
        people,
        key=lambda person: (
            first[person.account_id], person.account_name.lower(), str(person.account_id), key(person), person.name,
        ),
    )  # fmt: skip


def asked_people(*, persona_ids: list[UUID], at: datetime, today: date) -> list[RatedPerson]:
    """These people with what is said of them, in the order of a queue."""
    found = people_where(
        "p.id = ANY(%(personas)s::uuid[]) AND (p.left_on IS NULL OR p.left_on > %(today)s)",
        at=at,
        today=today,
        personas=[str(one) for one in persona_ids],
    )
    return queue_first(found)
