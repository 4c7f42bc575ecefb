"""Who counts, which seats stand empty, and who speaks for whom: the roster behind every people measure.

The model's section 1. A roster is sorted by case and persona, so that every sum over people is taken in
the same order whatever order the rows came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from health.formulas.frames import (
    BadFrame,
    Bools,
    Floats,
    Frame,
    Ints,
    bools,
    cases,
    codes,
    column,
    floats,
    newest,
    persona_numbers,
    ranks,
    segment_sum,
)
from health.formulas.scorecard import ROLES, Card

SLOTS = ("relationship", "brand", "product", "service")
STRENGTHS = ("none", "weak", "okay", "very_good")  # a strength's value is its position
SENTIMENTS = {"negative": -1, "neutral": 0, "positive": 1}


@dataclass(frozen=True, slots=True)
class Roster:
    """p people and s seats of n cases. Ratings are those of the one who speaks; NaN is unrated or cleared."""

    n: int
    case: Ints  # (p,) sorted
    persona: NDArray[Any]  # (p,) as given
    number: Ints  # (p,) the persona as an integer, ascending inside a case
    role: Ints  # (p,) position in ROLES
    influence: Floats  # (p,) 1..5
    active: Bools
    counts: Bools  # active and tracked
    value: Floats  # (4, p) by SLOTS: strength 0..3, facets -1..1
    age: Floats  # (4, p) days
    speaker: Ints  # (4, p) row of the ratings frame that speaks, -1 for none (a clearing row may speak)
    seat_case: Ints  # (s,) sorted
    seat_role: Ints
    seat_vacant: Bools  # True: someone held it and left; False: nobody ever held it
    seat_influence: Floats
    total: Floats  # (n,) influence of all who count, seats included
    counted: Ints  # (n,) personas who count
    present: Ints  # (n,) active personas
    required: Bools  # (n, 9) by ROLES: which roles the case must have

    def rows_of(self, frame: Frame) -> Ints:
        """The roster row of each row of a frame with `case` and `persona`; -1 where there is none."""
        case = cases(frame, self.n)
        number = _numbers_like(self, column(frame, "persona", ()))
        return _locate(self.case, self.number, case, number)

    def overall_sentiment(self) -> Floats:
        """(p,) -1 if any facet is negative, else 1 if any is positive, else 0; NaN if none is rated."""
        facets = self.value[1:]
        rated = ~np.isnan(facets).all(axis=0)
        mood = np.where((facets < 0).any(axis=0), -1.0, np.where((facets > 0).any(axis=0), 1.0, 0.0))
        return np.where(rated, mood, np.nan)


def read_roster(
    card: Card, n: int, people: Frame, ratings: Frame, tiers: Sequence[str | None] = ()
) -> Roster:
    """The roster of n cases from the frames `people` and `ratings` (columns: package docstring).

    tiers: of each case, or none at all; they say which roles are required.

    Raises BadFrame for a persona given twice in a case, or a role or slot that the model does not know.
    """
    case = cases(people, n)
    size = case.size
    persona = np.asarray(column(people, "persona", ()))
    number = persona_numbers(persona)
    order = _order(case, number)
    case, number, persona = case[order], number[order], persona[order]
    role = codes(people, "role", ROLES, size)[order]
    if (role < 0).any() or (role >= len(ROLES)).any():
        raise BadFrame("people: a role is not one of " + ", ".join(ROLES))
    own = floats(people, "influence", size)[order]
    influence = np.where(np.isnan(own), card.influence[role], own)
    active = bools(people, "active", size, default=True)[order]
    counts = active & bools(people, "tracked", size, default=True)[order]
    required = card.required_of(tiers, n)
    seat_case, seat_role, seat_vacant = _seats(required, case, role, counts, active)
    seat_influence = card.influence[seat_role]
    blank = np.full((len(SLOTS), size), np.nan)
    roster = Roster(
        n=n,
        case=case,
        persona=persona,
        number=number,
        role=role,
        influence=influence,
        active=active,
        counts=counts,
        value=blank,
        age=blank.copy(),
        speaker=np.full((len(SLOTS), size), -1),
        seat_case=seat_case,
        seat_role=seat_role,
        seat_vacant=seat_vacant,
        seat_influence=seat_influence,
        total=segment_sum(case, influence * counts, n) + segment_sum(seat_case, seat_influence, n),
        counted=np.bincount(case[counts], minlength=n),
        present=np.bincount(case[active], minlength=n),
        required=required,
    )
    _let_speak(card, roster, ratings)
    return roster


def _order(case: Ints, number: Ints) -> Ints | slice:
    """The order by case and persona; a slice where the rows already have it, as a loader's usually do."""
    same, next_case = case[1:] == case[:-1], case[1:] > case[:-1]
    if bool((next_case | (same & (number[1:] > number[:-1]))).all()):
        return slice(None)
    order = np.lexsort((number, case))
    case, number = case[order], number[order]
    if bool(((case[1:] == case[:-1]) & (number[1:] == number[:-1])).any()):
        raise BadFrame("people: a persona stands twice in one case")
    return order


def _seats(required: Bools, case: Ints, role: Ints, counts: Bools, active: Bools) -> tuple[Ints, Ints, Bools]:
    """Required roles that no counted persona holds: case, role, and whether someone held it and left."""
    held = np.zeros_like(required)
    left = np.zeros_like(required)
    held[case[counts], role[counts]] = True
    left[case[~active], role[~active]] = True
    seat_case, seat_role = np.nonzero(required & ~held)
    return seat_case, seat_role, left[seat_case, seat_role]


def _let_speak(card: Card, roster: Roster, ratings: Frame) -> None:
    """Fill value, age and speaker: the owner's newest within `speaker_days`, else the newest by anyone."""
    row = roster.rows_of(ratings)
    size = row.size
    if not size:
        return
    slot = codes(ratings, "slot", SLOTS, size)
    if (slot < 0).any() or (slot >= len(SLOTS)).any():
        raise BadFrame("ratings: a slot is not one of " + ", ".join(SLOTS))
    age = floats(ratings, "age_days", size)
    rank = ranks(ratings, size)
    rank = np.arange(size, dtype=np.float64) if rank is None else rank
    owner = bools(ratings, "by_owner", size) & (row >= 0)
    other = ~owner & (row >= 0)
    key = slot * roster.case.size + row
    mine, theirs = (_newest_row(key, age, rank, chosen, roster.speaker.size) for chosen in (owner, other))
    mine_age, theirs_age = (np.where(at >= 0, age[at], np.inf) for at in (mine, theirs))
    newer = (mine_age < theirs_age) | ((mine_age == theirs_age) & (rank[mine] > rank[theirs]))
    own = (mine >= 0) & (newer | (np.round(mine_age, 9) <= card.speaker_days))
    speaker = np.where(own, mine, theirs)
    value = np.where(speaker >= 0, floats(ratings, "value", size)[speaker], np.nan)
    roster.speaker.ravel()[:] = speaker
    roster.value.ravel()[:] = value
    roster.age.ravel()[:] = np.where(np.isnan(value), np.nan, age[speaker])


def _newest_row(key: Ints, age: Floats, rank: Floats, chosen: Bools, size: int) -> Ints:
    """(size,) the newest chosen row per key, -1 where there is none."""
    rows = np.flatnonzero(chosen)
    table = np.full(size, -1)
    pick = rows[newest(key[rows], age[rows], rank[rows], size)]
    table[key[pick]] = pick
    return table


def _numbers_like(roster: Roster, persona: Any) -> Ints:
    """Personas of another frame as the roster's integers; -1 for one it does not know."""
    array = np.asarray(persona)
    if not array.size or (array.dtype.kind in "iu" and roster.persona.dtype.kind in "iu"):
        return array.astype(np.int64)
    known, mine = np.unique(roster.number, return_index=True)
    if not known.size:
        return np.full(array.size, -1)
    number_of = dict(zip(roster.persona[mine].tolist(), known.tolist(), strict=True))
    return np.array([number_of.get(key, -1) for key in array.tolist()], dtype=np.int64)


def _locate(case: Ints, number: Ints, wanted_case: Ints, wanted: Ints) -> Ints:
    """Positions of (case, number) pairs among sorted ones; -1 where absent."""
    if not case.size or not wanted.size:
        return np.full(wanted.size, -1)
    width = max(int(number.max()), int(wanted.max())) + 1
    have, want = case * width + number, wanted_case * width + wanted
    at = np.minimum(np.searchsorted(have, want), have.size - 1)
    return np.where((have[at] == want) & (wanted >= 0), at, -1)
