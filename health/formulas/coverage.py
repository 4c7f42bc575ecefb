"""Relationship coverage of an account: how much of its influence knows us, and what if someone leaves.

The model's section 5, over the same roster and the same ageing as the relationship measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from health.formulas.frames import Bools, Floats, Ints, over, segment_sum
from health.formulas.measures import freshness
from health.formulas.people import Roster
from health.formulas.scorecard import ROLES, Card

COVERED = 0.5
TOP_SHARE = 0.6
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of n cases. Percentages 0..100; NaN where nobody counts."""

    coverage: Floats
    headcount: Floats
    role_coverage: Floats  # 0 where nobody counts
    threads: Ints
    effective_threads: Floats
    top_share: Floats  # 0..1
    top_person: Ints  # row of the roster, -1 for none
    single_threaded: Bools
    if_top_leaves: Floats
    role_covered: Bools  # (9, n) by ROLES: held by a covered persona
    strength: Floats  # (p,) S_i of the roster's people, 0 for those who do not count
    covered: Bools  # (p,) S_i >= 0.5
    person_share: Floats  # (p,) p_i, sums to 1 where anyone is known
    if_leaves: Floats  # (p,) what coverage becomes if this person leaves


def read_coverage(card: Card, roster: Roster) -> Coverage:
    """The coverage of every case of a roster."""
    n, case = roster.n, roster.case
    strength = _strength(card, roster)
    covered = np.round(strength, DIGITS) >= COVERED
    weighted = roster.influence * strength
    total = segment_sum(case, roster.influence * roster.counts, n)
    total += segment_sum(roster.seat_case, roster.seat_influence * roster.seat_vacant, n)
    known = segment_sum(case, weighted, n)
    top_person, top = _largest(case, weighted, n)
    threads = np.bincount(case[covered], minlength=n)
    safe = np.where(known > 0, known, 1.0)
    person_share = weighted / safe[case]
    squares = segment_sum(case, person_share**2, n)
    top_share = np.where(known > 0, top / safe, 0.0)
    somebody = roster.counted > 0
    role_covered = np.zeros((len(ROLES), n), dtype=np.bool_)
    role_covered[roster.role[covered], case[covered]] = True
    return Coverage(
        coverage=_percent(known, total, somebody),
        headcount=_percent(threads, roster.counted, somebody),
        role_coverage=_role_coverage(roster.required.T, role_covered, somebody),
        threads=threads,
        effective_threads=over(np.ones(n), squares),
        top_share=top_share,
        top_person=top_person,
        single_threaded=(threads <= 1) | (np.round(top_share, DIGITS) > TOP_SHARE),
        if_top_leaves=_percent(known - top, total, somebody),
        role_covered=role_covered,
        strength=strength,
        covered=covered,
        person_share=person_share,
        if_leaves=_percent((known[case] - weighted), total[case], somebody[case]),
    )


def no_thread_probability(
    threads: Ints, departures: Floats | float, person_years: Floats | float, months: Floats | float = 12.0
) -> Floats:
    """P(no thread left in `months`) = h^threads with h = 1 - (1 - a)^(months / 12); 1 without a thread.

    a = min(1, (departures + 2) / (person_years + 10)) is the yearly chance that a persona leaves, from the
    departures and person-years of the last 24 months (scalars or (n,)); months likewise, NaN where unknown.
    """
    yearly = yearly_departure(departures, person_years)
    gone = 1.0 - (1.0 - yearly) ** (np.asarray(months, dtype=np.float64) / 12.0)
    return np.asarray(np.where(threads > 0, gone**threads, 1.0), dtype=np.float64)


def yearly_departure(departures: Floats | float, person_years: Floats | float) -> Floats:
    """a = min(1, (departures + 2) / (person_years + 10)): the chance that a persona leaves within a year."""
    return np.minimum(1.0, (np.asarray(departures) + 2.0) / (np.asarray(person_years) + 10.0))


def _strength(card: Card, roster: Roster) -> Floats:
    """(p,) S_i = u_i f(age_i), u = 0, 1/3, 2/3, 1 by strength; 0 for the unrated."""
    share = np.clip(roster.value[0] / 3.0, 0.0, 1.0)
    aged = share * freshness(roster.age[0], *card.ageing["relationship"])
    return np.where(roster.counts & ~np.isnan(aged), aged, 0.0)


def _largest(case: Ints, weighted: Floats, n: int) -> tuple[Ints, Floats]:
    """Per case the row and size of the largest weight: the first row of equals, -1 and 0 for none."""
    person, top = np.full(n, -1), np.zeros(n)
    if case.size:
        starts = np.flatnonzero(np.append(True, case[1:] != case[:-1]))
        top[case[starts]] = np.maximum.reduceat(weighted, starts)
        rows = np.flatnonzero((weighted > 0) & (weighted == top[case]))[::-1]
        person[case[rows]] = rows
    return person, top


def _role_coverage(required: Bools, role_covered: Bools, somebody: Bools) -> Floats:
    asked = required.sum(axis=0)
    share = over(100 * (role_covered & required).sum(axis=0), asked)
    return np.where((asked == 0) & somebody, 100.0, share)


def _percent(part: Floats | Ints, whole: Floats | Ints, somebody: Bools) -> Floats:
    return np.where(somebody, 100.0 * over(part, whole, np.nan), np.nan)
