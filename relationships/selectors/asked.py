"""Whom a round asks for, and whom it asks: the people who count at the accounts of its scope, each by the account's
owner, else by somebody on its team; and of a share of them a second rater, blind.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import AccountTeam, Membership, Role, Tenant
from relationships.models import Assignment
from relationships.selectors.spoken import WORKING, RatedPerson, local_day, people_where


@dataclass(frozen=True)
class Scope:
    """For whom a round is: empty lists and None ask for everyone.

    ``renews_within``: accounts that renew within so many days; ``rated_within``: whose whole rating by whoever speaks is
    younger, and not inherited, is left out; ``besides_tiers``: accounts of these tiers are left out.
    """

    segment: Sequence[str] = ()
    tier: Sequence[str] = ()
    owner: Sequence[UUID | str] = ()
    renews_within: int | None = None
    rated_within: int | None = None
    besides_tiers: Sequence[str] = ()

    def stored(self) -> dict[str, Any]:
        """The scope as a round keeps it: what is not narrowed is left out."""
        found = {
            "segment": list(self.segment),
            "tier": list(self.tier),
            "owner": [str(owner) for owner in self.owner],
            "renews_within": self.renews_within,
            "rated_within": self.rated_within,
            "besides_tiers": list(self.besides_tiers),
        }
        return {name: value for name, value in found.items() if value not in ([], None)}


@dataclass(frozen=True)
class Ask:
    """One rater is asked for one person; ``blind`` as the second."""

    person: RatedPerson
    rater_id: UUID
    blind: bool = False


@dataclass(frozen=True)
class Asking:
    """Whom a round would ask: ``people`` are asked for, ``nobody`` are those for whom there is nobody to ask."""

    asks: list[Ask]
    nobody: list[RatedPerson] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(not ask.blind for ask in self.asks)

    @property
    def accounts(self) -> int:
        return len({ask.person.account_id for ask in self.asks})

    @property
    def inherited(self) -> int:
        return sum(ask.person.inherited for ask in self.asks if not ask.blind)

    def by_rater(self) -> list[tuple[UUID, int, int]]:
        """(rater, people, of these as the second rater), those with most to do first."""
        whole = Counter(ask.rater_id for ask in self.asks)
        second = Counter(ask.rater_id for ask in self.asks if ask.blind)
        return [(rater, count, second[rater]) for rater, count in whole.most_common()]


def whom_to_ask(
    *,
    scope: Scope,
    second_share: int = 0,
    second_raters: Collection[UUID] = (),
    seed: str = "",
    tenant: Tenant,
    at: datetime,
) -> Asking:
    """Whom a round of this scope asks at ``at``. Who is rated a second time is drawn by ``seed``, alike every time."""
    people = _people(scope, tenant=tenant, at=at)
    able = _able(tenant)
    raters = _raters(people, able)
    asks = [Ask(person, raters[person.account_id]) for person in people if person.account_id in raters]
    second = _second(asks, second_share, [one for one in second_raters if one in able], seed)
    return Asking(asks=asks + second, nobody=[person for person in people if person.account_id not in raters])


def _people(scope: Scope, *, tenant: Tenant, at: datetime) -> list[RatedPerson]:
    today = local_day(tenant=tenant, at=at)
    condition = [WORKING, "p.tracked", "a.status IN ('active', 'trial')"]
    if scope.segment:
        condition.append("a.segment = ANY(%(segment)s)")
    if scope.tier:
        condition.append("a.tier = ANY(%(tier)s)")
    if scope.besides_tiers:
        condition.append("a.tier <> ALL(%(besides)s)")
    if scope.owner:
        condition.append("a.owner_id = ANY(%(owner)s::uuid[])")
    if scope.renews_within is not None:
        condition.append("a.renewal_on BETWEEN %(today)s AND %(renews)s")
    found = people_where(
        " AND ".join(condition),
        at=at,
        today=today,
        segment=list(scope.segment),
        tier=list(scope.tier),
        besides=list(scope.besides_tiers),
        owner=[str(owner) for owner in scope.owner],
        renews=today + timedelta(days=scope.renews_within or 0),
    )
    return [person for person in found if not _fresh(person, scope.rated_within)]


def _fresh(person: RatedPerson, days: int | None) -> bool:
    if not days or person.inherited or not person.complete or person.oldest_at is None:
        return False
    return person.at - person.oldest_at < timedelta(days=days)


def _able(tenant: Tenant) -> dict[UUID, str]:
    """Who can be asked: active members who may write something, by id, with their names."""
    members = Membership.objects.filter(tenant=tenant, is_active=True).exclude(role=Role.VIEWER)
    return {member.pk: str(member) for member in members.select_related("user")}


def _raters(people: Sequence[RatedPerson], able: Mapping[UUID, str]) -> dict[UUID, UUID]:
    """Who is asked for the people of each account; an account with nobody to ask is absent."""
    raters = {person.account_id: person.owner_id for person in people if person.owner_id in able}
    others = {person.account_id for person in people} - set(raters)
    team = AccountTeam.objects.filter(Q(account_id__in=others), membership_id__in=able)
    rows = sorted(team.values_list("account_id", "membership_id"), key=lambda row: (able[row[1]], row[1]))
    for account_id, member_id in rows:
        raters.setdefault(account_id, member_id)
    return {account_id: rater for account_id, rater in raters.items() if rater is not None}


def _second(asks: Sequence[Ask], share: int, raters: Sequence[UUID], seed: str) -> list[Ask]:
    """The second asks: a draw of the people, dealt to the second raters in turn, never to whoever is asked first."""
    if not share or not raters:
        return []
    drawn = sorted(asks, key=lambda ask: hashlib.sha256(f"{seed}:{ask.person.id}".encode()).digest())
    wanted = -(-len(asks) * share // 100)
    turn, found = cycle(raters), []
    for ask in drawn:
        other = next((one for one in islice(turn, len(raters)) if one != ask.rater_id), None)
        if other is not None:
            found.append(Ask(ask.person, other, blind=True))
        if len(found) == wanted:
            break
    return found


def asked_of(*, member_id: UUID | None, persona_ids: Collection[UUID]) -> set[UUID]:
    """For which of these people a member is asked in an open round, done or not."""
    if member_id is None or not persona_ids:
        return set()
    found = Assignment.objects.filter(
        rater_id=member_id, persona_id__in=persona_ids, round__closed_at=None, round__deleted_at=None
    )
    return set(found.values_list("persona_id", flat=True))
