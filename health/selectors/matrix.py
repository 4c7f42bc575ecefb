"""The 4 x 3 matrix of a book: strength by sentiment, in people and in money shared by influence.

Somebody unrated, or with only one of the two, has a cell of their own, and so has the money of accounts where
nobody counts: the cells sum to the book.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from health import formulas
from health.selectors.book import BookAccount
from health.selectors.cases import rows, sql_array

STALE = dt.timedelta(days=120)
MOODS = tuple(formulas.SENTIMENTS)


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


PEOPLE = """SELECT owner, strength, sentiment, count(persona),
    count(persona) FILTER (WHERE rated_at IS NULL OR rated_at < %(at)s - %(stale)s), sum(share * arr)
FROM (
    SELECT b.owner, b.arr, p.persona, p.rated_at,
        CASE WHEN p.strength IS NOT NULL AND p.sentiment IS NOT NULL THEN p.strength END AS strength,
        CASE WHEN p.strength IS NOT NULL AND p.sentiment IS NOT NULL THEN p.sentiment END AS sentiment,
        coalesce(p.influence / sum(p.influence) OVER (PARTITION BY b.account_id), 1) AS share
    FROM unnest(%(accounts)s::uuid[], %(owners)s::text[], %(money)s::float8[]) AS b (account_id, owner, arr)
    JOIN health_score s ON s.tenant_id = %(tenant)s AND s.account_id = b.account_id
    LEFT JOIN LATERAL jsonb_to_recordset(s.coverage->'people') AS p (
        persona text, influence float8, strength text, sentiment text, rated_at timestamptz
    ) ON true
) people GROUP BY owner, strength, sentiment"""


def stored_people(book: Sequence[BookAccount], at: dt.datetime) -> list[PeopleCount]:
    """The people of a stored book. One query."""
    params = {
        "accounts": sql_array(account.id for account in book),
        "owners": sql_array(account.owner for account in book),
        "money": sql_array(account.arr or 0 for account in book),
        "at": at,
        "stale": STALE,
    }
    return [PeopleCount(*row) for row in rows(PEOPLE, params)]


def known_people(book: Sequence[BookAccount], at: dt.datetime) -> list[PeopleCount]:
    """The people of a book that was computed."""
    return [count for account in book for count in _counted(account, at)]


def _counted(account: BookAccount, at: dt.datetime) -> list[PeopleCount]:
    owner, arr = str(account.owner) if account.owner else None, float(account.arr or 0)
    if not account.people:
        return [PeopleCount(owner, None, None, 0, 0, arr)]
    total = sum(row["influence"] for row in account.people)
    found = []
    for row in account.people:
        rated = row["strength"] is not None and row["sentiment"] is not None
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
    return {
        "cells": [
            {
                "strength": strength,
                "sentiment": mood,
                "people": count[strength, mood],
                "arr": f"{arr.get((strength, mood), 0.0):.2f}",
            }
            for strength in formulas.STRENGTHS
            for mood in MOODS
        ],
        "unrated": {"people": count[None, None], "arr": f"{arr.get((None, None), 0.0):.2f}"},
    }
