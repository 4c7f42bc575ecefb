"""Usage counts turned into the values of frequency, breadth and trend, and into `not_live`.

The model's section 2. Windows are 28 complete days in the tenant's time zone, the last one ending the day
before `at`. A silent account in a live feed is evidence of no use; a silent feed is no evidence: all three
values are as old as the tenant's newest usage event.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from health.formulas.frames import BadFrame, Bools, Floats, Frame, floats
from health.formulas.scorecard import Card

WINDOW = 28
EARLIER = 3
COMPUTED_RANK = 2.0**62  # a computed value gives way only to a newer observation, never to one of its age


def not_live(days_since_first: Floats) -> Bools:
    """(n,) whether an account has had no usage, or its first one less than 28 days ago."""
    return ~(days_since_first >= WINDOW)


def frequency(active_users: Floats, seats: Floats) -> Floats:
    """Active users in the last window per licensed seat; NaN without seats."""
    return _share(active_users, seats)


def breadth(features_used: Floats, entitled: Floats) -> Floats:
    """Entitled features used in the last window per entitled feature; NaN without entitlements."""
    return _share(features_used, entitled)


def trend(active_days: Floats, days_since_first: Floats, floor: float, target: float) -> Floats:
    """ln(active days in the last window / their mean in the three before).

    active_days: (4, n), the last window first; days_since_first: (n,) days from the account's first usage day
    to the day of `at`. Windows that ended before the first usage day are left out; with none left, or with
    nothing in any window, NaN. Nothing in the last but something before takes the floor; the reverse has no
    finite logarithm and takes the target, where the scale ends.
    """
    if active_days.shape[0] != EARLIER + 1:
        raise BadFrame("active_days needs the last window and the three before")
    earlier, windows = np.zeros(days_since_first.shape), np.zeros(days_since_first.shape)
    for back in range(1, EARLIER + 1):
        counts = days_since_first > WINDOW * back
        earlier += np.where(counts, active_days[back], 0.0)
        windows += counts
    now = active_days[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(now * windows / earlier)
    value = np.where((now == 0) & (earlier > 0), floor, value)
    value = np.where((now > 0) & (earlier == 0), target, value)
    return np.where((windows > 0) & (now + earlier > 0), value, np.nan)


def usage_rows(card: Card, n: int, counts: Frame) -> dict[str, Any]:
    """Rows for `observations` from the usage counts of n cases; a measure that is missing has no row.

    counts, columns of length n: feed_age_days (age of the tenant's newest usage event, NaN for no feed),
    days_since_first (NaN for no usage yet), active_users, seats, features_used, entitled, and active_days,
    active_days_1, active_days_2, active_days_3 (the last window and the three before it); seats and entitled
    are NaN or 0 where there are none. Put these rows together with the observations sent by API
    (`stack_frames`): the newer of the two speaks.
    """
    age, first = floats(counts, "feed_age_days", n), floats(counts, "days_since_first", n)
    days = np.stack([floats(counts, "active_days" + back, n, 0.0) for back in ("", "_1", "_2", "_3")])
    live = ~np.isnan(age) & ~not_live(first)
    values = {
        "frequency": frequency(floats(counts, "active_users", n, 0.0), floats(counts, "seats", n)),
        "breadth": breadth(floats(counts, "features_used", n, 0.0), floats(counts, "entitled", n)),
        "trend": trend(days, first, *card.trend_range),
    }
    kept = {key: np.flatnonzero(live & ~np.isnan(value)) for key, value in values.items()}
    case = np.concatenate(list(kept.values()))
    return {
        "case": case,
        "measure": np.repeat(np.array(list(values), dtype=object), [rows.size for rows in kept.values()]),
        "value": np.concatenate([values[key][rows] for key, rows in kept.items()]),
        "age_days": age[case],
        "rank": np.full(case.size, COMPUTED_RANK),
    }


def _share(used: Floats, whole: Floats) -> Floats:
    out = np.full(used.shape, np.nan)
    share: Floats = np.divide(used, whole, out=out, where=np.nan_to_num(whole) > 0)
    return share
