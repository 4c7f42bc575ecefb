"""The book at two moments: who stood where and what they were worth, each as known then; and why scores moved between.

A past midnight is read from its snapshots and dated facts, now from the stored scores. Any number of accounts costs
the same statements.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from health import formulas
from health.selectors.assessing import assess_pairs
from health.selectors.book import LIVE, PortfolioFilter, Purse, matches, read_purse
from health.selectors.cases import read_zones, rows
from health.selectors.changes import cause_documents
from health.selectors.documents import coverage_documents, health_documents
from health.selectors.losses import facts_of_all
from health.selectors.veil import veiled_causes, veiled_coverage, veiled_health

NEAR = dt.timedelta(days=3)  # a midnight whose snapshots are not taken yet is answered by the one before


class Standing(NamedTuple):
    """A live account at a moment. ``arr`` is in the tenant's currency, None without a rate; ``score`` None and
    ``scored_at`` None without a score."""

    account: UUID
    name: str
    owner: str | None
    renewal_on: dt.date | None
    arr: Decimal | None
    band: str = "unknown"
    score: float | None = None
    scored_at: dt.datetime | None = None

    @property
    def worth(self) -> Decimal:
        return self.arr or Decimal(0)


@dataclass(frozen=True, slots=True)
class TwoBooks:
    """The live accounts of one part of the book at both moments; ``status`` is that of every account at the later."""

    currency: str
    then: Mapping[UUID, Standing]
    now: Mapping[UUID, Standing]
    status: Mapping[UUID, str]


def two_books(chosen: PortfolioFilter, *, start: dt.datetime, end: dt.datetime, live: bool) -> TwoBooks:
    """The book at ``start`` and at ``end``; ``live``: the end is now, and is read from the stored scores.

    Who belongs to what was asked for is decided by what is known of an account at the end, so that a new owner or
    segment moves no money. Accounts that were deleted are in neither book.
    """
    names = {
        text: (account_id, name)
        for text, account_id, name in rows(
            "SELECT id::text, id, name FROM accounts_account "
            "WHERE tenant_id = %(tenant)s AND deleted_at IS NULL"
        )
    }
    last = facts_of_all(end, end)
    kept = last.keys() & names.keys()
    if chosen != PortfolioFilter():
        kept = {one for one in kept if matches(chosen, last[one] | {"status": LIVE[0]})}
    purse = read_purse(end)
    past = read_purse(start)
    before = Purse(purse.currency, past.rates if past.currency == purse.currency else purse.rates)
    first = facts_of_all(start, start)
    scored = _stored() if live else _snapshots(end)
    return TwoBooks(
        currency=purse.currency,
        then=_book(first, kept, names, before, _snapshots(start)),
        now=_book(last, kept, names, purse, scored),
        status={names[account_id][0]: last[account_id]["status"] or "" for account_id in kept},
    )


Scored = Mapping[str, tuple[str, float, dt.datetime]]  # by the account's id as text


def _book(
    facts: Mapping[str, Mapping[str, Any]],
    kept: set[str],
    names: Mapping[str, tuple[UUID, str]],
    purse: Purse,
    scored: Scored,
) -> dict[UUID, Standing]:
    found = {}
    for account_id, known in facts.items():
        if account_id not in kept or known["status"] not in LIVE:
            continue
        (key, name), arr = names[account_id], known["arr"]
        found[key] = Standing(
            key,
            name,
            known["owner"],
            dt.date.fromisoformat(known["renewal_on"]) if known["renewal_on"] else None,
            purse.convert(None if arr is None else Decimal(arr), known["currency"] or purse.currency),
            *scored.get(account_id, ()),
        )
    return found


def _stored() -> Scored:
    found = rows("SELECT account_id::text, band, score, at FROM health_score WHERE tenant_id = %(tenant)s")
    return {account_id: (band, score, at) for account_id, band, score, at in found}


def _snapshots(moment: dt.datetime) -> Scored:
    """The last snapshot of each account not after a midnight, and not much older."""
    found = rows(
        """SELECT DISTINCT ON (account_id) account_id::text, band, score, at FROM health_scoresnapshot
        WHERE tenant_id = %(tenant)s AND at <= %(moment)s AND at > %(oldest)s ORDER BY account_id, at DESC""",
        {"moment": moment, "oldest": moment - NEAR},
    )
    return {account_id: (band, score, at) for account_id, band, score, at in found}


@dataclass(frozen=True, slots=True)
class Moved:
    """One account at two moments, {health, coverage} each, with the causes that sum to the change of its score."""

    before: dict[str, Any]
    now: dict[str, Any]
    causes: list[dict[str, Any]]

    @property
    def delta(self) -> float:
        return float(self.now["health"]["score"] - self.before["health"]["score"])


def states_between(pairs: Sequence[tuple[UUID, dt.datetime, dt.datetime]]) -> dict[UUID, Moved]:
    """How each account stood at its two moments, as known at each, and why it moved; all in one reading. Where the reader
    waits for a blind rating nothing is told of a person."""
    if not pairs:
        return {}
    found: dict[UUID, Moved] = {}
    for sides in assess_pairs(pairs, read_zones()):
        causes = cause_documents(formulas.split_change(sides[0].result, sides[1].result))
        documents = [
            list(zip(health_documents(side), coverage_documents(side), strict=True)) for side in sides
        ]
        for i, account_id in enumerate(sides[1].cases.accounts):
            before, now = (
                {"health": veiled_health(account_id, health), "coverage": veiled_coverage(account_id, cover)}
                for health, cover in (side[i] for side in documents)
            )
            found[account_id] = Moved(before, now, veiled_causes(account_id, causes[i]))
    return found
