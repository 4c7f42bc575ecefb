"""Measures combined into scores, and split down to the person.

The model's section 3. Everything shown as a sum is one: parts add up to score - 50, and people to
their measure's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from health.formulas import bands
from health.formulas.coverage import Coverage, read_coverage
from health.formulas.frames import EMPTY, Bools, Floats, Frame, Ints, bools, codes, column, over
from health.formulas.measures import (
    NEUTRAL,
    Reading,
    read_answers,
    read_latest,
    read_relationship,
    read_sentiment,
)
from health.formulas.people import Roster, read_roster
from health.formulas.scorecard import AXES, BANDS, Card

USAGE = ("frequency", "breadth", "trend")


@dataclass(frozen=True, slots=True)
class Combined:
    """One score over a set of measures, for n cases."""

    score: Floats  # (n,) 0..100
    evidence: Floats  # (n,) W
    divisor: Floats  # (n,) D
    omega: Floats  # (K, n)
    part: Floats  # (K, n) omega (x - 50); sums to score - 50


def combine(weight: Floats, x: Floats, f: Floats, thin: float) -> Combined:
    """Score of n cases. weight: (K,), sums to 1 (or 0); x: (K, n), NaN missing; f: (K, n); thin: L, 0..1.

    Summed measure by measure, so that a case has the same digits alone and among a million.
    """
    n = f.shape[1]
    evidence = np.zeros(n)
    for k in range(weight.size):
        evidence += weight[k] * f[k]
    evidence = np.minimum(evidence, 1.0)
    divisor = evidence + thin * (1.0 - evidence)
    omega = over(weight[:, None] * f, divisor)
    part = omega * (np.where(np.isnan(x), NEUTRAL, x) - NEUTRAL)
    score = np.full(n, NEUTRAL)
    for k in range(weight.size):
        score += part[k]
    return Combined(np.clip(score, 0.0, 100.0), evidence, divisor, omega, part)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything the model says about n cases. Shapes: (n,) per case, (K, n) per measure and case."""

    card: Card
    roster: Roster
    readings: tuple[Reading, ...]  # (K,)
    health: Combined
    axes: tuple[Combined, Combined]  # by AXES, over all K measures with the other axis at weight 0
    coverage: Coverage
    age_days: Floats  # (n,) mean age of the evidence, NaN without any
    band: Ints  # (n,) position in BANDS: hysteresis and evidence, neither flags nor override (band_computed)
    band_shown: Ints  # (n,) flags and override included
    quadrant: Ints  # (n,) position in QUADRANTS
    flags: Bools  # (8, n) by FLAGS

    @property
    def n(self) -> int:
        return self.roster.n

    def stacked(self, name: str) -> NDArray[Any]:
        """One field of all readings (raw, x, f, age_days, answered, asked) as (K, n)."""
        return np.stack([getattr(reading, name) for reading in self.readings])


def assess(
    card: Card,
    n: int,
    *,
    people: Frame = EMPTY,
    ratings: Frame = EMPTY,
    observations: Frame = EMPTY,
    answers: Frame = EMPTY,
    facts: Frame = EMPTY,
) -> Assessment:
    """Scores, bands, flags and coverage of n cases from frames (columns: package docstring).

    Raises BadFrame where columns are missing, unequal, or name something the model does not know.
    """
    roster = read_roster(card, n, people, ratings, column(facts, "tier", ()))
    found = read_latest(card, n, observations) | read_answers(card, roster, answers)
    for key, read in (("relationship", read_relationship), ("sentiment", read_sentiment)):
        if key in card.keys:
            found[card.keys.index(key)] = read(card, roster)
    readings = tuple(found[k] for k in range(len(card.keys)))
    x, f = np.stack([r.x for r in readings]), np.stack([r.f for r in readings])
    health = combine(card.weight, x, f, card.thin)
    axes = [combine(np.where(card.axis == a, card.inside, 0.0), x, f, card.thin) for a in range(len(AXES))]
    coverage = read_coverage(card, roster)
    used = np.zeros(n, dtype=np.bool_)
    for k, key in enumerate(card.keys):
        used |= (readings[k].f > 0) & (key in USAGE)
    flags = bands.raise_flags(card, roster, facts, coverage.threads, used)
    band, quadrant = _placed(card, health, axes, facts)
    return Assessment(
        card=card,
        roster=roster,
        readings=readings,
        health=health,
        axes=(axes[0], axes[1]),
        coverage=coverage,
        age_days=_mean_age(card, readings, health.evidence),
        band=band,
        band_shown=bands.show_bands(card, band, flags, facts),
        quadrant=quadrant,
        flags=flags,
    )


def _placed(card: Card, health: Combined, axes: Sequence[Combined], facts: Frame) -> tuple[Ints, Ints]:
    n = health.score.size
    forget = bools(facts, "new_version", n)
    before = np.maximum(codes(facts, "previous_band", BANDS, n), 0)
    band = bands.place_bands(card, health.score, health.evidence, np.where(forget, 0, before))
    before = np.maximum(codes(facts, "previous_quadrant", bands.QUADRANTS, n), 0)
    behaviour, emotion = ((axis.score, axis.evidence) for axis in axes)
    return band, bands.place_quadrants(card, behaviour, emotion, np.where(forget, 0, before))


def _mean_age(card: Card, readings: Sequence[Reading], evidence: Floats) -> Floats:
    total = np.zeros(evidence.size)
    for weight, reading in zip(card.weight, readings, strict=True):
        total += np.where(reading.f > 0, weight * reading.f * reading.age_days, 0.0)
    return over(total, evidence, np.nan)


@dataclass(frozen=True, slots=True)
class Parts:
    """One row per person or seat behind a measure, sorted by case, then measure, then person, seats last."""

    case: Ints
    measure: Ints  # position in card.keys
    person: Ints  # row of the roster, -1 for a seat
    seat: Ints  # position in ROLES, -1 for a person
    contribution: Floats  # points of health; they sum to the measure's part


def split_people(assessment: Assessment) -> Parts:
    """The parts of all people and answers measures, down to the person, exactly."""
    roster, none = assessment.roster, np.zeros(0, dtype=np.int64)
    rows: list[Parts] = [Parts(none, none, none, none, np.zeros(0))]
    for k, reading in enumerate(assessment.readings):
        if (share := reading.shares) is None:
            continue
        scale = assessment.card.weight[k] * over(np.ones(roster.n), share.total * assessment.health.divisor)
        person = np.append(share.row, np.full(share.seat.size, -1))
        seat = np.append(np.full(share.row.size, -1), roster.seat_role[share.seat])
        case = np.append(roster.case[share.row], roster.seat_case[share.seat])
        points = np.append(share.weight * share.lift, share.seat_weight * share.seat_lift)
        rows.append(Parts(case, np.full(case.size, k), person, seat, scale[case] * points))
    case = np.concatenate([part.case for part in rows])
    order = np.argsort(case, kind="stable")
    return Parts(
        case[order],
        np.concatenate([part.measure for part in rows])[order],
        np.concatenate([part.person for part in rows])[order],
        np.concatenate([part.seat for part in rows])[order],
        np.concatenate([part.contribution for part in rows])[order],
    )
