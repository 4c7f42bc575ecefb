"""The leader's questions about ratings: who was not rated this quarter, which ratings were inherited and never renewed,
whose are stale, who shows another mood than is said of them. One reading of the people who count."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Actor, Membership, Tenant
from relationships.selectors.spoken import RatedPerson, local_day, rated_people

MOST = 200
Test = Callable[[RatedPerson, datetime], bool]
LISTS: dict[str, Test] = {
    "quarter": lambda person, began: person.rated_at is None or person.rated_at < began,
    "inherited": lambda person, began: person.inherited,
    "stale": lambda person, began: person.stale or not person.rated,
    "diverging": lambda person, began: person.diverges,
}


@dataclass(frozen=True)
class RatingReport:
    """One list: its first people, and how long each list is; ``owners`` of the people who count, by id."""

    kind: str
    people: list[RatedPerson]
    counts: dict[str, int]
    all: int
    began: date
    owners: dict[UUID, str]
    by_owner: list[tuple[UUID | None, str, int, int]]


def rating_report(*, actor: Actor, kind: str, owner: UUID | None = None, at: datetime) -> RatingReport:
    """A list of people, the longest unrated first, at the accounts of one owner or of all. Two queries."""
    everyone = rated_people(tenant=actor.tenant, at=at)
    members = Membership.objects.filter(tenant_id=actor.tenant_id).select_related("user")
    names = {member.pk: str(member) for member in members}
    owners = {person.owner_id: names.get(person.owner_id, "") for person in everyone if person.owner_id}
    chosen = [person for person in everyone if owner is None or person.owner_id == owner]
    began = quarter_began(tenant=actor.tenant, at=at)
    listed = [person for person in chosen if LISTS[kind](person, began)]
    listed.sort(
        key=lambda person: (
            -person.attention,
            person.rated,
            person.oldest_at or at,
            person.account_name,
            person.name,
        )
    )
    return RatingReport(
        kind=kind,
        people=listed[:MOST],
        counts={name: sum(test(person, began) for person in chosen) for name, test in LISTS.items()},
        all=len(chosen),
        began=began.date(),
        owners=owners,
        by_owner=_by_owner(listed, chosen, names),
    )


def _by_owner(
    listed: Sequence[RatedPerson], chosen: Sequence[RatedPerson], names: dict[UUID, str]
) -> list[tuple[UUID | None, str, int, int]]:
    """(owner, name, listed people, all people), those with most first."""
    those, everyone = (Counter(person.owner_id for person in people) for people in (listed, chosen))
    rows = [
        (owner, names.get(owner, "") if owner else "", those[owner], count)
        for owner, count in everyone.items()
    ]
    return sorted(rows, key=lambda row: (-row[2], row[1]))


def quarter_began(*, tenant: Tenant, at: datetime) -> datetime:
    """The midnight at which the present quarter began where the tenant is."""
    today = local_day(tenant=tenant, at=at)
    first = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    return datetime.combine(first, time(), ZoneInfo(tenant.time_zone))
