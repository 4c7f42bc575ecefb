"""The 4 x 3 matrix of a book: strength by sentiment, in people and in money shared by influence.

Somebody unrated, or with only one of the two, has a cell of their own, and so has the money of accounts where
nobody counts: the cells sum to the book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from health import formulas
from health.selectors.book import BookAccount
from health.selectors.cases import rows, sql_array

STALE = dt.timedelta(days=120)
MOODS = tuple(formulas.SENTIMENTS)


@dataclass(frozen=True, slots=True)
class BookPerson:
    """Somebody who counts at an account of the book. ``share``: of the account's influence."""

    account_id: UUID
    owner: UUID | None
    persona: str
    share: float
    strength: str | None
    sentiment: str | None
    rated_at: dt.datetime | None

    def stale(self, at: dt.datetime) -> bool:
        """Whether nobody rated them within 120 days."""
        return self.rated_at is None or at - self.rated_at > STALE


PEOPLE = """SELECT s.account_id, p.persona, p.influence / sum(p.influence) OVER (PARTITION BY s.account_id),
    p.strength, p.sentiment, p.rated_at
FROM health_score s CROSS JOIN LATERAL jsonb_to_recordset(s.coverage->'people') AS p (
    persona text, influence float8, strength text, sentiment text, rated_at timestamptz
)
WHERE s.tenant_id = %(tenant)s AND s.account_id = ANY(%(accounts)s::uuid[])"""


def stored_people(book: Sequence[BookAccount]) -> list[BookPerson]:
    """The people of a stored book. One query."""
    owners = {account.id: account.owner for account in book}
    found = rows(PEOPLE, {"accounts": sql_array(owners)})
    return [BookPerson(account_id, owners[account_id], *rest) for account_id, *rest in found]


def known_people(book: Sequence[BookAccount]) -> list[BookPerson]:
    """The people of a book that was computed."""
    found = []
    for account in book:
        total = sum(row["influence"] for row in account.people)
        for row in account.people:
            rated_at = dt.datetime.fromisoformat(row["rated_at"]) if row["rated_at"] else None
            found.append(
                BookPerson(
                    account.id, account.owner, row["persona"], row["influence"] / total, row["strength"],
                    row["sentiment"], rated_at,
                )
            )  # fmt: skip
    return found


def people_matrix(book: Sequence[BookAccount], people: Sequence[BookPerson]) -> dict[str, Any]:
    """{"cells": [{strength, sentiment, people, arr}] (12, strongest row last), "unrated": {people, arr}}."""
    worth: Mapping[UUID, float] = {account.id: float(account.arr or 0) for account in book}
    count: dict[tuple[str | None, str | None], int] = {}
    arr: dict[tuple[str | None, str | None], float] = {}
    for person in people:
        rated = person.strength is not None and person.sentiment is not None
        cell = (person.strength, person.sentiment) if rated else (None, None)
        count[cell] = count.get(cell, 0) + 1
        arr[cell] = arr.get(cell, 0.0) + person.share * worth[person.account_id]
    somebody = {person.account_id for person in people}
    nobody = sum(amount for account_id, amount in worth.items() if account_id not in somebody)
    return {
        "cells": [
            {
                "strength": strength,
                "sentiment": mood,
                "people": count.get((strength, mood), 0),
                "arr": f"{arr.get((strength, mood), 0.0):.2f}",
            }
            for strength in formulas.STRENGTHS
            for mood in MOODS
        ],
        "unrated": {
            "people": count.get((None, None), 0),
            "arr": f"{arr.get((None, None), 0.0) + nobody:.2f}",
        },
    }
