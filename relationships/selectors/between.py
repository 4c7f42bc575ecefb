"""Who was rated between two moments, and who was not: counted by owner, and person by person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.scope import current_tenant
from health import selectors as health
from relationships.selectors.spoken import SAID_HERE, SELVES

# Everyone who counts at these accounts, with their newest rating of the span (null: none) as known at its end. Names are
# read of those alone who are shown.
COUNTED = (
    """WITH people AS MATERIALIZED (
    SELECT p.id, p.account_id, a.owner_id
    FROM accounts_persona p
    JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = p.account_id AND a.deleted_at IS NULL
    WHERE p.tenant_id = %(tenant)s AND p.account_id = ANY(%(accounts)s::uuid[]) AND p.deleted_at IS NULL
      AND p.merged_into_id IS NULL AND p.tracked AND p.created_at <= %(end)s
      AND (p.left_on IS NULL OR p.left_on > %(day)s)
),"""
    + SELVES
    + """, said AS MATERIALIZED (
    SELECT selves.id AS persona_id, max(r.rated_at) AS rated_at
    FROM selves
    JOIN relationships_rating r ON r.tenant_id = %(tenant)s AND r.persona_id = selves.said_of AND """
    + SAID_HERE
    + """
    WHERE r.rated_at >= %(start)s AND r.rated_at <= %(end)s AND r.recorded_at <= %(end)s
      AND NOT EXISTS (SELECT 1 FROM relationships_ratingwithdrawal w
                      WHERE w.tenant_id = %(tenant)s AND w.rating_id = r.id AND w.recorded_at <= %(end)s)
    GROUP BY selves.id
)
"""
)
BY_OWNER = (
    COUNTED
    + """SELECT owner_id, count(*), count(said.rated_at) FROM people LEFT JOIN said ON said.persona_id = people.id
    GROUP BY owner_id"""
)
ONE_BY_ONE = (
    COUNTED
    + """SELECT p.id, p.name, p.role, p.account_id, a.name, said.rated_at
    FROM people LEFT JOIN said ON said.persona_id = people.id
    JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = people.id
    JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = people.account_id
    WHERE (said.rated_at IS NOT NULL) = %(rated)s
    ORDER BY said.rated_at DESC, lower(a.name), p.name, p.id LIMIT %(limit)s OFFSET %(skip)s"""
)


@dataclass(frozen=True)
class RatedOfOwner:
    """How many people who count an owner has (None: accounts without one), and how many were rated in the span."""

    owner_id: UUID | None
    people: int
    rated: int

    @property
    def unrated(self) -> int:
        return self.people - self.rated


@dataclass(frozen=True)
class CountedPerson:
    """One person who counts, with when they were rated last in the span."""

    id: UUID
    name: str
    role: str
    account_id: UUID
    account_name: str
    rated_at: datetime | None


def rated_by_owner(
    *, account_ids: Collection[UUID], start: datetime, end: datetime, day: date
) -> list[RatedOfOwner]:
    """Per owner of these accounts, as of ``day`` (the tenant's at ``end``); most unrated people first. One query."""
    found = [RatedOfOwner(*row) for row in _rows(BY_OWNER, account_ids, start, end, day)]
    return sorted(found, key=lambda row: (-row.unrated, str(row.owner_id)))


def counted_people(
    *,
    account_ids: Collection[UUID],
    start: datetime,
    end: datetime,
    day: date,
    rated: bool,
    limit: int,
    skip: int = 0,
) -> list[CountedPerson]:
    """The people behind one of those numbers: rated in the span, or not. One query."""
    found = _rows(ONE_BY_ONE, account_ids, start, end, day, rated=rated, limit=limit, skip=skip)
    return [CountedPerson(*row) for row in found]


def _rows(
    sql: str, account_ids: Collection[UUID], start: datetime, end: datetime, day: date, **more: Any
) -> list[tuple[Any, ...]]:
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "accounts": health.sql_array(account_ids),
        "start": start,
        "end": end,
        "at": end,
        "day": day,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
