"""What was known of accounts at their moments: dated facts, escalations, words by hand, and the memory of bands.

Reads append-only rows and snapshots, never a column that holds the present: now and any past moment share one path.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from health.selectors.cases import CASES, HOMES, Cases, fence, months, rows_of

MEMORY_DAYS = 40
ASKING = (5, dt.timedelta(days=90))  # an account with so many requests in so long asks for more than we give
LISTS = ("team", "entitlements")
# What a score asks of an account.
ACCOUNT = ("status", "owner", "seats", "entitlements", "renewal_on", "tier")

# The newest value of each key at each case, beside one another.
FACTS = """latest AS (
    SELECT DISTINCT ON (c.n, f.key) c.n, f.key, f.effective_at, f.value #>> '{{}}' AS value
    FROM cases c CROSS JOIN LATERAL (
        SELECT id, key, value, effective_at, recorded_at FROM accounts_accountfact
        WHERE tenant_id = %(tenant)s AND account_id = c.account_id AND key = ANY(%(keys)s)
            AND effective_at <= c.at AND recorded_at <= c.at {fence}
    ) f
    ORDER BY c.n, f.key, f.effective_at DESC, f.recorded_at DESC, f.id DESC
), facts AS (
    SELECT n, ARRAY[{picked}] AS words, max(effective_at) FILTER (WHERE key = 'owner') AS owner_since
    FROM latest GROUP BY n
)"""


def _facts(cases: Cases, keys: Sequence[str]) -> str:
    picked = ", ".join(f"max(value) FILTER (WHERE key = '{key}')" for key in keys)
    return FACTS.format(picked=picked, fence=fence(cases))


def account_facts(cases: Cases, keys: Sequence[str]) -> dict[str, list[Any]]:
    """The values of ACCOUNT_FACTS keys at every case: text or None; lists (team, entitlements) as lists."""
    sql = f"WITH {CASES}, {_facts(cases, keys)} SELECT n, words FROM facts"
    return _columns(cases, keys, dict(rows_of(cases, sql, {"keys": list(keys)})))


def _columns(cases: Cases, keys: Sequence[str], found: dict[int, list[str | None]]) -> dict[str, list[Any]]:
    facts: dict[str, list[Any]] = {key: [None] * cases.n for key in keys}
    for n, words in found.items():
        for key, word in zip(keys, words, strict=True):
            facts[key][n] = json.loads(word) if key in LISTS and word is not None else word
    return facts


@dataclass(frozen=True, slots=True)
class StandingOverride:
    """An override in force: the band it shows, why, by whom, since and until when."""

    band: str
    reason: str
    author_id: UUID | None
    recorded_at: dt.datetime
    expires_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class HandFlag:
    """A red flag that somebody raised by hand: why, who, since and until when."""

    id: UUID
    reason: str
    author_id: UUID | None
    recorded_at: dt.datetime
    expires_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Asking:
    """An account that asked for many things lately: how many, and since when they are many."""

    requests: int
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last snapshot of an account says: band and quadrant before flags, and the scorecard's version."""

    band: str = "unknown"
    quadrant: str = "unplaced"
    version: int | None = None


@dataclass(frozen=True, slots=True)
class States:
    """What was known of cases, by position: the facts of ACCOUNT and "owner_since" of all; since when a critical
    escalation is open, the override in force, the flags raised by hand in order, what was asked for
    where that is much, and the last snapshot not after the case, of those that have one."""

    facts: dict[str, list[Any]]
    escalated: dict[int, dt.datetime]
    overrides: dict[int, StandingOverride]
    raised: dict[int, list[HandFlag]]
    asking: dict[int, Asking]
    memories: dict[int, Memory]


# Each kind of what is known as rows of one shape, so that all of it is one statement.
STATES = """WITH {cases}, {facts}, {homes}, critical AS (
    SELECT DISTINCT ON (c.n, f.case_id) c.n, f.value, f.effective_at
    FROM cases c CROSS JOIN LATERAL (
        SELECT * FROM accounts_casefact WHERE tenant_id = %(tenant)s AND account_id = c.account_id
            AND key = 'critical' AND effective_at <= c.at AND recorded_at <= c.at {fence}
    ) f
    ORDER BY c.n, f.case_id, f.effective_at DESC, f.recorded_at DESC, f.id DESC
), requests AS (
    SELECT DISTINCT ON (c.n, f.case_id) c.n, c.at, f.value, f.effective_at
    FROM cases c CROSS JOIN LATERAL (
        SELECT * FROM accounts_casefact WHERE tenant_id = %(tenant)s AND account_id = c.account_id
            AND key = 'request' AND recorded_at <= c.at {fence}
    ) f
    ORDER BY c.n, f.case_id, f.recorded_at DESC, f.id DESC
), overridden AS (
    SELECT DISTINCT ON (c.n) c.n, c.at, o.band, o.reason, o.author_id, o.recorded_at, o.expires_at
    FROM cases c CROSS JOIN LATERAL (
        SELECT * FROM health_override WHERE tenant_id = %(tenant)s AND account_id = c.account_id
            AND recorded_at <= c.at {fence}
    ) o
    ORDER BY c.n, o.recorded_at DESC, o.id DESC
), raised AS (
    SELECT c.n, f.id, f.reason, f.author_id, f.recorded_at, f.expires_at
    FROM homes c CROSS JOIN LATERAL (
        SELECT * FROM health_raisedflag f WHERE f.tenant_id = %(tenant)s AND f.account_id = c.account_id
            AND f.recorded_at <= c.at AND (f.expires_at IS NULL OR f.expires_at > c.at) AND NOT EXISTS (
                SELECT FROM health_clearedflag k
                WHERE k.tenant_id = %(tenant)s AND k.flag_id = f.id AND k.recorded_at <= c.at) {fence}
    ) f
), remembered AS (
    SELECT DISTINCT ON (c.n) c.n, s.band_computed, s.quadrant, s.scorecard_version
    FROM cases c CROSS JOIN LATERAL (
        SELECT * FROM health_scoresnapshot s WHERE s.tenant_id = %(tenant)s AND s.account_id = c.account_id
            AND s.at <= c.at AND s.at > c.at - %(memory)s::interval
            AND s.at <= %(last)s AND s.at > %(since)s AND {months} {fence}
    ) s
    ORDER BY c.n, s.at DESC
)
SELECT 'facts' AS kind, n, words, owner_since AS since, NULL::timestamptz AS until FROM facts
UNION ALL SELECT 'escalated', n, NULL, min(effective_at), NULL FROM critical WHERE value = 'true'::jsonb GROUP BY n
UNION ALL SELECT 'asking', n, ARRAY[count(*)::text], (array_agg(effective_at ORDER BY effective_at))[%(many)s], NULL
    FROM requests WHERE value = 'true'::jsonb AND effective_at <= at AND effective_at > at - %(lately)s::interval
    GROUP BY n HAVING count(*) >= %(many)s
UNION ALL SELECT 'overridden', n, ARRAY[band, reason, author_id::text], recorded_at, expires_at FROM overridden
    WHERE band <> '' AND (expires_at IS NULL OR expires_at > at)
UNION ALL SELECT 'raised', n, ARRAY[id::text, reason, author_id::text], recorded_at, expires_at FROM raised
UNION ALL SELECT 'remembered', n, ARRAY[band_computed, quadrant, scorecard_version::text], NULL, NULL FROM remembered"""


def states(cases: Cases) -> States:
    """What was known of cases, in one statement; no snapshot older than MEMORY_DAYS is remembered."""
    since = min(cases.moments) - dt.timedelta(days=MEMORY_DAYS)
    many, lately = ASKING
    params = {
        "keys": list(ACCOUNT), "memory": dt.timedelta(days=MEMORY_DAYS), "since": since, "many": many, "lately": lately,
    }  # fmt: skip
    known_in = months("s.at", since, max(cases.moments))
    sql = STATES.format(
        cases=CASES, homes=HOMES, facts=_facts(cases, ACCOUNT), months=known_in, fence=fence(cases)
    )
    words_of: dict[int, list[str | None]] = {}
    owner_since: list[dt.datetime | None] = [None] * cases.n
    escalated, overrides, asking, memories = {}, {}, {}, {}
    raised: dict[int, list[HandFlag]] = {}
    for kind, n, words, begun, until in rows_of(cases, sql, params):
        match kind:
            case "facts":
                words_of[n], owner_since[n] = words, begun
            case "escalated":
                escalated[n] = begun
            case "overridden":
                band, reason, author = words
                overrides[n] = StandingOverride(band, reason, author and UUID(author), begun, until)
            case "asking":
                asking[n] = Asking(int(words[0]), begun)
            case "raised":
                id, reason, author = words
                flag = HandFlag(UUID(id), reason, author and UUID(author), begun, until)
                raised.setdefault(n, []).append(flag)
            case "remembered":
                band, quadrant, version = words
                memories[n] = Memory(band, quadrant, int(version))
    facts = _columns(cases, ACCOUNT, words_of) | {"owner_since": owner_since}
    for flags in raised.values():
        flags.sort(key=lambda flag: (flag.recorded_at, flag.id))
    return States(facts, escalated, overrides, raised, asking, memories)
