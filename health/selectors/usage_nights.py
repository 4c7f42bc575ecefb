"""Usage of accounts on many nights at once: each day of use is read once, however many windows it lies in.

Gives the same counts as one statement per window would, for cases that share their accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from health.formulas.usage import WINDOW
from health.selectors.cases import Cases, rows, sql_array

Ints = NDArray[np.int64]

# Per account and user, feature or nothing: the days of use as ordinals, each with the moment it became known.
DAYS = """SELECT account_id, kind, key, array_agg(day - DATE '0001-01-01' + 1 ORDER BY day),
    array_agg(known ORDER BY day)
FROM (
    SELECT account_id, 'user' AS kind, user_key AS key, day, extract(epoch FROM min(recorded_at))::float8 AS known
    FROM health_usageday WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s::uuid[])
        AND day >= %(first_day)s AND day < %(last_day)s GROUP BY account_id, user_key, day
    UNION ALL
    SELECT account_id, 'feature', feature, day, extract(epoch FROM min(recorded_at))::float8
    FROM health_usageday WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s::uuid[])
        AND day >= %(first_day)s AND day < %(last_day)s GROUP BY account_id, feature, day
    UNION ALL
    SELECT account_id, 'day', '', day, extract(epoch FROM min(recorded_at))::float8
    FROM health_usageday WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s::uuid[])
        AND day >= %(first_day)s AND day < %(last_day)s GROUP BY account_id, day
) d GROUP BY account_id, kind, key"""


def night_counts(
    cases: Cases, entitlements: Sequence[list[str] | None], names: Sequence[str], params: dict[str, Any]
) -> dict[str, Any]:
    """The window counts of all cases, by the names of `usage_windows`."""
    counts = {name: np.zeros(cases.n) for name in (*names, "features_used")}
    counts["days_since_first"][:] = np.nan
    nights = _nights(cases)
    for account_id, kind, key, days, known in rows(DAYS, params | {"accounts": sql_array(nights)}):
        order, day, moment = nights[account_id]
        used, since = np.array(days, dtype=np.int64), np.array(known)
        seen = np.searchsorted(moment, since, "left")  # the first night that knows of it
        if kind == "day":
            _count_days(counts, order, day, used, seen)
            continue
        active = _active(day, used, seen)
        if kind == "user":
            counts["active_users"][order] += active
        else:
            entitled = np.array([key in (entitlements[i] or ()) for i in order.tolist()])
            counts["features_used"][order] += active & entitled
    return counts


def _nights(cases: Cases) -> dict[UUID, tuple[Ints, Ints, Any]]:
    """Per account, the positions of its cases in order of time, their days as ordinals, and their moments."""
    listed: dict[UUID, list[int]] = {}
    for i, account_id in enumerate(cases.accounts):
        listed.setdefault(account_id, []).append(i)
    found = {}
    for account_id, positions in listed.items():
        positions.sort(key=lambda i: cases.moments[i])
        found[account_id] = (
            np.array(positions),
            np.array([cases.days[i].toordinal() for i in positions]),
            np.array([cases.moments[i].timestamp() for i in positions]),
        )
    return found


def _active(day: Ints, used: Ints, seen: Ints) -> NDArray[np.bool_]:
    """(nights,) whether any of the days of use lies in the last window of each night."""
    return _covered(day, used, seen, 0) > 0


def _covered(day: Ints, used: Ints, seen: Ints, back: int) -> Ints:
    """(nights,) how many of the days of use lie `back` windows before each night, and are known."""
    first = np.maximum(np.searchsorted(day, used + WINDOW * back, "right"), seen)
    end = np.searchsorted(day, used + WINDOW * (back + 1), "right")
    kept = first < end
    steps = np.bincount(first[kept], minlength=day.size + 1) - np.bincount(end[kept], minlength=day.size + 1)
    covered: Ints = np.cumsum(steps)[: day.size]
    return covered


def _count_days(counts: dict[str, Any], order: Ints, day: Ints, used: Ints, seen: Ints) -> None:
    for back, name in enumerate(("active_days", "active_days_1", "active_days_2", "active_days_3")):
        counts[name][order] = _covered(day, used, seen, back)
    far = np.iinfo(np.int64).max
    first = np.full(day.size + 1, far)
    np.minimum.at(first, np.maximum(seen, np.searchsorted(day, used, "right")), used)
    earliest = np.minimum.accumulate(first)[: day.size]
    counts["days_since_first"][order] = np.where(earliest < far, day - earliest, np.nan)
