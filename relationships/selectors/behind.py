"""What is behind a sentiment: the drivers that raters named, the most frequent first (a Pareto), of the whole book, a
segment, an account, and of brand, product or service alone."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Account, Tenant
from relationships.selectors.spoken import RatedPerson, rated_people


@dataclass(frozen=True)
class Behind:
    """One driver: the people of whom it is said (``key`` empty: no driver is named), how many accounts those are at, and
    their share and the share of all drivers down to this one, 0..1."""

    key: str
    label: str
    people: list[RatedPerson]
    accounts: int
    share: float
    cumulative: float


@dataclass(frozen=True)
class DriversBehind:
    """The drivers in order; how many people feel like that, of how many rated ones; the segments there are."""

    drivers: list[Behind]
    people: int
    rated: int
    segments: list[str]


def drivers_behind(
    *,
    tenant: Tenant,
    at: datetime,
    feels: str = "negative",
    about: str = "",
    segment: str = "",
    account_id: UUID | None = None,
) -> DriversBehind:
    """The drivers of the people who count and feel so, overall or ``about`` brand, product or service. Two queries."""
    everyone = rated_people(tenant=tenant, at=at, account_ids=None if account_id is None else [account_id])
    segments = dict(Account.objects.filter(deleted_at=None).exclude(segment="").values_list("pk", "segment"))
    chosen = [person for person in everyone if not segment or segments.get(person.account_id) == segment]
    felt = [(person, getattr(person, about) if about else person.overall) for person in chosen]
    groups: dict[tuple[str, str], list[RatedPerson]] = defaultdict(list)
    for person, feeling in felt:
        if feeling == feels:
            groups[person.driver or "", person.driver_label or ""].append(person)
    total, so_far, drivers = sum(map(len, groups.values())), 0, []
    for (key, label), people in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0][1])):
        so_far += len(people)
        homes = len({person.account_id for person in people})
        drivers.append(Behind(key, label, people, homes, len(people) / total, so_far / total))
    return DriversBehind(
        drivers=drivers,
        people=total,
        rated=sum(feeling is not None for _, feeling in felt),
        segments=sorted(set(segments.values())),
    )
