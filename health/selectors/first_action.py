"""Reactive or proactive: how soon anybody acts on a first signal, and how many touches we began before one.

A signal is a row of ``Signal``; an action is a touch, or a step that was made or done, at the same account after it.
Signals that follow before anybody acted belong to the first. One that waits counts as waiting so long, up to the last
midnight. Two statements for a book of any size.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from health.formulas.waiting import median_until
from health.selectors.book import BookAccount, PortfolioFilter
from health.selectors.cases import read_zones, rows, sql_array

WINDOW = 180
DAY = dt.timedelta(days=1)

KNOWN = "{row}.created_at <= %(at)s AND ({row}.deleted_at IS NULL OR {row}.deleted_at > %(at)s)"
MINE = (
    "{row}.tenant_id = %(tenant)s AND (%(accounts)s IS NULL OR {row}.account_id = ANY(%(accounts)s::uuid[]))"
)

# Between two actions stand the signals that the later one answers: the first of them begins the wait.
WAITS = f"""WITH event AS (
    SELECT s.account_id, s.at, true AS signal FROM health_signal s
    WHERE {MINE.format(row="s")} AND s.at > %(since)s AND s.at <= %(at)s
    UNION ALL
    SELECT t.account_id, t.at, false FROM accounts_touch t
    WHERE {MINE.format(row="t")} AND {KNOWN.format(row="t")} AND t.at > %(since)s AND t.at <= %(at)s
    UNION ALL
    SELECT p.account_id, m, false FROM accounts_step p CROSS JOIN LATERAL unnest(ARRAY[p.created_at, p.done_at]) AS m
    WHERE {MINE.format(row="p")} AND {KNOWN.format(row="p")} AND m > %(since)s AND m <= %(at)s
), counted AS (
    SELECT account_id, at, signal, count(*) FILTER (WHERE NOT signal) OVER (
        PARTITION BY account_id ORDER BY at, signal DESC ROWS UNBOUNDED PRECEDING) AS acted
    FROM event
), spans AS (
    SELECT account_id, min(at) FILTER (WHERE signal) AS first,
        lead(min(at) FILTER (WHERE NOT signal)) OVER (PARTITION BY account_id ORDER BY acted) AS action
    FROM counted GROUP BY account_id, acted
)
SELECT account_id::text, first, action FROM spans WHERE first IS NOT NULL ORDER BY account_id, first"""

MODES = f"""SELECT t.account_id::text, count(*) FILTER (WHERE t.mode = 'proactive'),
    count(*) FILTER (WHERE t.mode = 'reactive')
FROM accounts_touch t WHERE {MINE.format(row="t")} AND {KNOWN.format(row="t")} AND t.mode IS NOT NULL
    AND t.at > %(since)s AND t.at <= %(at)s
GROUP BY t.account_id"""


@dataclass(slots=True)
class Tally:
    """The waits, and the touches that say who began them, of an account, of a CSM or of a book; times in days."""

    answered: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    proactive: int = 0
    reactive: int = 0

    def add(self, other: Tally) -> None:
        self.answered += other.answered
        self.waiting += other.waiting
        self.proactive += other.proactive
        self.reactive += other.reactive

    def document(self) -> dict[str, Any]:
        """What is known, under the names of the portfolio; what is not known is absent."""
        found: dict[str, Any] = {}
        if self.answered or self.waiting:
            found |= {"signals": len(self.answered) + len(self.waiting), "answered": len(self.answered)}
            found["waiting"] = len(self.waiting)
            median = median_until(self.answered, self.waiting)
            if median is not None:
                found["median_days"] = round(median, 2)
        if self.waiting:
            found["longest_waiting_days"] = round(max(self.waiting), 2)
        if told := self.proactive + self.reactive:
            found |= {"proactive": self.proactive, "reactive": self.reactive}
            found["proactive_share"] = round(self.proactive / told, 4)
        return found


def first_actions(
    book: Sequence[BookAccount], chosen: PortfolioFilter, at: dt.datetime
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """How soon anybody acted in this book in the last 180 days: the whole with its owners (empty where nothing is
    known), and each account of which something is known."""
    tallies = _tallies(book, chosen, at)
    whole, owners = Tally(), dict[str | None, Tally]()
    for account in book:
        if account.id in tallies:
            whole.add(tallies[account.id])
            owners.setdefault(account.owner, Tally()).add(tallies[account.id])
    listed = sorted(owners.items(), key=lambda pair: (-len(pair[1].waiting), str(pair[0])))
    document = whole.document()
    if document:
        document["days"] = WINDOW
        document["owners"] = [{"owner": owner, **tally.document()} for owner, tally in listed]
    return document, {account_id: tally.document() for account_id, tally in tallies.items()}


def _tallies(book: Iterable[BookAccount], chosen: PortfolioFilter, at: dt.datetime) -> dict[str, Tally]:
    """What is known of each account of the book."""
    ids = {account.id for account in book}
    midnight = read_zones().midnight(at)
    whole = chosen == PortfolioFilter()
    params = {
        "at": at,
        "since": midnight - WINDOW * DAY,
        "accounts": None if whole else sql_array(sorted(ids)),
    }
    tallies: dict[str, Tally] = {}
    for account_id, first, action in rows(WAITS, params):
        tally = tallies.setdefault(account_id, Tally())
        if action is None:
            tally.waiting.append(max(midnight - first, 0 * DAY) / DAY)
        else:
            tally.answered.append((action - first) / DAY)
    for account_id, proactive, reactive in rows(MODES, params):
        tally = tallies.setdefault(account_id, Tally())
        tally.proactive, tally.reactive = proactive, reactive
    return {account_id: tally for account_id, tally in tallies.items() if account_id in ids}
