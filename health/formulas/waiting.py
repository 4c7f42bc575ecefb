"""How long until something happens, where some are still waiting for it. No Django.

Leaving the waiting ones out would make the slowest look fast: they count as what they are, at least this long.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

CLOSE = 1e-12
FEW = 64  # below it a loop is faster than arrays

Longs = NDArray[np.int64]


def waits_of(
    signal_of: Longs, signals: Longs, action_of: Longs, actions: Longs
) -> tuple[Longs, Longs, Longs]:
    """From signals to actions: (whose, first signal, action or -1) of each wait, ordered by whose and by the signal.

    signal_of, action_of: whose each is, a number from 0; signals, actions: the moments, counted from anywhere before
    all of them. Signals of one that follow before an action belong to the first; the action that ends a wait is the
    first one not before it.
    """
    whose = np.concatenate([signal_of, action_of])
    moment = np.concatenate([signals, actions])
    acts = np.concatenate([np.zeros(len(signals), bool), np.ones(len(actions), bool)])
    order = np.lexsort((acts, moment, whose))
    whose, moment, acts = whose[order], moment[order], acts[order]
    n = len(whose)
    begins = np.ones(n, bool)
    begins[1:] = (whose[1:] != whose[:-1]) | acts[:-1]
    first = np.nonzero(begins & ~acts)[0]
    following = np.minimum.accumulate(np.where(acts, np.arange(n), n)[::-1])[::-1][first]
    at = np.minimum(following, n - 1)
    answered = (following < n) & (whose[at] == whose[first]) if n else np.zeros(0, bool)
    return whose[first], moment[first], np.where(answered, moment[at], -1) if n else moment


def median_until(happened: Collection[float], waiting: Collection[float]) -> float | None:
    """The time after which it has happened to half of all: the median of Kaplan and Meier (1958).

    happened, waiting: times, of those to whom it happened and of those still waiting. Without anybody waiting it is
    the plain median. None where it has happened to less than half, or to nobody.
    """
    if len(happened) + len(waiting) > FEW:
        return _median_of_many(happened, waiting)
    times = sorted([(time, False) for time in happened] + [(time, True) for time in waiting])
    left, surviving, half = len(times), 1.0, None
    for time, waits in times:
        if half is not None and not waits and time > half:
            return (half + time) / 2
        if not waits:
            surviving *= 1 - 1 / left
            if half is None and surviving < 0.5 - CLOSE:
                return time
            if half is None and surviving <= 0.5 + CLOSE:
                half = time
        left -= 1
    return half


def _median_of_many(happened: Collection[float], waiting: Collection[float]) -> float | None:
    """The same in arrays."""
    times = np.array([*happened, *waiting], dtype=np.float64)
    waits = np.repeat([False, True], [len(happened), len(waiting)])
    order = np.lexsort((waits, times))
    left = len(times) - np.nonzero(~waits[order])[0]  # when each of those happened, itself included
    times = times[order][~waits[order]]
    surviving = np.cumprod(1 - 1 / left)
    if not len(times) or surviving[-1] > 0.5 + CLOSE:
        return None
    half = int(np.argmax(surviving <= 0.5 + CLOSE))
    if surviving[half] < 0.5 - CLOSE:
        return float(times[half])
    later = times[times > times[half]]
    return float((times[half] + later[0]) / 2) if len(later) else float(times[half])
