"""One line of the result, and how a ratio is measured: both sides in turn, several times, compared by their medians."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``ratio`` is value / reference; ``holds`` says whether it meets the goal. min, median and max are of the value."""

    id: str
    value: float
    unit: str
    reference: float
    ratio: float
    goal: str
    holds: bool
    runs: int
    min: float
    median: float
    max: float


def at_least(goal: float) -> tuple[str, Callable[[float], bool]]:
    return f">= {goal:g}", lambda ratio: ratio >= goal


def at_most(goal: float) -> tuple[str, Callable[[float], bool]]:
    return f"<= {goal:g}", lambda ratio: ratio <= goal


def compare(
    id: str,
    *,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    unit: str,
    goal: tuple[str, Callable[[float], bool]],
    runs: int,
) -> Row:
    """Measure both sides ``runs`` times in turn, after one run of each that does not count."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(runs)]
    mine = [value for value, _ in pairs]
    value, reference = statistics.median(mine), statistics.median(other for _, other in pairs)
    wanted, holds = goal
    ratio = value / reference
    return Row(id, value, unit, reference, ratio, wanted, holds(ratio), runs, min(mine), value, max(mine))


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """How long one call takes, as the mean of ``times``."""
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times
