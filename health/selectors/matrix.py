"""The 4 x 3 matrix of a book: strength by sentiment, in people and in money shared by influence.

Somebody unrated, or with only one of the two, has a cell of their own, and so has the money of accounts where
nobody counts: the cells sum to the book.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.scope import reader
from health import formulas
from health.selectors.book import CHOSEN, BookAccount, PortfolioFilter, Purse, chosen_params
from health.selectors.cases import rows, sql_array
from health.selectors.veil import is_veiled

STALE = dt.timedelta(days=120)
MOODS = tuple(formulas.SENTIMENTS)
CELLS = [(strength, mood) for strength in formulas.STRENGTHS for mood in MOODS]
NEGATIVE_CELLS = tuple(place for place, (_, mood) in enumerate(CELLS, 1) if mood == "negative")


def matrix_cell(strength: str | None, sentiment: str | None) -> int:
    """The number of a cell: 0 for somebody unrated, or with only one of the two, else its place in CELLS from 1."""
    return 0 if strength is None or sentiment is None else CELLS.index((strength, sentiment)) + 1


@dataclass(frozen=True, slots=True)
class PeopleCount:
    """The people who count with one strength and sentiment at the accounts of one owner (both None: unrated).

    ``arr`` is their share of their accounts' money; accounts where nobody counts are 0 people with all of theirs.
    """

    owner: str | None
    strength: str | None
    sentiment: str | None
    people: int
    stale: int
    arr: float


PEOPLE = f"""SELECT owner, cell, count(share),
    count(share) FILTER (WHERE rated_at IS NULL OR rated_at < %(at)s - %(stale)s), sum(coalesce(share, 1) * arr)
FROM (
    SELECT a.owner_id::text AS owner, p.share,
        CASE WHEN a.id = ANY(%(veiled)s::uuid[]) THEN 0 ELSE p.cell END AS cell, p.rated_at,
        coalesce(a.arr * r.rate, 0)::float8 AS arr
    FROM accounts_account a JOIN health_score s ON s.tenant_id = %(tenant)s AND s.account_id = a.id
    LEFT JOIN unnest(%(currencies)s::text[], %(rates)s::numeric[]) AS r (currency, rate) USING (currency)
    LEFT JOIN LATERAL unnest(s.people_role, s.people_cell, s.people_share, s.people_rated_at)
        AS p (role, cell, share, rated_at) ON true
    WHERE {CHOSEN} AND (%(role)s IS NULL OR p.role = %(role)s)
) people GROUP BY owner, cell"""


def stored_people(chosen: PortfolioFilter, purse: Purse, at: dt.datetime) -> list[PeopleCount]:
    """The people of a stored book. One query."""
    rates = {**purse.rates, purse.currency: 1}
    params = chosen_params(chosen) | {
        "currencies": sql_array(rates),
        "rates": sql_array(rates.values()),
        "at": at,
        "stale": STALE,
        "veiled": sql_array(reader().accounts),
    }
    return [
        PeopleCount(owner, *(CELLS[cell - 1] if cell else (None, None)), *rest)
        for owner, cell, *rest in rows(PEOPLE, params)
    ]


def known_people(book: Sequence[BookAccount], at: dt.datetime, *, role: str = "") -> list[PeopleCount]:
    """The people of a book that was computed, of one role or of all."""
    return [count for account in book for count in _counted(account, at, role)]


def _counted(account: BookAccount, at: dt.datetime, role: str) -> list[PeopleCount]:
    owner, arr = account.owner, float(account.arr or 0)
    if not account.people:
        return [] if role else [PeopleCount(owner, None, None, 0, 0, arr)]
    total = sum(row["influence"] for row in account.people)
    found = []
    for row in account.people:
        if role and row["role"] != role:
            continue
        rated = row["strength"] is not None and row["sentiment"] is not None and not is_veiled(account.id)
        stale = row["rated_at"] is None or dt.datetime.fromisoformat(row["rated_at"]) < at - STALE
        found.append(
            PeopleCount(
                owner,
                row["strength"] if rated else None,
                row["sentiment"] if rated else None,
                1,
                int(stale),
                row["influence"] / total * arr,
            )
        )
    return found


def people_matrix(people: Sequence[PeopleCount]) -> dict[str, Any]:
    """{"cells": [{strength, sentiment, people, arr}] (12, strongest row last), "unrated": {people, arr}}."""
    count: Counter[tuple[str | None, str | None]] = Counter()
    arr: dict[tuple[str | None, str | None], float] = {}
    for row in people:
        cell = (row.strength, row.sentiment)
        count[cell] += row.people
        arr[cell] = arr.get(cell, 0.0) + row.arr
    cents = _cents(arr)
    return {
        "cells": [
            {
                "strength": strength,
                "sentiment": mood,
                "people": count[strength, mood],
                "arr": f"{cents[strength, mood] / 100:.2f}",
            }
            for strength in formulas.STRENGTHS
            for mood in MOODS
        ],
        "unrated": {"people": count[None, None], "arr": f"{cents[None, None] / 100:.2f}"},
    }


def _cents(arr: Mapping[tuple[str | None, str | None], float]) -> Counter[tuple[str | None, str | None]]:
    """The money of each cell in whole cents that sum to the book's: the largest takes what rounding leaves over."""
    found = Counter({cell: round(100 * money) for cell, money in arr.items()})
    if found:
        found[max(found, key=found.__getitem__)] += round(100 * sum(arr.values())) - found.total()
    return found
