"""One assessment told of in two: cases that share a scorecard are assessed in one call, which costs little more for
two moments of an account than for one.

Rosters are sorted by case, so that each half is a slice of the whole, digit for digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from health.formulas.coverage import Coverage
from health.formulas.frames import Ints
from health.formulas.measures import Reading, Shares
from health.formulas.people import Roster
from health.formulas.score import Assessment, Combined

SEATS = ("seat_case", "seat_role", "seat_vacant", "seat_influence")
CASES = ("total", "counted", "present")
PEOPLE = ("case", "persona", "number", "role", "influence", "active", "counts", "value", "age", "speaker")
COVERED = ("strength", "covered", "person_share", "if_leaves")  # of a person; all else of a case


def halves(whole: Assessment) -> tuple[Assessment, Assessment]:
    """The earlier n of 2n cases, and the later n. Speakers stay rows of the ratings of all of them."""
    n = whole.n // 2
    return _part(whole, slice(0, n)), _part(whole, slice(n, 2 * n))


def _part(whole: Assessment, cases: slice) -> Assessment:
    rows, seats = _within(whole.roster.case, cases), _within(whole.roster.seat_case, cases)
    return replace(
        whole,
        roster=_roster(whole.roster, cases, rows, seats),
        readings=tuple(_reading(reading, cases, rows, seats) for reading in whole.readings),
        health=_combined(whole.health, cases),
        axes=(_combined(whole.axes[0], cases), _combined(whole.axes[1], cases)),
        coverage=_coverage(whole.coverage, cases, rows),
        **_cut(whole, ("age_days", "band", "band_shown", "quadrant", "flags"), cases),
    )


def _within(numbers: Ints, wanted: slice) -> slice:
    """Where the sorted numbers lie that a slice of them names."""
    start, stop = np.searchsorted(numbers, (wanted.start, wanted.stop)).tolist()
    return slice(start, stop)


def _cut(whole: Any, names: Iterable[str], where: slice) -> dict[str, Any]:
    """Fields by name, cut along their last axis."""
    return {name: getattr(whole, name)[..., where] for name in names}


def _roster(roster: Roster, cases: slice, rows: slice, seats: slice) -> Roster:
    cut = _cut(roster, PEOPLE, rows) | _cut(roster, SEATS, seats) | _cut(roster, CASES, cases)
    cut["case"] = cut["case"] - cases.start
    cut["seat_case"] = cut["seat_case"] - cases.start
    return Roster(n=cases.stop - cases.start, required=roster.required[cases], **cut)


def _reading(reading: Reading, cases: slice, rows: slice, seats: slice) -> Reading:
    cut = _cut(reading, ("raw", "x", "f", "age_days", "answered", "asked"), cases)
    return Reading(**cut, shares=reading.shares and _shares(reading.shares, cases, rows, seats))


def _shares(shares: Shares, cases: slice, rows: slice, seats: slice) -> Shares:
    people, empty = _within(shares.row, rows), _within(shares.seat, seats)
    return Shares(
        row=shares.row[people] - rows.start,
        seat=shares.seat[empty] - seats.start,
        total=shares.total[cases],
        **_cut(shares, ("weight", "lift"), people),
        **_cut(shares, ("seat_weight", "seat_lift"), empty),
    )


def _combined(whole: Combined, cases: slice) -> Combined:
    return Combined(**_cut(whole, (one.name for one in fields(Combined)), cases))


def _coverage(whole: Coverage, cases: slice, rows: slice) -> Coverage:
    of_cases = [one.name for one in fields(Coverage) if one.name not in COVERED]
    cut = _cut(whole, of_cases, cases) | _cut(whole, COVERED, rows)
    top = cut["top_person"]
    return Coverage(**cut | {"top_person": np.where(top < 0, -1, top - rows.start)})
