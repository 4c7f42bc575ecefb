"""What was known of accounts at their moments: dated facts, escalations, overrides, and the memory of bands.

Reads append-only rows and snapshots, never a column that holds the present: now and any past moment share one path.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from health.selectors.cases import CASES, Cases, fence, rows_of

MEMORY_DAYS = 40


def account_facts(cases: Cases, keys: Sequence[str]) -> dict[str, list[Any]]:
    """The values of ACCOUNT_FACTS keys at every case: text or None; lists (team, entitlements) as lists.

    "owner_since" is the moment from which the owner is the owner.
    """
    picked = ", ".join(
        "max(effective_at) FILTER (WHERE key = 'owner')"
        if key == "owner_since"
        else f"max(value) FILTER (WHERE key = '{key}')"
        for key in keys
    )
    found = rows_of(
        cases,
        f"""WITH {CASES}, latest AS (
            SELECT DISTINCT ON (c.n, f.key) c.n, f.key, f.effective_at, f.value #>> '{{}}' AS value
            FROM cases c CROSS JOIN LATERAL (
                SELECT id, key, value, effective_at, recorded_at FROM accounts_accountfact
                WHERE tenant_id = %(tenant)s AND account_id = c.account_id AND key = ANY(%(keys)s)
                    AND effective_at <= c.at AND recorded_at <= c.at {fence(cases)}
            ) f
            ORDER BY c.n, f.key, f.effective_at DESC, f.recorded_at DESC, f.id DESC
        ) SELECT n, {picked} FROM latest GROUP BY n""",
        {"keys": list(keys)},
    )
    facts: dict[str, list[Any]] = {key: [None] * cases.n for key in keys}
    for n, *values in found:
        for key, value in zip(keys, values, strict=True):
            is_list = key in ("team", "entitlements") and value is not None
            facts[key][n] = json.loads(value) if is_list else value
    return facts


def escalations(cases: Cases) -> dict[int, dt.datetime]:
    """Cases with an open critical escalation, and since when."""
    found = rows_of(
        cases,
        f"""WITH {CASES}, latest AS (
            SELECT DISTINCT ON (c.n, f.case_id) c.n, f.value, f.effective_at
            FROM cases c JOIN accounts_casefact f ON f.tenant_id = %(tenant)s
                AND f.account_id = c.account_id AND f.key = 'critical'
                AND f.effective_at <= c.at AND f.recorded_at <= c.at
            ORDER BY c.n, f.case_id, f.effective_at DESC, f.recorded_at DESC, f.id DESC
        ) SELECT n, min(effective_at) FROM latest WHERE value = 'true'::jsonb GROUP BY n""",
    )
    return dict(found)


@dataclass(frozen=True, slots=True)
class StandingOverride:
    """An override in force: the band it shows, why, by whom, since and until when."""

    band: str
    reason: str
    author_id: UUID | None
    recorded_at: dt.datetime
    expires_at: dt.datetime | None


def overrides(cases: Cases) -> dict[int, StandingOverride]:
    """Cases under an override, by position."""
    found = rows_of(
        cases,
        f"""WITH {CASES}, latest AS (
            SELECT DISTINCT ON (c.n) c.n, c.at, o.band, o.reason, o.author_id, o.recorded_at, o.expires_at
            FROM cases c JOIN health_override o ON o.tenant_id = %(tenant)s
                AND o.account_id = c.account_id AND o.recorded_at <= c.at
            ORDER BY c.n, o.recorded_at DESC, o.id DESC
        ) SELECT n, band, reason, author_id, recorded_at, expires_at FROM latest
        WHERE band <> '' AND (expires_at IS NULL OR expires_at > at)""",
    )
    return {n: StandingOverride(*values) for n, *values in found}


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last snapshot of an account says: band and quadrant before flags, and the scorecard's version."""

    band: str = "unknown"
    quadrant: str = "unplaced"
    version: int | None = None


def memories(cases: Cases) -> dict[int, Memory]:
    """The last snapshot not after each case, by position; none older than MEMORY_DAYS is remembered."""
    found = rows_of(
        cases,
        f"""WITH {CASES}
        SELECT DISTINCT ON (c.n) c.n, s.band_computed, s.quadrant, s.scorecard_version
        FROM cases c JOIN health_scoresnapshot s ON s.tenant_id = %(tenant)s AND s.account_id = c.account_id
            AND s.at <= c.at AND s.at > c.at - %(memory)s::interval
        WHERE s.at <= %(last)s AND s.at > %(since)s
        ORDER BY c.n, s.at DESC""",
        {
            "memory": dt.timedelta(days=MEMORY_DAYS),
            "since": min(cases.moments) - dt.timedelta(days=MEMORY_DAYS),
        },
    )
    return {n: Memory(*values) for n, *values in found}
