"""Scores of many accounts through time: falls since a midnight, trails, voices, money by band.

Reads the daily snapshots; every function takes any number of accounts in one statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from health import formulas
from health.selectors.assessing import assess_pairs
from health.selectors.book import LIVE, read_purse
from health.selectors.cases import read_zones, rows, sql_array
from health.selectors.changes import cause_documents
from health.selectors.veil import veiled_causes

WEEKS = 13
Weeks = dict[dt.datetime, dict[str, Decimal]]


class Fall(NamedTuple):
    """An account whose stored score lies below its snapshot of a midnight; ``band`` is the one it is in now."""

    account_id: UUID
    name: str
    since: dt.datetime
    until: dt.datetime
    before: float
    now: float
    band: str

    @property
    def delta(self) -> float:
        return self.now - self.before


def falls(
    *, account_ids: Collection[UUID] | None, since: dt.datetime, points: float, limit: int
) -> list[Fall]:
    """The live accounts (of these, or of all) whose score fell by ``points`` or more since the midnight ``since``,
    furthest first."""
    found = rows(
        """SELECT s.account_id, a.name, p.at, s.at, p.score, s.score, s.band
        FROM health_score s
        JOIN health_scoresnapshot p
            ON p.tenant_id = %(tenant)s AND p.account_id = s.account_id AND p.at = %(since)s
        JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = s.account_id
        WHERE s.tenant_id = %(tenant)s AND s.at > p.at AND p.score - s.score >= %(points)s
            AND a.deleted_at IS NULL AND a.status = ANY(%(live)s)
            AND (%(accounts)s IS NULL OR s.account_id = ANY(%(accounts)s::uuid[]))
        ORDER BY s.score - p.score, s.account_id LIMIT %(limit)s""",
        {
            "accounts": None if account_ids is None else sql_array(account_ids),
            "live": list(LIVE),
            "since": since,
            "points": points,
            "limit": limit,
        },
    )
    return [Fall(*row) for row in found]


def causes_between(
    pairs: Sequence[tuple[UUID, dt.datetime, dt.datetime]],
) -> dict[UUID, list[dict[str, Any]]]:
    """Why each account's score moved between its two moments, as known at each: {account: causes}."""
    if not pairs:
        return {}
    found: dict[UUID, list[dict[str, Any]]] = {}
    for before, after in assess_pairs(pairs, read_zones()):
        causes = cause_documents(formulas.split_change(before.result, after.result))
        found |= {
            account: veiled_causes(account, listed)
            for account, listed in zip(after.cases.accounts, causes, strict=True)
        }
    return found


def trails(
    *, account_ids: Collection[UUID], moments: Collection[dt.datetime]
) -> dict[UUID, list[tuple[float, float]]]:
    """Where accounts stood at these midnights, oldest first: {account: [(behavioural, emotional)]}."""
    found = rows(
        """SELECT account_id, behavioural, emotional FROM health_scoresnapshot
        WHERE tenant_id = %(tenant)s AND at = ANY(%(moments)s::timestamptz[])
            AND account_id = ANY(%(accounts)s::uuid[]) AND quadrant <> 'unplaced'
        ORDER BY account_id, at""",
        {"accounts": sql_array(account_ids), "moments": sql_array(m.isoformat() for m in moments)},
    )
    paths: dict[UUID, list[tuple[float, float]]] = {}
    for account_id, behavioural, emotional in found:
        paths.setdefault(account_id, []).append((behavioural, emotional))
    return paths


# What an account was worth, from when it was known; the rate of its currency likewise.
MONEY = """WITH worth AS MATERIALIZED (
    SELECT f.account_id, (f.value #>> '{}')::numeric AS arr, greatest(f.effective_at, f.recorded_at) AS since,
        lead(greatest(f.effective_at, f.recorded_at)) OVER (
            PARTITION BY f.account_id ORDER BY f.effective_at, f.recorded_at, f.id) AS until
    FROM accounts_accountfact f
    WHERE f.tenant_id = %(tenant)s AND f.key = 'arr'
        AND (%(accounts)s IS NULL OR f.account_id = ANY(%(accounts)s::uuid[]))
), rates AS MATERIALIZED (
    SELECT substr(f.key, 6) AS currency, (f.value #>> '{}')::numeric AS rate,
        greatest(f.effective_at, f.recorded_at) AS since,
        lead(greatest(f.effective_at, f.recorded_at)) OVER (
            PARTITION BY f.key ORDER BY f.effective_at, f.recorded_at, f.id) AS until
    FROM accounts_tenantfact f WHERE f.tenant_id = %(tenant)s AND f.key LIKE 'rate:%%'
)
SELECT s.at, s.band, sum(w.arr * CASE WHEN a.currency = %(currency)s THEN 1 ELSE r.rate END)
FROM health_scoresnapshot s
JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = s.account_id AND a.deleted_at IS NULL
    AND a.status <> 'internal' AND a.status <> 'prospect'
JOIN worth w ON w.account_id = s.account_id AND w.since <= s.at AND (w.until IS NULL OR w.until > s.at)
LEFT JOIN rates r ON r.currency = a.currency AND r.since <= s.at AND (r.until IS NULL OR r.until > s.at)
WHERE s.tenant_id = %(tenant)s AND s.at = ANY(%(moments)s::timestamptz[])
    AND (%(accounts)s IS NULL OR s.account_id = ANY(%(accounts)s::uuid[]))
    AND (a.churned_on IS NULL OR a.churned_on > s.at::date)
GROUP BY s.at, s.band"""


def money_by_band(
    *, account_ids: Collection[UUID] | None, moments: Collection[dt.datetime], currency: str
) -> Weeks:
    """ARR in each band at these midnights, at the ARR and the rates of their day: {moment: {band: sum}}.

    Of these accounts (None: all). A moment without snapshots is absent. Accounts lost before it are left out, those
    lost since are in.
    """
    found = rows(
        MONEY,
        {
            "accounts": None if account_ids is None else sql_array(account_ids),
            "moments": sql_array(m.isoformat() for m in moments),
            "currency": currency,
        },
    )
    sums: Weeks = {}
    for moment, band, money in found:
        sums.setdefault(moment, {})[band] = money or Decimal(0)
    return sums


def money_by_week(*, account_ids: Collection[UUID] | None, at: dt.datetime) -> Weeks:
    """``money_by_band`` at the midnights 7, 14, ... days before the last one, in the tenant's currency."""
    nights = read_zones().midnights(at - dt.timedelta(days=7 * WEEKS + 1), at)[::-1][7::7]
    return money_by_band(account_ids=account_ids, moments=nights, currency=read_purse(at).currency)


def voices(*, account_ids: Collection[UUID]) -> dict[UUID, float]:
    """The stored NPS answer of accounts (0..10, weighted over those who answered); the silent are absent."""
    found = rows(
        """SELECT account_id, jsonb_path_query_first(parts, '$[*] ? (@.key == "nps").raw')::text::float8
        FROM health_score WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s::uuid[])
            AND jsonb_path_exists(parts, '$[*] ? (@.key == "nps" && @.raw != null)')""",
        {"accounts": sql_array(account_ids)},
    )
    return dict(found)


# Past the grace of relationship and sentiment a rating loses evidence and is due again.
DUE = dt.timedelta(days=30)


def people_to_rate(*, at: dt.datetime) -> dict[str, int]:
    """How many people of live accounts are due, as the stored scores know them: {count, accounts, inherited, unrated}.

    Due is whom nobody rated, whose rating was taken over from a former owner, or is older than its grace.
    """
    found = rows(
        """SELECT coalesce(sum(due), 0)::int, count(*), coalesce(sum(inherited), 0)::int, coalesce(sum(unrated), 0)::int
        FROM health_score s
        JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = s.account_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS due, count(*) FILTER (WHERE p.inherited) AS inherited,
                count(*) FILTER (WHERE p.rated_at IS NULL) AS unrated
            FROM unnest(s.people_rated_at, s.people_inherited) AS p (rated_at, inherited)
            WHERE p.rated_at IS NULL OR p.inherited OR p.rated_at < %(before)s
        ) people
        WHERE s.tenant_id = %(tenant)s AND a.deleted_at IS NULL AND a.status = ANY(%(live)s) AND due > 0""",
        {"live": list(LIVE), "before": at - DUE},
    )
    return dict(zip(("count", "accounts", "inherited", "unrated"), found[0], strict=True))
