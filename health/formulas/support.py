"""Whether accounts that asked for support more often stayed more often: a difference of shares with its interval.

What goes together is not what causes. Nothing is hidden for being unexpected: more questions may well go with staying.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from health.formulas.survey import wilson

HALF_YEAR = 180
KINDS = ("question", "problem", "request", "escalation")
GROUPS = (("none", 0.0), ("one_or_two", 2.0), ("three_to_five", 5.0), ("more", math.inf))
LEAST_EACH = 10  # who left and who stayed, so that anything can be said at all
LEAST_GROUP = 5  # accounts on either side of one comparison


@dataclass(frozen=True, slots=True)
class Decided:
    """An account that stayed or was lost, and its contacts by kind in the ``days`` before that."""

    lost: bool
    days: int
    contacts: dict[str, int]

    def often(self, kind: str | None = None) -> float:
        """Contacts in half a year, of one kind or of all."""
        found = sum(self.contacts.values()) if kind is None else self.contacts.get(kind, 0)
        return found * HALF_YEAR / self.days


@dataclass(frozen=True, slots=True)
class Share:
    """How many of n stayed, as a share in percent with its 95 % interval (Wilson); None where n is 0."""

    n: int
    stayed: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Those with against those without: the difference in points with its 95 % interval, and what it says.

    ``about``: ``contacts`` (more than the median against the rest) or a kind (any against none). ``says``: ``more_stay``,
    ``fewer_stay``, ``no_difference`` (the interval holds 0) or ``too_few``.
    """

    about: str
    with_it: Share
    without: Share
    difference: float | None
    low: float | None
    high: float | None
    says: str


@dataclass(frozen=True, slots=True)
class Support:
    """What support contacts have to do with staying. ``enough`` False: not enough churn yet to tell; then no finding."""

    accounts: int
    lost: int
    enough: bool
    median: float | None
    groups: list[tuple[str, Share]]
    findings: list[Finding]


def support_and_retention(rows: Iterable[Decided]) -> Support:
    """The shares that stayed by how often they asked, and each finding."""
    decided = list(rows)
    lost = sum(row.lost for row in decided)
    enough = min(lost, len(decided) - lost) >= LEAST_EACH
    middle = median(row.often() for row in decided) if decided else None
    comparisons = [("contacts", _oftener_than(middle or 0)), *((kind, _had(kind)) for kind in KINDS)]
    return Support(
        accounts=len(decided),
        lost=lost,
        enough=enough,
        median=middle,
        groups=_groups(decided),
        findings=[_finding(about, decided, belongs) for about, belongs in comparisons] if enough else [],
    )


def _oftener_than(often: float) -> Callable[[Decided], bool]:
    return lambda row: row.often() > often


def _had(kind: str) -> Callable[[Decided], bool]:
    return lambda row: row.often(kind) > 0


def _groups(decided: Sequence[Decided]) -> list[tuple[str, Share]]:
    found, above = [], -1.0
    for name, top in GROUPS:
        found.append((name, _share([row for row in decided if above < row.often() <= top])))
        above = top
    return found


def _share(rows: Sequence[Decided]) -> Share:
    n, stayed = len(rows), sum(not row.lost for row in rows)
    if not n:
        return Share(0, 0, None, None, None)
    estimate = wilson(stayed, n)
    return Share(n, stayed, float(estimate.value), float(estimate.low), float(estimate.high))


def _finding(about: str, decided: Sequence[Decided], belongs: Callable[[Decided], bool]) -> Finding:
    ones = _share([row for row in decided if belongs(row)])
    others = _share([row for row in decided if not belongs(row)])
    if min(ones.n, others.n) < LEAST_GROUP:
        return Finding(about, ones, others, None, None, None, "too_few")
    difference, low, high = difference_of_shares(ones, others)
    says = "more_stay" if low > 0 else "fewer_stay" if high < 0 else "no_difference"
    return Finding(about, ones, others, difference, low, high, says)


def difference_of_shares(ones: Share, others: Share) -> tuple[float, float, float]:
    """The difference of two shares in points, with Newcombe's interval from both Wilson intervals (1998, method 10)."""
    p, q = ones.share or 0.0, others.share or 0.0
    down = math.hypot(p - (ones.low or 0.0), (others.high or 0.0) - q)
    up = math.hypot((ones.high or 0.0) - p, q - (others.low or 0.0))
    return p - q, p - q - down, p - q + up
