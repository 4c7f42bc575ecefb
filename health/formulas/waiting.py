"""How long until something happens, where some are still waiting for it. No Django.

Leaving the waiting ones out would make the slowest look fast: they count as what they are, at least this long.
"""

from __future__ import annotations

from collections.abc import Iterable

CLOSE = 1e-12


def median_until(happened: Iterable[float], waiting: Iterable[float]) -> float | None:
    """The time after which it has happened to half of all: the median of Kaplan and Meier (1958).

    happened, waiting: times, of those to whom it happened and of those still waiting. Without anybody waiting it is
    the plain median. None where it has happened to less than half, or to nobody.
    """
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
