"""What is behind a sentiment: the drivers that raters named, the most frequent first (a Pareto), of the whole book, a
segment, an account, and of brand, product or service alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Account, Tenant
from relationships.selectors.heard import ORDER, SENTIMENTS, heard, read_whole
from relationships.selectors.spoken import COUNTED, WORKING, RatedPerson, local_day

# The only words that come into the statement as a column.
FELT = {"": "overall", "brand": "brand", "product": "product", "service": "service"}


@dataclass(frozen=True)
class Behind:
    """One driver: of how many ``people`` it is said (``key`` empty: no driver is named), their ids in order or the first
    of them, how many accounts those are at, and their share and the share of all drivers down to this one, 0..1."""

    key: str
    label: str
    people: int
    ids: list[UUID]
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
    most: int | None = None,
) -> DriversBehind:
    """The drivers of the people who count and feel so, overall or ``about`` brand, product or service; of each at most
    ``most`` ids. Two queries."""
    condition = COUNTED if account_id is None else f"{WORKING} AND p.tracked AND p.account_id = %(account)s"
    rows = heard(
        f"""SELECT coalesce(driver, ''), coalesce(label, ''), count(*) FILTER (WHERE felt),
            count(DISTINCT account_id) FILTER (WHERE felt), count(felt),
            (array_agg(id ORDER BY {ORDER}) FILTER (WHERE felt)){"" if most is None else "[:%(most)s]"}
        FROM (
            SELECT h.*, d.label, h.{FELT[about]} = %(feels)s AS felt
            FROM people_heard h LEFT JOIN relationships_driver d ON d.tenant_id = %(tenant)s AND d.key = h.driver
        ) told
        GROUP BY 1, 2""",
        condition=condition + (" AND a.segment = %(segment)s" if segment else ""),
        at=at,
        driver=True,
        today=local_day(tenant=tenant, at=at),
        account=account_id,
        segment=segment,
        feels=SENTIMENTS.index(feels),
        most=most,
    )
    total, so_far, drivers = sum(row[2] for row in rows), 0, []
    for key, label, people, homes, _rated, ids in sorted(rows, key=lambda row: (-row[2], row[1], row[0])):
        if people:
            so_far += people
            drivers.append(Behind(key, label, people, ids, homes, people / total, so_far / total))
    segments = Account.objects.filter(deleted_at=None).exclude(segment="").order_by("segment")
    return DriversBehind(
        drivers=drivers,
        people=total,
        rated=sum(row[4] for row in rows),
        segments=sorted(segments.values_list("segment", flat=True).distinct()),
    )


def people_behind(drivers: Iterable[Behind], *, at: datetime, most: int) -> list[RatedPerson]:
    """The first people of these drivers, whole, in order. One query."""
    ids = [one for driver in drivers for one in driver.ids][:most]
    people = read_whole(ids, at=at)
    return [people[one] for one in ids]
