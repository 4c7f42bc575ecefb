"""Numbers about how we rate: which sentiment the observed signs lean to, how far it lies from the stated one, and how well
two raters agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = {"negative": -1, "neutral": 0, "positive": 1}


def observed_sentiment(leans: Iterable[str]) -> str | None:
    """The sentiment that observed signs lean to: that of the majority of those that lean, neutral where as many lean
    either way, None where nothing was seen.

    >>> observed_sentiment(["negative", "neutral", "negative", "positive"])
    'negative'
    """
    seen = list(leans)
    if not seen:
        return None
    net = sum(LEVELS[lean] for lean in seen)
    return "negative" if net < 0 else "positive" if net > 0 else "neutral"


def gap(stated: str | None, observed: str | None) -> int | None:
    """How many levels the observed sentiment lies above the stated one, -2..2; None where one of them is missing."""
    if stated is None or observed is None:
        return None
    return LEVELS[observed] - LEVELS[stated]


@dataclass(frozen=True)
class Agreement:
    """How well two raters agree on n people.

    ``kappa`` with its interval ``low`` .. ``high`` and standard error; None where it is not defined (both say one and the
    same of everybody) or n is too small. ``same``: the share on which they say the same. ``needed``: how many people kappa
    needs.
    """

    n: int
    needed: int
    same: float | None = None
    kappa: float | None = None
    error: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def enough(self) -> bool:
        return self.n >= self.needed


def weighted_kappa(first: Sequence[int], second: Sequence[int], levels: int) -> Agreement:
    """Cohen's weighted kappa of two raters who placed the same people on an ordered scale 0..levels-1.

    The weights are linear: a disagreement by one level counts for one part in (levels - 1). Linear, because the model
    spaces its levels evenly (none 0, weak 1/3, okay 2/3, very good 1), and because quadratic weights would forgive nearly
    all of a difference by one level, which is what two raters should talk about.

        W_ij = 1 - |i - j| / (levels - 1)
        kappa = (sum W p - sum W r c) / (1 - sum W r c)          p: shares of pairs; r, c: of each rater's words

    J. Cohen (1968), Weighted kappa, Psychological Bulletin 70, 213-220. The standard error is the large-sample one of
    Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72, 323-327; the interval kappa +- 1.96 of it. It needs 2
    levels^2 people (D. V. Cicchetti (1981), Applied Psychological Measurement 5, 101-104): with fewer no kappa is told.
    """
    n, needed = len(first), 2 * levels**2
    table = np.zeros((levels, levels))
    np.add.at(table, (np.asarray(first, dtype=int), np.asarray(second, dtype=int)), 1)
    if not n:
        return Agreement(n, needed)
    same = float(np.trace(table) / n)
    if n < needed:
        return Agreement(n, needed, same)
    found = kappa_of(table)
    if found is None:
        return Agreement(n, needed, same)
    kappa, error = found
    reach = 1.959964 * error
    return Agreement(n, needed, same, kappa, error, max(-1.0, kappa - reach), min(1.0, kappa + reach))


def kappa_of(table: NDArray[np.float64]) -> tuple[float, float] | None:
    """(kappa, its standard error) of a square table of counts with linear weights; None where chance alone agrees."""
    levels, n = table.shape[0], table.sum()
    place = np.arange(levels)
    weight = 1 - np.abs(place[:, None] - place[None, :]) / (levels - 1)
    share = table / n
    row, column = share.sum(axis=1), share.sum(axis=0)
    seen, chance = (weight * share).sum(), (weight * np.outer(row, column)).sum()
    if np.isclose(chance, 1):
        return None
    kappa = (seen - chance) / (1 - chance)
    means = (weight @ column)[:, None] + (weight @ row)[None, :]
    spread = (share * (weight - means * (1 - kappa)) ** 2).sum() - (kappa - chance * (1 - kappa)) ** 2
    return float(kappa), float(np.sqrt(max(0.0, spread) / n) / (1 - chance))
