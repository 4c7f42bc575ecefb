"""Reactive or proactive: how soon anybody acts on a first signal, and how many touches we began before one.

A signal is a row of ``Signal``; an action is a touch, or a step that was made or done, at the same account after it. A
step that opened by itself is none until it is done: nobody has acted yet.
Signals that follow before anybody acted belong to the first. One that waits counts as waiting so long, up to the last
midnight. One statement for a book of any size: it hands over the moments of each account in two strings of bytes,
because a row for each of them would cost ten times as much as all that is done with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounts.models import TELLING_CAUSES, TELLING_FLAGS, TELLING_OF_ONE, Step
from accounts.scope import reader
from health.formulas.waiting import median_until, waits_of
from health.selectors.book import BookAccount, PortfolioFilter
from health.selectors.cases import read_zones, rows, sql_array

WINDOW = 180
DAY = dt.timedelta(days=1)

KNOWN = "{row}.created_at <= %(at)s AND ({row}.deleted_at IS NULL OR {row}.deleted_at > %(at)s)"
MINE = (
    "{row}.tenant_id = %(tenant)s AND (%(accounts)s IS NULL OR {row}.account_id = ANY(%(accounts)s::uuid[]))"
)

# Of each account the moments of its signals and of its actions, microseconds since 2000 in eight bytes each, and its
# touches that say who began them. A reader who waits for a blind rating is not told that somebody turned negative, nor of
# steps that say so.
UNTOLD = "p.account_id = ANY(%(veiled)s::uuid[]) AND p.cause = ANY(%(causes)s::text[])"
EVENTS = f"""WITH event AS (
    SELECT s.account_id, s.at AS signal, NULL::timestamptz AS action, NULL AS mode FROM health_signal s
    WHERE {MINE.format(row="s")} AND s.at > %(since)s AND s.at <= %(at)s
        AND NOT (s.account_id = ANY(%(veiled)s::uuid[]) AND (s.kind = 'sentiment' OR s.code = ANY(%(telling)s::text[])))
    UNION ALL
    SELECT t.account_id, NULL, t.at, t.mode FROM accounts_touch t
    WHERE {MINE.format(row="t")} AND {KNOWN.format(row="t")} AND t.at > %(since)s AND t.at <= %(at)s
    UNION ALL
    SELECT p.account_id, NULL, p.created_at, NULL FROM accounts_step p
    WHERE {MINE.format(row="p")} AND {KNOWN.format(row="p")} AND p.created_at > %(since)s AND p.created_at <= %(at)s
        AND p.source <> '{Step.AUTOMATIC}' AND NOT ({UNTOLD})
    UNION ALL
    SELECT p.account_id, NULL, p.done_at, NULL FROM accounts_step p
    WHERE {MINE.format(row="p")} AND {KNOWN.format(row="p")} AND p.done_at > %(since)s AND p.done_at <= %(at)s
        AND NOT ({UNTOLD})
)
SELECT account_id::text, string_agg(timestamptz_send(signal), ''), string_agg(timestamptz_send(action), ''),
    count(*) FILTER (WHERE mode = 'proactive'), count(*) FILTER (WHERE mode = 'reactive')
FROM event GROUP BY account_id"""
SECOND = 1_000_000  # microseconds
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


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
        "veiled": sql_array(reader().accounts),
        "telling": sql_array(TELLING_FLAGS),
        "causes": sql_array((*TELLING_CAUSES, TELLING_OF_ONE)),
    }
    found = [row for row in rows(EVENTS, params) if row[0] in ids]
    tallies = {row[0]: Tally(proactive=row[3], reactive=row[4]) for row in found}
    signals, actions = (_moments([row[place] for row in found]) for place in (1, 2))
    account, first, action = waits_of(*signals, *actions)
    last = (midnight - EPOCH) // dt.timedelta(microseconds=1)
    answered = action >= 0
    days = np.where(answered, action - first, np.maximum(last - first, 0)) / (SECOND * 86_400)
    for place, acted, waited in zip(account.tolist(), answered.tolist(), days.tolist(), strict=True):
        tally = tallies[found[place][0]]
        (tally.answered if acted else tally.waiting).append(waited)
    return {account_id: tally for account_id, tally in tallies.items() if tally != Tally()}


def _moments(packed: Sequence[memoryview | None]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(account's place, moment) of every moment that stands in these strings of bytes."""
    whole = b"".join(bytes(one or b"") for one in packed)
    lengths = [len(one or b"") // 8 for one in packed]
    return np.repeat(np.arange(len(packed)), lengths), np.frombuffer(whole, dtype=">i8").astype(np.int64)
