"""Usage as the score sees it: the tenant's feed, and four windows of 28 complete days per case.

Counted from the daily roll-up, in the tenant's days, leaving out what became known only later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from accounts.selectors import planned
from health.formulas.usage import WINDOW
from health.selectors.cases import CASES, FEW, Cases, fence, months, rows, rows_of, sql_array
from health.selectors.usage_nights import night_counts

REACH = 4 * WINDOW
FEED_DAYS = 45
NIGHTS = 4  # from so many moments of an account on, its days of use are read once for all of them
COUNTED = (
    "days_since_first",
    "active_days",
    "active_days_1",
    "active_days_2",
    "active_days_3",
    "active_users",
)

# One pass over the days in reach; an `ago` of 1 is the day before the case's.
WINDOWS = f"""WITH {CASES}, hit AS MATERIALIZED (
    SELECT c.n, c.day - u.day AS ago, u.user_key, u.feature
    FROM cases c CROSS JOIN LATERAL (
        SELECT * FROM health_usageday u WHERE u.tenant_id = %(tenant)s AND u.account_id = c.account_id
            AND u.day >= c.day - {REACH} AND u.day < c.day AND u.recorded_at <= c.at
            AND u.day >= %(first_day)s AND u.day < %(last_day)s AND {{months}} {{fence}}
    ) u
), days AS (
    SELECT n, max(ago) AS first_ago,
        count(*) FILTER (WHERE ago <= {WINDOW}) AS active_days,
        count(*) FILTER (WHERE ago > {WINDOW} AND ago <= {2 * WINDOW}) AS active_days_1,
        count(*) FILTER (WHERE ago > {2 * WINDOW} AND ago <= {3 * WINDOW}) AS active_days_2,
        count(*) FILTER (WHERE ago > {3 * WINDOW}) AS active_days_3
    FROM (SELECT DISTINCT n, ago FROM hit) d GROUP BY n
), users AS (
    SELECT n, count(*) AS users FROM (SELECT DISTINCT n, user_key FROM hit WHERE ago <= {WINDOW}) u GROUP BY n
), features AS (
    SELECT n, array_agg(feature) AS used
    FROM (SELECT DISTINCT n, feature FROM hit WHERE ago <= {WINDOW}) f GROUP BY n
)
SELECT n, first_ago, active_days, active_days_1, active_days_2, active_days_3, coalesce(users, 0), used
FROM days LEFT JOIN users USING (n) LEFT JOIN features USING (n)"""

EARLIER = f"""WITH {CASES}
SELECT c.n FROM cases c WHERE EXISTS (
    SELECT 1 FROM health_usageday u WHERE u.tenant_id = %(tenant)s AND u.account_id = c.account_id
        AND u.day < c.day - {REACH} AND u.day < %(last_day)s AND u.recorded_at <= c.at
)"""

NEWEST = """SELECT m.at, e.occurred_at
FROM unnest(%(moments)s::timestamptz[]) AS m (at) CROSS JOIN LATERAL (
    SELECT occurred_at FROM health_usageevent
    WHERE tenant_id = %(tenant)s AND occurred_at <= m.at AND recorded_at <= m.at
        AND occurred_at <= %(last)s AND occurred_at > %(since)s AND {months}
    ORDER BY occurred_at DESC LIMIT 1
) e WHERE NOT EXISTS (SELECT 1 FROM health_usagefeed WHERE tenant_id = %(tenant)s AND first_known_at > m.at)"""


def usage_counts(
    cases: Cases, seats: Sequence[str | None], entitlements: Sequence[list[str] | None]
) -> dict[str, Any] | None:
    """The columns that formulas.usage_rows asks for; None where the tenant has no feed at all."""
    feed = _feed_ages(cases)
    if np.isnan(feed).all():
        return None
    counts = _windows(cases, entitlements)
    counts["feed_age_days"] = feed
    counts["seats"] = np.array(seats, dtype=np.float64)
    counts["entitled"] = np.array([len(keys or ()) for keys in entitlements], dtype=np.float64)
    return counts


def plan_windows(cases: Cases) -> None:
    """Let this connection plan what is counted of these cases, as of a tenant with usage."""
    _windows(cases, [None] * cases.n)


def _windows(cases: Cases, entitlements: Sequence[list[str] | None]) -> dict[str, Any]:
    params = cases.params() | {
        "first_day": min(cases.days) - dt.timedelta(days=REACH),
        "last_day": max(cases.days),
    }
    many = cases.n > NIGHTS * len(set(cases.accounts))
    count = night_counts if many else _window_counts
    counts = count(cases, entitlements, COUNTED, params)
    # Whoever acted in the oldest window has been live throughout; of the others, look further back.
    doubtful = np.flatnonzero(~(counts["days_since_first"] > REACH - WINDOW)).tolist()
    if doubtful:
        chosen = cases.take(doubtful)
        for (n,) in rows_of(chosen, EARLIER, {"last_day": max(chosen.days)}):
            counts["days_since_first"][doubtful[n]] = REACH + 1
    return counts


def _window_counts(
    cases: Cases, entitlements: Sequence[list[str] | None], names: Sequence[str], params: dict[str, Any]
) -> dict[str, Any]:
    counts = {name: np.zeros(cases.n) for name in (*names, "features_used")}
    counts["days_since_first"][:] = np.nan
    known_in = months("u.day", params["first_day"], params["last_day"])
    sql = WINDOWS.format(months=known_in, fence=fence(cases))
    for n, *values, used in rows_of(cases, sql, params):
        for name, value in zip(names, values, strict=True):
            counts[name][n] = value
        counts["features_used"][n] = len(set(used or ()) & set(entitlements[n] or ()))
    return counts


def _feed_ages(cases: Cases) -> Any:
    """(n,) the age in days of the tenant's newest usage event known at each case, NaN for none."""
    moments = sorted(set(cases.moments))
    newest = _newest_events(moments, moments[0] - dt.timedelta(days=FEED_DAYS))
    silent = [moment for moment in moments if moment not in newest]
    if silent:
        newest |= _newest_events(silent, dt.datetime.min.replace(tzinfo=dt.UTC))
    ages = {moment: (moment - event) / dt.timedelta(days=1) for moment, event in newest.items()}
    return np.array([ages.get(moment, np.nan) for moment in cases.moments])


def _newest_events(moments: Sequence[dt.datetime], since: dt.datetime) -> dict[dt.datetime, dt.datetime]:
    params = {
        "moments": sql_array(moment.isoformat() for moment in moments),
        "since": since,
        "last": moments[-1],
    }
    sql = NEWEST.format(months=months("occurred_at", since, moments[-1]))
    return dict(rows(planned(sql) if len(moments) <= FEW else sql, params))
