"""Everyone who counts in a part of the book, with the cell of the 4 x 3 matrix that they stand in: the people behind the
numbers of ``people_matrix``, from the same stored scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.scope import current_tenant, reader
from health import formulas
from health.selectors.book import CHOSEN, PortfolioFilter, chosen_params, read_purse
from health.selectors.cases import rows, sql_array
from health.selectors.matrix import CELLS, matrix_cell, people_matrix, stored_people

UNRATED = "unrated"
CELL_NAMES = (UNRATED, *(f"{strength}:{mood}" for strength, mood in CELLS))


@dataclass(frozen=True, slots=True)
class Counted:
    """One person who counts. ``strength`` and ``sentiment`` are both None for the cell of the unrated; ``arr`` is their
    share of the account's money in the tenant's currency, None where the account has no rate."""

    persona: UUID
    account: UUID
    account_name: str
    role: str
    strength: str | None
    sentiment: str | None
    arr: float | None
    band: str
    score: float
    renewal_on: dt.date | None


@dataclass(frozen=True)
class CountedPeople:
    """The first of the people, where most money is first; how many there are in all, at how many accounts, with what
    share of the money of these."""

    people: list[Counted]
    total: int
    accounts: int
    arr: float
    currency: str


COUNTED = f"""WITH found AS MATERIALIZED (
    SELECT p.id, a.id AS account_id, a.name, p.role,
        CASE WHEN a.id = ANY(%(veiled)s::uuid[]) THEN 0 ELSE p.cell END AS cell,
        CASE WHEN a.arr IS NULL THEN 0 ELSE p.share * a.arr * r.rate END::float8 AS worth, s.band, s.score, a.renewal_on
    FROM accounts_account a JOIN health_score s ON s.tenant_id = %(tenant)s AND s.account_id = a.id
    LEFT JOIN unnest(%(currencies)s::text[], %(rates)s::numeric[]) AS r (currency, rate) USING (currency)
    CROSS JOIN LATERAL unnest(s.people_id, s.people_role, s.people_cell, s.people_share) AS p (id, role, cell, share)
    WHERE {CHOSEN} AND (%(role)s IS NULL OR p.role = %(role)s)
), chosen AS MATERIALIZED (SELECT * FROM found WHERE %(cell)s IS NULL OR cell = %(cell)s)"""
RANKED = 'ORDER BY worth DESC NULLS LAST, name COLLATE "C", id'

# The totals stand in every row, and alone where the page is beyond the last.
FOUND = f"""{COUNTED}
SELECT total.*, page.* FROM (
    SELECT count(*), count(DISTINCT account_id), coalesce(sum(worth), 0) FROM chosen
) total LEFT JOIN (SELECT * FROM chosen {RANKED} LIMIT %(most)s OFFSET %(skip)s) page ON true {RANKED}"""
EVERYONE = f"{COUNTED} SELECT * FROM chosen {RANKED}"


def counted_people(
    chosen: PortfolioFilter, *, cell: str = "", most: int, skip: int = 0, at: dt.datetime
) -> CountedPeople:
    """The people of a part of the book, of one cell (``strength:sentiment`` or ``unrated``) or of all. Three queries."""
    purse = read_purse(at)
    rates = {**purse.rates, purse.currency: 1}
    found = rows(FOUND, _params(chosen, cell, rates) | {"most": most, "skip": skip})
    total, accounts, arr = found[0][:3]
    people = [_counted(row[3:]) for row in found if row[3] is not None]
    return CountedPeople(people, total, accounts, arr, purse.currency)


def everyone_counted(
    chosen: PortfolioFilter, *, cell: str = "", at: dt.datetime
) -> tuple[str, Iterator[Counted]]:
    """The tenant's currency, and all the people of ``counted_people`` in its order, fetched from the server as they are
    asked for: within one transaction, and however many they are, few in memory at a time. Two queries."""
    purse = read_purse(at)
    params = {"tenant": current_tenant(), **_params(chosen, cell, {**purse.rates, purse.currency: 1})}

    def fetched() -> Iterator[Counted]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(EVERYONE, params)
            for row in cursor:
                yield _counted(row)

    return purse.currency, fetched()


def _params(chosen: PortfolioFilter, cell: str, rates: Mapping[str, Any]) -> dict[str, Any]:
    return chosen_params(chosen) | {
        "currencies": sql_array(rates),
        "rates": sql_array(rates.values()),
        "veiled": sql_array(reader().accounts),
        "cell": _number(cell),
    }


def counted_matrix(chosen: PortfolioFilter, *, at: dt.datetime) -> dict[str, Any]:
    """The matrix of a part of the book from the stored scores, as the portfolio has it. Three queries."""
    return people_matrix(stored_people(chosen, read_purse(at), at))


def _number(cell: str) -> int | None:
    if not cell:
        return None
    strength, _sign, mood = cell.partition(":")
    return 0 if cell == UNRATED else matrix_cell(strength, mood)


def _counted(row: tuple[Any, ...]) -> Counted:
    persona, account, name, role, cell, *rest = row
    strength, mood = CELLS[cell - 1] if cell else (None, None)
    return Counted(persona, account, name, formulas.ROLES[role], strength, mood, *rest)
