"""From values to a measure: x (0..100) and f (its evidence, 0..1), for the three kinds of measure.

The model's section 1. Missing is never zero: a measure that nobody has evidence for has f = 0 and x = NaN,
and counts as 50 with no weight. Old evidence loses weight, not value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from health.formulas.frames import Floats, Frame, Ints, cases, codes, floats, newest, over, ranks, segment_sum
from health.formulas.people import Roster
from health.formulas.scorecard import Card

NEUTRAL = 50.0
MOST_HALVINGS = 200.0


def normalise(value: Floats, floor: float, target: float) -> Floats:
    """x = 100 clip((v - floor) / (target - floor), 0, 1); floor > target inverts; NaN stays NaN."""
    return 100.0 * np.clip((value - floor) / (target - floor), 0.0, 1.0)


def freshness(age_days: Floats, grace: float, half_life: float) -> Floats:
    """f = 2^(-max(0, age - grace) / half-life): 1 within the grace, then halves every half-life (days).

    It stops halving at 2^-200, so that no quotient of weights ever meets a number too small to divide by.
    """
    return np.exp2(-np.minimum(np.maximum(0.0, age_days - grace) / half_life, MOST_HALVINGS))


@dataclass(frozen=True, slots=True)
class Shares:
    """Who is behind one measure: roster rows (r,) and seats (s,), each with w f and x - 50."""

    row: Ints  # (r,) rows of the roster with evidence
    weight: Floats  # (r,) w f
    lift: Floats  # (r,) x - 50
    seat: Ints  # (s,) rows of the roster's seats with evidence
    seat_weight: Floats
    seat_lift: Floats
    total: Floats  # (n,) what w f is divided by, so that (w f / total) lift sums to f (x - 50) per case


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure for n cases. x, raw and age_days are NaN where it is missing; f is 0 there."""

    raw: Floats  # own unit
    x: Floats  # 0..100
    f: Floats  # 0..1
    age_days: Floats  # mean age of the evidence weighted by w f
    answered: Ints  # people with evidence
    asked: Ints  # people who could have any
    shares: Shares | None  # None for an account's own measure


def read_latest(card: Card, n: int, observations: Frame) -> dict[int, Reading]:
    """The account's own measures, by position in card.keys, from `observations` (package docstring)."""
    mine = [k for k, kind in enumerate(card.kinds) if kind == "latest"]
    value, age = latest_table(card, n, observations, cases(observations, n), mine, n)
    none = np.zeros(n, dtype=np.int64)
    readings = {}
    for at, k in enumerate(mine):
        x = normalise(value[at], card.floor[k], card.target[k])
        f = np.where(np.isnan(x), 0.0, freshness(age[at], card.grace[k], card.half_life[k]))
        readings[k] = Reading(value[at], np.where(f > 0, x, np.nan), f, age[at], none, none, None)
    return readings


def latest_table(
    card: Card, n: int, frame: Frame, row: Ints, mine: list[int], size: int
) -> tuple[Floats, Floats]:
    """Value and age (len(mine), size) of the newest row per measure and target; NaN: none or cleared.

    `row` (r,) is where each row of the frame belongs (0..size-1, or -1 for nowhere).
    """
    value = np.full((len(mine), size), np.nan)
    age = np.full((len(mine), size), np.nan)
    if not row.size or not mine:
        return value, age
    place = np.full(len(card.keys) + 1, -1)
    place[mine] = np.arange(len(mine))
    measure = place[codes(frame, "measure", card.keys, row.size)]
    kept = np.flatnonzero((measure >= 0) & (row >= 0))
    key = measure[kept] * size + row[kept]
    rank = ranks(frame, row.size)
    days = floats(frame, "age_days", row.size)[kept]
    pick = newest(key, days, None if rank is None else rank[kept], value.size)
    given = floats(frame, "value", row.size)[kept][pick]
    value.ravel()[key[pick]] = given
    age.ravel()[key[pick]] = np.where(np.isnan(given), np.nan, days[pick])
    return value, age


def read_relationship(card: Card, roster: Roster) -> Reading:
    """x_i = 0, 33.3, 66.7, 100 by strength; a vacant seat has x = 0, f = 1. Raw: mean strength 0..3."""
    grace, half_life = card.ageing["relationship"]
    value, age = roster.value[0], roster.age[0]
    row = np.flatnonzero(roster.counts & ~np.isnan(value))
    f = freshness(age[row], grace, half_life)
    x = np.clip(100.0 * value[row] / 3.0, 0.0, 100.0)
    seat = np.flatnonzero(roster.seat_vacant)
    return _people_reading(roster, row, f, x, age[row], x * 0.03, seat)


def read_sentiment(card: Card, roster: Roster) -> Reading:
    """x_i over the rated facets; a negative facet keeps its whole weight. Raw is the mean sentiment -1..1."""
    grace, half_life = card.ageing["sentiment"]
    row = np.flatnonzero(roster.counts & ~np.isnan(roster.value[1:]).all(axis=0))
    facet_value, facet_age = roster.value[1:, row], roster.age[1:, row]
    rated = ~np.isnan(facet_value)
    facet_f = np.where(facet_value < 0, 1.0, freshness(facet_age, grace, half_life))
    facet_f = np.where(rated, facet_f, 0.0)
    total = facet_f[0] + facet_f[1] + facet_f[2]
    safe = np.where(total > 0, total, 1.0)
    x_part = facet_f * np.where(rated, 50.0 * (np.clip(facet_value, -1.0, 1.0) + 1.0), 0.0)
    age_part = facet_f * np.where(rated, facet_age, 0.0)
    x = np.clip((x_part[0] + x_part[1] + x_part[2]) / safe, 0.0, 100.0)
    age = (age_part[0] + age_part[1] + age_part[2]) / safe
    f = total / rated.sum(axis=0)
    return _people_reading(roster, row, f, x, age, x / 50.0 - 1.0, np.zeros(0, dtype=np.int64))


def _people_reading(
    roster: Roster, row: Ints, f: Floats, x: Floats, age: Floats, raw: Floats, seat: Ints
) -> Reading:
    n, case = roster.n, roster.case[row]
    weight = roster.influence[row] * f
    seat_case, seat_weight = roster.seat_case[seat], roster.seat_influence[seat]
    shares = Shares(row, weight, x - NEUTRAL, seat, seat_weight, np.full(seat.size, -NEUTRAL), roster.total)
    seats = segment_sum(seat_case, seat_weight, n)
    evidence = segment_sum(case, weight, n) + seats
    lift = segment_sum(case, weight * shares.lift, n) - NEUTRAL * seats
    return Reading(
        raw=over(segment_sum(case, weight * raw, n), evidence, np.nan),
        x=np.clip(NEUTRAL + over(lift, evidence, np.nan), 0.0, 100.0),
        f=np.minimum(1.0, over(evidence, roster.total)),
        age_days=over(segment_sum(case, weight * age, n), evidence, np.nan),
        answered=np.bincount(case, minlength=n),
        asked=roster.counted,
        shares=shares,
    )


def read_answers(card: Card, roster: Roster, answers: Frame) -> dict[int, Reading]:
    """What people answered, by position in card.keys: over active personas, tracked or not; f = max f_i."""
    mine = [k for k, kind in enumerate(card.kinds) if kind == "answers"]
    target = roster.rows_of(answers)
    size = roster.case.size
    value, age = latest_table(card, roster.n, answers, target, mine, size)
    return {k: _answers_reading(card, roster, k, value[at], age[at]) for at, k in enumerate(mine)}


def _answers_reading(card: Card, roster: Roster, k: int, value: Floats, age: Floats) -> Reading:
    n = roster.n
    row = np.flatnonzero(roster.active & ~np.isnan(value))
    case, days = roster.case[row], age[row]
    f = freshness(days, card.grace[k], card.half_life[k])
    x = normalise(value[row], card.floor[k], card.target[k])
    weight = roster.influence[row] * f
    evidence = segment_sum(case, weight, n)
    newest_f = np.zeros(n)
    if row.size:
        starts = np.flatnonzero(np.append(True, case[1:] != case[:-1]))
        newest_f[case[starts]] = np.maximum.reduceat(f, starts)
    newest_f = np.where(evidence > 0, newest_f, 0.0)
    lift = over(segment_sum(case, weight * (x - NEUTRAL), n), evidence, np.nan)
    none = np.zeros(0, dtype=np.int64)
    return Reading(
        raw=over(segment_sum(case, weight * value[row], n), evidence, np.nan),
        x=np.clip(NEUTRAL + lift, 0.0, 100.0),
        f=newest_f,
        age_days=over(segment_sum(case, weight * days, n), evidence, np.nan),
        answered=np.bincount(case, minlength=n),
        asked=roster.present,
        shares=Shares(row, weight, x - NEUTRAL, none, np.zeros(0), np.zeros(0), over(evidence, newest_f)),
    )
