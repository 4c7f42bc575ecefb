"""An assessment as the plain rows that are stored and sent."""

from __future__ import annotations

import json

import numpy as np
import pytest

from health import formulas
from tests.health.larkspur import CARD, larkspur, people_frame


def test_measures_are_rows_whose_parts_and_people_add_up() -> None:
    state = larkspur()
    (rows,) = formulas.measure_rows(state)
    assert [row["key"] for row in rows] == list(CARD.keys)
    assert abs(50 + sum(row["contribution"] for row in rows) - state.health.score[0]) < 1e-9
    for row in rows:
        if row["answered"] is not None:
            people = sum(person["contribution"] for person in row["personas"])
            assert abs(people - row["contribution"]) < 1e-9


def test_a_row_says_what_the_contract_names() -> None:
    rows = {row["key"]: row for row in formulas.measure_rows(larkspur())[0]}
    assert rows["nps"] | {"contribution": 0, "evidence": 0, "personas": 0} == {
        "key": "nps",
        "axis": "emotional",
        "raw": pytest.approx(8),
        "value": pytest.approx(80),
        "evidence": 0,
        "weight": pytest.approx(0.05),
        "contribution": 0,
        "age_days": pytest.approx(120),
        "answered": {"k": 1, "n": 5},
        "personas": 0,
    }
    assert rows["frequency"]["answered"] is None
    assert rows["frequency"]["raw"] == 0.42
    assert [rows["ces"][name] for name in ("raw", "value", "age_days")] == [None, None, None]


def test_a_vacant_seat_is_a_row_of_its_own() -> None:
    state = larkspur(people=people_frame(left=("ines", "dana")))
    rows = {row["key"]: row for row in formulas.measure_rows(state)[0]}
    seats = [person for person in rows["relationship"]["personas"] if person["seat"]]
    assert [(seat["persona"], seat["seat"]) for seat in seats] == [(None, "champion")]
    assert seats[0]["contribution"] < 0


def test_personas_may_be_called_by_other_names() -> None:
    state = larkspur()
    names = np.array([name.upper() for name in state.roster.persona])
    rows = {row["key"]: row for row in formulas.measure_rows(state, names)[0]}
    called = [person["persona"] for person in rows["relationship"]["personas"]]
    assert called == ["DANA", "ELI", "FARID", "GITA"]


def test_flags_carry_their_cap() -> None:
    state = formulas.assess(CARD, 2, facts={"critical_escalation": [False, True]})
    assert formulas.flag_rows(state) == [
        [{"code": "unrated", "cap": "watch"}, {"code": "no_personas", "cap": None}],
        [
            {"code": "unrated", "cap": "watch"},
            {"code": "critical_escalation", "cap": "watch"},
            {"code": "no_personas", "cap": None},
        ],
    ]


def test_coverage_is_one_row_with_its_people() -> None:
    (row,) = formulas.coverage_rows(larkspur(), 0, 0)
    assert row["coverage"] == pytest.approx(50.078964, abs=1e-6)
    assert row["p_no_thread"] == pytest.approx(0.04)
    assert row["top_persona"] == "dana"
    assert row["missing_roles"] == ["economic_buyer", "technical_owner"]
    assert [person["persona"] for person in row["people"]] == ["dana", "eli", "farid", "gita", "hugo"]
    assert [person["covered"] for person in row["people"]] == [True, False, False, True, False]
    assert sum(person["share"] for person in row["people"]) == pytest.approx(1)


def test_rows_are_json_without_nan() -> None:
    state = formulas.assess(CARD, 1)
    rows = [formulas.measure_rows(state), formulas.coverage_rows(state, 0, 0), formulas.flag_rows(state)]
    assert json.loads(json.dumps(rows, allow_nan=False))[1][0]["coverage"] is None
