"""How strong a relationship looks from what happened, beside what a person says of it; never part of the score.

Per person, from the touches of the last 180 days that they attended and from their days in the product:

    recency    R = 0.5 ^ (days since the last touch / 30)
    frequency  F = min(1, sum over touches of 0.5 ^ (age / 60) / 4)
    two-way    T = (1 - |2 s - 1|) * 0.5 ^ (days since the last touch / 90), where s is the share of what came from them,
               each touch weighed by 0.5 ^ (age / 60). A meeting, call or event is from both sides (1/2); a mail or
               chat is theirs (1) or ours (0) by its direction, and half of each where that is unknown.
    depth      D = 0.75 * max(depth of its kind * 0.5 ^ (age / 90)) + 0.25 * min(1, touchpoints / 3);
               meeting 1, event 0.8, call 0.7, chat 0.4, mail 0.3
    usage      U = min(1, days in the product of the last 28 / 8)
    value      = 90 * (0.35 R + 0.25 F + 0.20 T + 0.20 D) + 10 U          0..100

    none < 15 <= weak < 40 <= okay < 65 <= very good

How sure: 1 - exp(-(own touches + a third of the other touches of the account, at most 6) / 3). Where nothing at all is
written down at an account, silence proves nothing: below 0.2 there is no level.

A **divergence** is listed where the human's word and the inferred level lie two levels or more apart and

    |human's level - place| * how sure * 2 ^ (-max(0, age of the rating - 30) / 90) > 1

where the place of a value among the levels 0..3 is 0, 1, 2, 3 in the middle of each and linear between, so that a value
just below a threshold is no whole level away from one just above it. One level is what two people who know the same
person commonly differ by: a difference counts by what is left of it once both sides are weighed by their evidence. Hence
silence alone (at most 0.49 sure: a person without a single touch may as well be met by somebody who writes nothing down)
contradicts only "very good"; and a rating that is months old is not contradicted by what happened since but due again,
which the grid says already: it loses its evidence as it does in the score (the model's section 1).

The weights and thresholds are ours, chosen so that a meeting every two weeks about several things is very good, a call
a month is okay, one unanswered mail is weak, and half a year of silence is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEVELS = ("none", "weak", "okay", "very_good")
# What each part may add to the value at most, in points.
POINTS = {"recency": 31.5, "frequency": 22.5, "two_way": 18.0, "depth": 18.0, "usage": 10.0}
CUTS = (15.0, 40.0, 65.0)
MIDDLES = (7.5, 27.5, 52.5, 82.5)  # of each level, in points
WINDOW_DAYS = 180
RECENT, OFTEN, LASTING = 30.0, 60.0, 90.0  # half-lives in days
ENOUGH, TOPICS, ACTIVE = 4.0, 3, 8
OTHERS = 6
LEAST_SURE = 0.2  # below it there is no level
SURE = 0.4  # from here on it is said beside a rating
APART = 2  # levels
ORDINARY = 1.0  # levels by which two words on one relationship commonly differ
GRACE, HALVES = (
    30.0,
    90.0,
)  # days in which a rating loses nothing, and then half of its evidence: as in the score
DEPTH = {"meeting": 1.0, "event": 0.8, "call": 0.7, "chat": 0.4, "mail": 0.3}
BOTH = ("meeting", "event", "call")
SHARE = {"inbound": 1.0, "outbound": 0.0}

Floats = NDArray[np.float64]


class Told(Protocol):
    """What touches say of one person: the level (None for none to be told), its value 0..100, how sure 0..1."""

    @property
    def level(self) -> str | None: ...
    @property
    def value(self) -> float: ...
    @property
    def sure(self) -> float: ...


@dataclass(frozen=True)
class Inferred:
    """Per person, (n,): value 0..100, level (place in LEVELS, -1 for none to be told), how sure 0..1, and the five
    parts, each 0..1; ``days`` since the last touch (NaN without), ``touches`` in the window."""

    value: Floats
    level: NDArray[np.int64]
    sure: Floats
    recency: Floats
    frequency: Floats
    two_way: Floats
    depth: Floats
    usage: Floats
    days: Floats
    touches: NDArray[np.int64]


@dataclass(frozen=True)
class Met:
    """What the touches of n people sum to, (n,): ``days`` since the last one (NaN without), ``weight`` and what of it came
    from them (``theirs``), the greatest ``depth``, how many ``topics``, how many ``touches``."""

    days: Floats
    weight: Floats
    theirs: Floats
    depth: Floats
    topics: Floats
    touches: NDArray[np.int64]


def inferred_strength(touches: Any, *, account_touches: Any, active_days: Any) -> Inferred:
    """The inferred strength of n people.

    ``touches``: columns person (0..n-1), age_days, kind, direction (None where unknown) and topic (a touchpoint's key
    or ""), one row per person and touch; rows outside of the window are left out. ``account_touches``: (n,) touches
    of anyone at the person's account in the window, their own included. ``active_days``: (n,) days in the product.
    """
    met = met_of(touches, n=np.asarray(active_days).size)
    return strength_of(met, account_touches=account_touches, active_days=active_days)


def met_of(touches: Any, *, n: int) -> Met:
    """What these touches of ``inferred_strength`` sum to."""
    frame = pd.DataFrame(touches, columns=["person", "age_days", "kind", "direction", "topic"])
    frame = frame[frame["age_days"].between(0, WINDOW_DAYS)]
    age = frame["age_days"].astype(np.float64)
    weight = 0.5 ** (age / OFTEN)
    from_them = frame["direction"].map(SHARE).fillna(0.5).where(~frame["kind"].isin(BOTH), 0.5)
    rows = pd.DataFrame(
        {
            "person": frame["person"].astype(np.int64),
            "age": age,
            "weight": weight,
            "theirs": weight * from_them.astype(np.float64),
            "depth": frame["kind"].map(DEPTH).fillna(DEPTH["mail"]).astype(np.float64)
            * 0.5 ** (age / LASTING),
            "topic": frame["topic"].where(frame["topic"] != "", None),
        }
    )
    grouped = rows.groupby("person").agg(
        days=("age", "min"),
        weight=("weight", "sum"),
        theirs=("theirs", "sum"),
        depth=("depth", "max"),
        topics=("topic", "nunique"),
        touches=("age", "size"),
    )
    found = grouped.reindex(np.arange(n))
    weights, theirs, depth, topics = (
        found[["weight", "theirs", "depth", "topics"]].fillna(0).to_numpy(np.float64).T
    )
    touched = found["touches"].fillna(0).to_numpy(np.int64)
    return Met(found["days"].to_numpy(np.float64), weights, theirs, depth, topics, touched)


def strength_of(met: Met, *, account_touches: Any, active_days: Any) -> Inferred:
    """The inferred strength of n people from what their touches sum to; the rest as for ``inferred_strength``."""
    active = np.asarray(active_days, dtype=np.float64)
    ago = np.where(np.isnan(met.days), np.inf, met.days)
    recency = 0.5 ** (ago / RECENT)
    frequency = np.minimum(met.weight / ENOUGH, 1)
    share = np.divide(met.theirs, met.weight, out=np.zeros_like(met.weight), where=met.weight > 0)
    two_way = (1 - np.abs(2 * share - 1)) * 0.5 ** (ago / LASTING)
    depth = 0.75 * met.depth + 0.25 * np.minimum(met.topics / TOPICS, 1)
    usage = np.clip(active / ACTIVE, 0, 1)
    value = 90 * (0.35 * recency + 0.25 * frequency + 0.20 * two_way + 0.20 * depth) + 10 * usage
    others = np.minimum(np.asarray(account_touches, dtype=np.float64) - met.touches, OTHERS)
    sure = 1 - np.exp(-(met.touches + np.maximum(others, 0) / 3) / 3)
    level = np.where(sure < LEAST_SURE, -1, np.searchsorted(CUTS, value, side="right"))
    return Inferred(value, level, sure, recency, frequency, two_way, depth, usage, met.days, met.touches)


def divergence(human: str | None, found: Told, *, age_days: float = 0.0) -> int:
    """How many levels the human's word, ``age_days`` old, lies above (positive) or below what the touches say; 0 unless
    it is two or more, and both are evidence enough."""
    if human is None or found.level is None:
        return 0
    said, level = LEVELS.index(human), LEVELS.index(found.level)
    return int(divergences(said, level, weight(human, found, age_days=age_days)))


def weight(human: str, found: Told, *, age_days: float) -> float:
    """What is left of the difference, in levels, by how sure the touches are and how old the rating is."""
    return float(weights(LEVELS.index(human), found.value, found.sure, age_days))


def divergences(said: Any, level: Any, weight: Any) -> Any:
    """``divergence`` of n people: from the human's level, the inferred one (-1: none), and ``weights``."""
    apart = np.asarray(said) - level
    telling = (np.asarray(level) >= 0) & (np.abs(apart) >= APART) & (np.asarray(weight) > ORDINARY)
    return np.where(telling, apart, 0)


def weights(said: Any, value: Any, sure: Any, age_days: Any) -> Any:
    """``weight`` of n people: from the human's level, and what ``Inferred`` calls value and sure."""
    place = np.interp(value, MIDDLES, range(len(LEVELS)))
    held = 0.5 ** (np.maximum(0.0, np.asarray(age_days) - GRACE) / HALVES)
    return np.abs(said - place) * sure * held
