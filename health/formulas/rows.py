"""An assessment as plain rows, in the shapes that the REST resources and the stored parts share.

Every function answers a list with one entry per case; numbers are Python's own, and missing is None.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from health.formulas.coverage import no_thread_probability
from health.formulas.frames import Floats, Ints
from health.formulas.score import Assessment, split_people
from health.formulas.scorecard import AXES, BANDS, FLAGS, ROLES, UNCAPPED


def measure_rows(state: Assessment, names: NDArray[Any] | None = None) -> list[list[dict[str, Any]]]:
    """Per case its measures as in the contract's `measures`, people and seats inside.

    names: (p,) what to call each roster row's persona, by default the persona as given. `answered` is
    {"k", "n"} of people, None for an account's own measure; contributions sum to score - 50.
    """
    columns = [
        zip(
            plain(reading.raw),
            plain(reading.x),
            reading.f.tolist(),
            state.health.part[k].tolist(),
            plain(reading.age_days),
            reading.answered.tolist(),
            reading.asked.tolist(),
            strict=True,
        )
        for k, reading in enumerate(state.readings)
    ]
    rows: list[list[dict[str, Any]]] = [[] for _ in range(state.n)]
    for k, column in enumerate(columns):
        fixed = {"key": state.card.keys[k], "axis": AXES[state.card.axis[k]]}
        weight, of_people = float(state.card.weight[k]), state.readings[k].shares is not None
        for case, (raw, x, f, part, age, answered, asked) in enumerate(column):
            rows[case].append(fixed | {
                "raw": raw,
                "value": x,
                "evidence": f,
                "weight": weight,
                "contribution": part,
                "age_days": age,
                "answered": {"k": answered, "n": asked} if of_people else None,
                "personas": [],
            })  # fmt: skip
    _add_people(state, rows, state.roster.persona if names is None else names)
    return rows


def _add_people(state: Assessment, rows: list[list[dict[str, Any]]], names: NDArray[Any]) -> None:
    parts = split_people(state)
    called = [*names.tolist(), None]
    seats = [*ROLES, None]
    listed = zip(
        parts.case.tolist(),
        parts.measure.tolist(),
        parts.person.tolist(),
        parts.seat.tolist(),
        parts.contribution.tolist(),
        strict=True,
    )
    for case, measure, person, seat, contribution in listed:
        row = {"persona": called[person], "seat": seats[seat], "contribution": contribution}
        rows[case][measure]["personas"].append(row)


def flag_rows(state: Assessment) -> list[list[dict[str, Any]]]:
    """Per case the flags that are up: {"code", "cap"}, cap None where the flag caps nothing."""
    rows: list[list[dict[str, Any]]] = [[] for _ in range(state.n)]
    caps = [None if cap == UNCAPPED else BANDS[cap] for cap in state.card.caps.tolist()]
    for flag, case in zip(*(found.tolist() for found in np.nonzero(state.flags)), strict=True):
        rows[case].append({"code": FLAGS[flag], "cap": caps[flag]})
    return rows


def coverage_rows(
    state: Assessment,
    departures: Floats | float,
    person_years: Floats | float,
    names: NDArray[Any] | None = None,
) -> list[dict[str, Any]]:
    """Per case its coverage as in the contract, for 12 months and the departures of the last 24.

    `missing_roles` are the required roles without a covered holder; `people` those who count, each with its
    strength S (0..1), whether it is covered and its share of the account's influence times strength.
    """
    cover, called = state.coverage, state.roster.persona if names is None else names
    columns = {
        "coverage": plain(cover.coverage),
        "headcount": plain(cover.headcount),
        "role_coverage": cover.role_coverage.tolist(),
        "if_top_leaves": plain(cover.if_top_leaves),
        "threads": cover.threads.tolist(),
        "effective_threads": cover.effective_threads.tolist(),
        "top_share": cover.top_share.tolist(),
        "single_threaded": cover.single_threaded.tolist(),
        "p_no_thread": no_thread_probability(cover.threads, departures, person_years).tolist(),
        "top_persona": _named(called, cover.top_person),
    }
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    missing = (state.roster.required & ~cover.role_covered.T).tolist()
    for row, lacking in zip(rows, missing, strict=True):
        row["missing_roles"] = [role for role, lacks in zip(ROLES, lacking, strict=True) if lacks]
        row["people"] = []
    _add_covered(state, rows, called)
    return rows


def _add_covered(state: Assessment, rows: list[dict[str, Any]], called: NDArray[Any]) -> None:
    counted = np.flatnonzero(state.roster.counts)
    listed = zip(
        state.roster.case[counted].tolist(),
        called[counted].tolist(),
        state.coverage.strength[counted].tolist(),
        state.coverage.covered[counted].tolist(),
        state.coverage.person_share[counted].tolist(),
        plain(state.coverage.if_leaves[counted]),
        strict=True,
    )
    for case, persona, strength, covered, share, if_leaves in listed:
        row = {
            "persona": persona,
            "strength": strength,
            "covered": covered,
            "share": share,
            "if_leaves": if_leaves,
        }
        rows[case]["people"].append(row)


def _named(called: NDArray[Any], person: Ints) -> list[Any]:
    names = [*called.tolist(), None]
    return [names[row] for row in person.tolist()]


def plain(values: Floats) -> list[float | None]:
    """Floats as a list, NaN as None."""
    listed: list[float | None] = values.tolist()
    for position in np.flatnonzero(np.isnan(values)).tolist():
        listed[position] = None
    return listed
