"""Accounts at moments: what every loader is asked for, and how it reaches SQL.

A case is one account at one moment; a book tonight and one account on 365 nights are both lists of cases. Every
loader answers any number of them with one statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.scope import current_tenant
from accounts.selectors import planned

CASES = """cases AS MATERIALIZED (
    SELECT (place - 1)::int AS n, account_id, at, day
    FROM unnest(%(accounts)s::uuid[], %(moments)s::timestamptz[], %(days)s::date[])
        WITH ORDINALITY AS given (account_id, at, day, place)
)"""
# Each case with its account, and with those that were merged into it by then: what was said of them is said of it.
HOMES = """homes AS (
    SELECT n, at, account_id FROM cases
    UNION ALL
    SELECT c.n, c.at, a.id FROM cases c
    JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.merged_into_id = c.account_id AND a.deleted_at <= c.at
)"""


@dataclass(frozen=True, slots=True)
class Zones:
    """The tenant's time zone at any moment, as known at it."""

    first: str
    facts: tuple[
        tuple[dt.datetime, dt.datetime, str], ...
    ]  # (effective_at, recorded_at, name), in this order

    def at(self, moment: dt.datetime) -> ZoneInfo:
        """The zone in force at a moment."""
        known = [
            name for effective, recorded, name in self.facts if effective <= moment and recorded <= moment
        ]
        return ZoneInfo(known[-1] if known else self.first)

    def day(self, moment: dt.datetime) -> dt.date:
        """The tenant's date at a moment."""
        return moment.astimezone(self.at(moment)).date()

    def midnight(self, moment: dt.datetime) -> dt.datetime:
        """The last 00:00 in the tenant's time zone that is not after the moment."""
        zone = self.at(moment)
        start = dt.datetime.combine(moment.astimezone(zone).date(), dt.time(), zone)
        return start.astimezone(dt.UTC)

    def midnights(self, after: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
        """Every midnight later than `after` and not later than `until`, in order."""
        found, moment = [], self.midnight(until)
        while moment > after:
            found.append(moment)
            moment = self.midnight(moment - dt.timedelta(microseconds=1))
        return found[::-1]


ZONES = """SELECT effective_at, recorded_at, value #>> '{}' FROM accounts_tenantfact
WHERE tenant_id = %(tenant)s AND key = 'time_zone'
UNION ALL SELECT NULL, NULL, time_zone FROM accounts_tenant WHERE id = %(tenant)s
ORDER BY 1 NULLS FIRST, 2"""


def read_zones() -> Zones:
    """The time zones of the current tenant; without dated ones, the tenant's own throughout."""
    found = rows(planned(ZONES))
    return Zones(first=found[0][2], facts=tuple(found[1:]))


@dataclass(frozen=True, slots=True)
class Cases:
    """n accounts at moments (aware); `days` are the tenant's dates at them."""

    accounts: Sequence[UUID]
    moments: Sequence[dt.datetime]
    days: Sequence[dt.date]

    @property
    def n(self) -> int:
        return len(self.accounts)

    def take(self, positions: Iterable[int]) -> Cases:
        """Some of these cases, numbered anew."""
        chosen = list(positions)
        return Cases(
            accounts=[self.accounts[i] for i in chosen],
            moments=[self.moments[i] for i in chosen],
            days=[self.days[i] for i in chosen],
        )

    def params(self) -> dict[str, Any]:
        """What CASES and every statement around it is executed with."""
        return {
            "accounts": sql_array(self.accounts),
            "moments": sql_array(moment.isoformat() for moment in self.moments),
            "days": sql_array(day.isoformat() for day in self.days),
            "last": max(self.moments),
            "first": min(self.moments),
        }


def make_cases(pairs: Iterable[tuple[UUID, dt.datetime]], zones: Zones) -> Cases:
    """Cases of (account, moment) pairs, in the given order."""
    accounts, moments = [], []
    for account, moment in pairs:
        accounts.append(account)
        moments.append(moment)
    day_of = {moment: zones.day(moment) for moment in set(moments)}
    return Cases(accounts=accounts, moments=moments, days=[day_of[moment] for moment in moments])


def sql_array(values: Iterable[Any]) -> str:
    """An array literal of values that need no quoting (ids, times, dates, numbers); None is NULL."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def rows(sql: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of one statement of the current tenant; it names the tenant as %(tenant)s."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": current_tenant(), **(params or {})})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


FEW = 16  # cases up to which planning costs more than running


def rows_of(cases: Cases, sql: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of a statement about cases; for few of them by a plan that the connection keeps."""
    if cases.n <= FEW:
        sql = planned(sql)
    return rows(sql, cases.params() | (params or {}))


def months(column: str, first: dt.datetime | dt.date, last: dt.datetime | dt.date) -> str:
    """A condition that holds whenever ``column`` lies in first..last: whole months, in words that a plan is made with. A
    kept plan knows no value, and would else open every month each time it runs."""
    start, end = (
        moment.astimezone(dt.UTC) if isinstance(moment, dt.datetime) else moment for moment in (first, last)
    )
    begin, until = (
        f"'{month // 12:04}-{month % 12 + 1:02}-01 00:00+00'"
        for month in (12 * start.year + start.month - 1, 12 * end.year + end.month)
    )
    return f"{column} >= {begin} AND {column} < {until}"


def fence(cases: Cases) -> str:
    """What keeps a lateral part of a statement about few cases on the index of the account."""
    return "" if cases.n > FEW else "OFFSET 0"


def columns(found: Sequence[tuple[Any, ...]], width: int) -> list[tuple[Any, ...]]:
    """Rows turned into `width` columns."""
    return list(zip(*found, strict=True)) if found else [()] * width
