"""What is behind a sentiment: the drivers that raters named, the most frequent first (a Pareto), of the whole book, a
segment, an account, a product area, and of brand, product or service alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
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
class Area:
    """One product area that is named (``key`` empty: none is): of how many people who feel so, at how many accounts."""

    key: str
    label: str
    people: int
    accounts: int


@dataclass(frozen=True)
class DriversBehind:
    """The drivers in order; the product areas they are about, whichever of them is asked for; how many people feel like
    that, of how many rated ones; the segments there are."""

    drivers: list[Behind]
    areas: list[Area]
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
    area: str = "",
    most: int | None = None,
) -> DriversBehind:
    """The drivers of the people who count and feel so, overall or ``about`` brand, product or service, and of an ``area``
    of the product alone; of each at most ``most`` ids. Two queries."""
    condition = COUNTED if account_id is None else f"{WORKING} AND p.tracked AND p.account_id = %(account)s"
    rows = heard(
        f"""SELECT GROUPING(key) = 1, coalesce(key, area), coalesce(label, area_label, ''),
            count(*) FILTER (WHERE felt AND asked), count(DISTINCT account_id) FILTER (WHERE felt AND asked),
            count(felt) FILTER (WHERE asked),
            (array_agg(id ORDER BY {ORDER}) FILTER (WHERE felt AND asked)){"" if most is None else "[:%(most)s]"},
            count(*) FILTER (WHERE felt), count(DISTINCT account_id) FILTER (WHERE felt)
        FROM (
            SELECT h.id, h.account_id, h.account_name, h.tracked, h.role, h.name, coalesce(h.driver, '') AS key, d.label,
                coalesce(h.area, '') AS area, pa.label AS area_label, h.{FELT[about]} = %(feels)s AS felt,
                %(area)s = '' OR coalesce(h.area, '') = %(area)s AS asked
            FROM people_heard h LEFT JOIN relationships_driver d ON d.tenant_id = %(tenant)s AND d.key = h.driver
            LEFT JOIN relationships_productarea pa ON pa.tenant_id = %(tenant)s AND pa.key = h.area
        ) told
        GROUP BY GROUPING SETS ((key, label), (area, area_label))""",
        condition=condition + (" AND a.segment = %(segment)s" if segment else ""),
        at=at,
        driver=True,
        today=local_day(tenant=tenant, at=at),
        account=account_id,
        segment=segment,
        area=area,
        feels=SENTIMENTS.index(feels),
        most=most,
    )
    said = [row[1:7] for row in rows if not row[0]]
    areas = [Area(row[1], row[2] or row[1], *row[7:]) for row in rows if row[0] and row[7]]
    segments = Account.objects.filter(deleted_at=None).exclude(segment="").order_by("segment")
    return DriversBehind(
        drivers=_most_first(said),
        areas=sorted(areas, key=lambda one: (not one.key, -one.people, one.label)),
        people=sum(row[2] for row in said),
        rated=sum(row[4] for row in said),
        segments=sorted(segments.values_list("segment", flat=True).distinct()),
    )


def _most_first(said: Iterable[tuple[Any, ...]]) -> list[Behind]:
    """Drivers by how many they are said of, each with its share and the share down to it."""
    found = sorted((row for row in said if row[2]), key=lambda row: (-row[2], row[1], row[0]))
    total, so_far, drivers = sum(row[2] for row in found), 0, []
    for key, label, people, homes, _rated, ids in found:
        so_far += people
        drivers.append(Behind(key, label, people, ids, homes, people / total, so_far / total))
    return drivers


def people_behind(drivers: Iterable[Behind], *, at: datetime, most: int) -> list[RatedPerson]:
    """The first people of these drivers, whole, in order. One query."""
    ids = [one for driver in drivers for one in driver.ids][:most]
    people = read_whole(ids, at=at)
    return [people[one] for one in ids]
