"""What a set of answers says, with its interval: NPS, CSAT, CES, goodwill, and the ladder of loyalty.

The model's section 7. A number never stands without its n and its interval (95 %). Counts may be single
numbers or arrays of one shape, such as one number per segment; missing answers are NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from health.formulas.frames import Bools, Floats, Ints, over

DIGITS = 9
Z = NormalDist().inv_cdf(0.975)
SMALL_SAMPLE = 20  # below this many answers the answers themselves are listed
NO_CHANGE = 0.05  # a difference with at least this p is shown as "no change"
CSAT_CUT, CES_CUT = 4, 5
PROMOTER, UNDECIDED = 9, 7
GOODWILL_ITEMS = ("insider", "contributor", "off_market", "forward_looking")
GOODWILL_LEAST = 3
LADDER = ("unknown", "none", "satisfied", "loyal", "goodwill")
LOYAL_TREND, GOODWILL_CUT, OFF_MARKET_CUT = -0.30, 75, 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval and the count it stands on; NaN where n is 0."""

    value: Floats
    low: Floats
    high: Floats
    n: Floats


@dataclass(frozen=True, slots=True)
class Shift:
    """The difference of two results, with its z and two-sided p."""

    difference: float
    z: float
    p: float

    @property
    def is_no_change(self) -> bool:
        return not self.p < NO_CHANGE


def nps_counts(answers: ArrayLike) -> tuple[int, int, int]:
    """Promoters (9-10), undecided (7-8: open to competitors) and detractors (0-6) among answers 0..10."""
    given = _given(answers)
    promoters, detractors = int((given >= PROMOTER).sum()), int((given < UNDECIDED).sum())
    return promoters, given.size - promoters - detractors, detractors


def nps(promoters: ArrayLike, undecided: ArrayLike, detractors: ArrayLike) -> Estimate:
    """NPS = 100 (P - D) / n, -100..100, with the adjusted-Wald interval of P + 3/4, D + 3/4, n + 3.

    Source: Bonett and Price's adjustment for a difference of two multinomial shares.
    """
    up, middle, down = (np.asarray(count, dtype=np.float64) for count in (promoters, undecided, detractors))
    n = up + middle + down
    shift, error = _adjusted(up, down, n)
    empty = np.where(n > 0, 0.0, np.nan)
    return Estimate(
        value=100.0 * over(up - down, n, np.nan),
        low=100.0 * np.maximum(shift - Z * error, -1.0) + empty,
        high=100.0 * np.minimum(shift + Z * error, 1.0) + empty,
        n=n,
    )


def nps_shift(before: tuple[int, int, int], after: tuple[int, int, int]) -> Shift:
    """Whether an NPS moved: a z test on the adjusted shares and errors. Counts as `nps_counts` gives them.

    NaN z and p where either side has no answers, which reads as no change.
    """
    sides = [np.asarray(counts, dtype=np.float64) for counts in (before, after)]
    if any(side.sum() == 0 for side in sides):
        return Shift(math.nan, math.nan, math.nan)
    (first, first_error), (second, second_error) = (_adjusted(s[0], s[2], s.sum()) for s in sides)
    z = float((second - first) / np.hypot(first_error, second_error))
    raw = [100.0 * (side[0] - side[2]) / side.sum() for side in sides]
    return Shift(float(raw[1] - raw[0]), z, math.erfc(abs(z) / math.sqrt(2.0)))


def _adjusted(up: Floats, down: Floats, n: Floats) -> tuple[Floats, Floats]:
    """The difference of the adjusted shares and its standard error."""
    p, d = (up + 0.75) / (n + 3.0), (down + 0.75) / (n + 3.0)
    return p - d, np.sqrt((p + d - (p - d) ** 2) / (n + 3.0))


def wilson(held: ArrayLike, n: ArrayLike) -> Estimate:
    """A share in percent, held of n, with the Wilson score interval."""
    k, total = np.asarray(held, dtype=np.float64), np.asarray(n, dtype=np.float64)
    share, square = over(k, total, np.nan), Z * Z
    middle = (k + square / 2.0) / (total + square)
    half = Z * np.sqrt(share * (1.0 - share) * total + square / 4.0) / (total + square)
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return Estimate(100.0 * share, 100.0 * low, 100.0 * high, total)


def satisfaction(answers: ArrayLike, cut: float) -> tuple[Estimate, float]:
    """The share of answers at or above a cut (CSAT_CUT of 1..5, CES_CUT of 1..7), and the mean answer."""
    given = _given(answers)
    return wilson((given >= cut).sum(), given.size), float(given.mean()) if given.size else math.nan


def goodwill(items: ArrayLike) -> Floats:
    """(r,) 100 (mean - 1) / 6 of four items 1..7, rows (r, 4); NaN with fewer than three answered."""
    rows = np.asarray(items, dtype=np.float64)
    answered = (~np.isnan(rows)).sum(axis=-1)
    mean = over(np.nansum(rows, axis=-1), answered, np.nan)
    return np.where(answered >= GOODWILL_LEAST, 100.0 * (mean - 1.0) / 6.0, np.nan)


def cronbach_alpha(items: ArrayLike) -> float:
    """Reliability of a set of items over its complete rows; NaN below 2 rows or without variance.

    alpha = k / (k - 1) (1 - sum of item variances / variance of the sum); Cronbach 1951.
    """
    rows = np.asarray(items, dtype=np.float64)
    rows = rows[~np.isnan(rows).any(axis=1)]
    if rows.shape[0] < 2:
        return math.nan
    whole = float(rows.sum(axis=1).var(ddof=1))
    k = rows.shape[1]
    return k / (k - 1) * (1.0 - float(rows.var(axis=0, ddof=1).sum()) / whole) if whole > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Rungs:
    """Where people stand on the ladder. rung: position in LADDER; states by rung: 1 held, -1 failed, 0 open."""

    rung: Ints  # (n,)
    states: Ints  # (3, n) satisfied, loyal, goodwill
    inconsistent: Bools  # (n,) a held rung above a failed one


def ladder(
    *,
    csat: ArrayLike,
    recommends: ArrayLike,
    referred: ArrayLike,
    trend: ArrayLike,
    goodwill_score: ArrayLike,
    off_market: ArrayLike,
) -> Rungs:
    """The ladder of n people or accounts; all (n,), NaN unanswered, `referred` yes or no.

    Satisfied: CSAT >= 4. Loyal: recommends >= 9 or has referred, and trend >= -.30 or missing. Goodwill:
    goodwill >= 75 and the off-market item >= 6. An unanswered rung is neither held nor failed.
    """
    csat, recommends, trend, score, item = (
        np.round(np.asarray(values, dtype=np.float64), DIGITS)
        for values in (csat, recommends, trend, goodwill_score, off_market)
    )
    told = np.asarray(referred, dtype=np.bool_)
    loyal = ((recommends >= PROMOTER) | told) & ~(trend < LOYAL_TREND)
    open_goodwill = np.isnan(score) | ((score >= GOODWILL_CUT) & np.isnan(item))
    states = np.stack([
        _state(csat >= CSAT_CUT, np.isnan(csat)),
        _state(loyal, np.isnan(recommends) & ~told),
        _state((score >= GOODWILL_CUT) & (item >= OFF_MARKET_CUT), open_goodwill),
    ])  # fmt: skip
    held, failed = states > 0, states < 0
    highest = np.where(held, np.array([[2], [3], [4]]), 1).max(axis=0)
    inconsistent = (held[1] & failed[0]) | (held[2] & (failed[0] | failed[1]))
    return Rungs(np.where((states == 0).all(axis=0), 0, highest), states, inconsistent)


def _state(held: Bools, unanswered: Bools) -> Ints:
    return np.where(unanswered, 0, np.where(held, 1, -1))


def _given(answers: ArrayLike) -> Floats:
    given = np.asarray(answers, dtype=np.float64)
    return given[~np.isnan(given)]
