"""Why a score moved between two moments, or between two scorecards: exactly, down to the person.

The model's section 3. The two parts of every measure sum to the change of the score, and the causes of
people to their measure's two parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from health.formulas.frames import Floats, Ints, persona_numbers
from health.formulas.measures import NEUTRAL
from health.formulas.score import Assessment, split_people
from health.formulas.scorecard import ROLES


@dataclass(frozen=True, slots=True)
class Change:
    """Why n cases moved. keys: the M measures of either side, those of the earlier first."""

    keys: tuple[str, ...]
    delta: Floats  # (n,) score after - before
    value_part: Floats  # (M, n)
    evidence_part: Floats  # (M, n)
    case: Ints  # (c,) one row per case, measure and person or seat, sorted so, seats first
    measure: Ints  # (c,) position in keys
    persona: NDArray[Any]  # (c,) as given, None for a seat
    seat: Ints  # (c,) position in ROLES, -1 for a person
    cause: Floats  # (c,) contribution after - before, absent = 0


def split_change(before: Assessment, after: Assessment) -> Change:
    """The exact causes of the change of the same n cases. Both sides name personas in the same way.

    Value part = mean(omega) dx, evidence part = (mean(x) - 50) d(omega); x = 50 and omega = 0 where absent.
    """
    keys = tuple(dict.fromkeys(before.card.keys + after.card.keys))
    x0, omega0 = _aligned(before, keys)
    x1, omega1 = _aligned(after, keys)
    case, measure, persona, seat, cause = _causes(before, after, keys)
    return Change(
        keys=keys,
        delta=after.health.score - before.health.score,
        value_part=(omega0 + omega1) / 2 * (x1 - x0),
        evidence_part=((x0 + x1) / 2 - NEUTRAL) * (omega1 - omega0),
        case=case,
        measure=measure,
        persona=persona,
        seat=seat,
        cause=cause,
    )


def _aligned(side: Assessment, keys: tuple[str, ...]) -> tuple[Floats, Floats]:
    """x and omega (M, n) of one side over the measures of both."""
    x, omega = np.full((len(keys), side.n), NEUTRAL), np.zeros((len(keys), side.n))
    rows = [keys.index(key) for key in side.card.keys]
    own = side.stacked("x")
    x[rows] = np.where(np.isnan(own), NEUTRAL, own)
    omega[rows] = side.health.omega
    return x, omega


def _causes(
    before: Assessment, after: Assessment, keys: tuple[str, ...]
) -> tuple[Ints, Ints, NDArray[Any], Ints, Floats]:
    """Contributions of both sides, the earlier negated, summed per case, measure and person or seat."""
    sides = (before, after)
    parts = [split_people(side) for side in sides]
    known = np.concatenate([side.roster.persona.astype(object) for side in sides])
    number, offset = persona_numbers(known), before.roster.case.size
    width = int(number.max(initial=-1)) + 1 + len(ROLES)  # seats stand before all personas
    who, measure, case, amount = [], [], [], []
    for side, part, start, sign in zip(sides, parts, (0, offset), (-1.0, 1.0), strict=True):
        place = np.array([keys.index(key) for key in side.card.keys], dtype=np.int64)
        numbers = np.append(number[start : start + side.roster.case.size], 0)
        who.append(np.where(part.seat >= 0, part.seat, numbers[part.person] + len(ROLES)))
        measure.append(place[part.measure])
        case.append(part.case)
        amount.append(sign * part.contribution)
    key = (np.concatenate(case) * len(keys) + np.concatenate(measure)) * width + np.concatenate(who)
    found, inverse = np.unique(key, return_inverse=True)
    cause = np.bincount(inverse, weights=np.concatenate(amount), minlength=found.size).astype(np.float64)
    one, rest = found % width, found // width
    seat = np.where(one < len(ROLES), one, -1)
    return rest // len(keys), rest % len(keys), _names(known, number, one - len(ROLES)), seat, cause


def _names(known: NDArray[Any], number: Ints, wanted: Ints) -> NDArray[Any]:
    """The personas behind numbers, as given; None for a number below 0."""
    unique, first = np.unique(number, return_index=True)
    names = np.full(wanted.size, None, dtype=object)
    person = wanted >= 0
    names[person] = known[first[np.searchsorted(unique, wanted[person])]]
    return names
