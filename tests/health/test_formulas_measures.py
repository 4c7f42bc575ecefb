"""Edges of the measures: what is missing, who counts, who speaks, and what an age does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from health import formulas
from health.formulas.frames import BadFrame
from tests.health.larkspur import CARD, PEOPLE, larkspur, people_frame

BODY = formulas.default_scorecard()
HEALTH = pytest.approx


def complete(best: bool, age: float = 0.0) -> formulas.Assessment:
    """Larkspur's five people with every measure at its best, or at its worst."""
    staff = [name for name in PEOPLE if name != "ines"]
    scaled = [row for row in BODY["measures"] if row["kind"] != "people"]
    value = {row["key"]: row["target" if best else "floor"] for row in scaled}
    latest = [row["key"] for row in scaled if row["kind"] == "latest"]
    asked = [row["key"] for row in scaled if row["kind"] == "answers"]
    high = {slot: (3.0 if slot == "relationship" else 1.0) for slot in formulas.SLOTS}
    low = {slot: (0.0 if slot == "relationship" else -1.0) for slot in formulas.SLOTS}
    said = high if best else low
    return formulas.assess(
        CARD,
        1,
        people=people_frame(),
        ratings=table([(0, name, slot, said[slot], age, True) for name in staff for slot in formulas.SLOTS]),
        observations={
            "case": [0] * len(latest),
            "measure": latest,
            "value": [value[key] for key in latest],
            "age_days": [age] * len(latest),
        },
        answers={
            "case": [0] * len(asked),
            "persona": ["dana"] * len(asked),
            "measure": asked,
            "value": [value[key] for key in asked],
            "age_days": [age] * len(asked),
        },
    )


def table(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = ("case", "persona", "slot", "value", "age_days", "by_owner")
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def test_everything_at_its_best_is_100_and_at_its_worst_0() -> None:
    best, worst = complete(best=True), complete(best=False)
    assert (best.health.score[0], best.health.evidence[0]) == (HEALTH(100), HEALTH(1))
    assert (worst.health.score[0], worst.health.evidence[0]) == (HEALTH(0), HEALTH(1))
    assert [formulas.BANDS[state.band[0]] for state in (best, worst)] == ["healthy", "at_risk"]


def test_nothing_known_is_50_and_unknown() -> None:
    state = formulas.assess(CARD, 1)
    assert (state.health.score[0], state.health.evidence[0]) == (50, 0)
    assert formulas.BANDS[state.band[0]] == "unknown"
    assert formulas.QUADRANTS[state.quadrant[0]] == "unplaced"
    assert np.isnan(state.age_days[0])
    assert not formulas.split_people(state).case.size


def test_only_frequency_at_target() -> None:
    observations = {"case": [0], "measure": ["frequency"], "value": [0.60], "age_days": [0]}
    state = formulas.assess(CARD, 1, observations=observations)
    assert state.health.score[0] == HEALTH(64.893617, abs=1e-6)
    assert state.health.evidence[0] == HEALTH(0.175)
    assert formulas.BANDS[state.band[0]] == "unknown"


@pytest.mark.parametrize(("thin", "expected"), [(0.0, 100.0), (1.0, 58.75)])
def test_thin_evidence_is_ignored_or_neutral_at_the_ends_of_l(thin: float, expected: float) -> None:
    card = formulas.read_scorecard(formulas.default_scorecard() | {"L": thin})
    observations = {"case": [0], "measure": ["frequency"], "value": [0.60], "age_days": [0]}
    assert formulas.assess(card, 1, observations=observations).health.score[0] == HEALTH(expected)
    assert formulas.assess(card, 1).health.score[0] == 50


def test_no_cases_are_no_rows() -> None:
    state = formulas.assess(CARD, 0)
    assert state.health.score.shape == (0,)
    assert state.flags.shape == (len(formulas.FLAGS), 0)


def test_a_floor_above_the_target_inverts() -> None:
    x = formulas.normalise(np.array([10.0, 5.0, 0.0, -1.0, np.nan]), 10.0, 0.0)
    assert x[:4].tolist() == [0, 50, 100, 100]
    assert np.isnan(x[4])


def test_freshness_is_whole_within_the_grace_and_then_halves() -> None:
    assert formulas.freshness(np.array([-1.0, 0, 30, 120, 210]), 30, 90).tolist() == [1, 1, 1, 0.5, 0.25]


def only(state: formulas.Assessment, key: str) -> tuple[float, float]:
    reading = state.readings[CARD.keys.index(key)]
    return float(reading.x[0]), float(reading.f[0])


def test_an_observation_without_a_value_clears() -> None:
    rows = {"case": [0, 0], "measure": ["frequency"] * 2, "value": [0.6, None], "age_days": [5.0, 1.0]}
    x, f = only(formulas.assess(CARD, 1, observations=rows), "frequency")
    assert np.isnan(x)
    assert f == 0


@pytest.mark.parametrize(("rank", "expected"), [(None, 100.0), ([2, 1], 0.0), ([1, 2], 100.0)])
def test_a_tie_goes_to_the_later_recorded(rank: list[int] | None, expected: float) -> None:
    rows: dict[str, Any] = {
        "case": [0, 0],
        "measure": ["frequency"] * 2,
        "value": [0.1, 0.6],
        "age_days": [1.0, 1.0],
    }
    if rank:
        rows["rank"] = rank
    assert only(formulas.assess(CARD, 1, observations=rows), "frequency") == (expected, 1.0)


def test_a_measure_that_the_scorecard_does_not_have_is_passed_over() -> None:
    rows = {"case": [0], "measure": ["tickets"], "value": [1.0], "age_days": [0.0]}
    assert formulas.assess(CARD, 1, observations=rows).health.evidence[0] == 0


def strength(rows: list[tuple[Any, ...]]) -> float:
    """The strength that speaks for one champion, NaN for none."""
    people = {"case": [0], "persona": [7], "role": ["champion"]}
    ratings = table([(0, 7, "relationship", *row) for row in rows])
    return float(formulas.read_roster(CARD, 1, people, ratings).value[0, 0])


def test_the_owner_speaks_for_120_days_then_the_newest() -> None:
    assert strength([(1, 120.0, True), (3, 2.0, False)]) == 1
    assert strength([(1, 120.1, True), (3, 2.0, False)]) == 3
    assert strength([(1, 130.0, True), (3, 140.0, False)]) == 1
    assert strength([(3, 2.0, False)]) == 3


def test_of_two_old_ratings_of_one_age_the_later_recorded_speaks() -> None:
    assert strength([(1, 130.0, True), (3, 130.0, False)]) == 3
    assert strength([(3, 130.0, False), (1, 130.0, True)]) == 1


def test_the_owner_s_clearing_speaks_too() -> None:
    assert np.isnan(strength([(None, 10.0, True), (3, 2.0, False)]))
    assert strength([(None, 121.0, True), (3, 2.0, False)]) == 3


def test_the_speaking_row_is_named() -> None:
    people = {"case": [0], "persona": [7], "role": ["champion"]}
    ratings = table([(0, 7, "relationship", 1, 20.0, True), (0, 7, "relationship", 3, 2.0, False)])
    speaker = formulas.read_roster(CARD, 1, people, ratings).speaker
    assert speaker[:, 0].tolist() == [0, -1, -1, -1]


def test_facets_age_apart_and_an_old_negative_outweighs_an_old_positive() -> None:
    people = {"case": [0], "persona": [7], "role": ["champion"]}
    ratings = table([(0, 7, "brand", 1, 210.0, True), (0, 7, "service", -1, 210.0, True)])
    state = formulas.assess(CARD, 1, people=people, ratings=ratings)
    influence = 4 / 12  # the buyer's and the technical owner's seats are unknown, and count
    x, f = only(state, "sentiment")
    assert x == HEALTH(100 * 0.25 / 1.25)
    assert f == HEALTH(0.625 * influence)


def test_an_unknown_seat_only_thins_and_a_vacant_one_lowers() -> None:
    here = {"case": [0], "persona": ["gita"], "role": ["power_user"]}
    gone = {
        "case": [0, 0],
        "persona": ["gita", "ines"],
        "role": ["power_user", "champion"],
        "active": [True, False],
    }
    ratings = table([(0, "gita", "relationship", 3, 0.0, True)])
    unknown, vacant = (formulas.assess(CARD, 1, people=people, ratings=ratings) for people in (here, gone))
    assert only(unknown, "relationship") == (100, HEALTH(2 / 14))
    assert only(vacant, "relationship") == (HEALTH(100 * 2 / 6), HEALTH(6 / 14))
    assert vacant.coverage.coverage[0] == HEALTH(100 * 2 / 6)
    assert unknown.coverage.coverage[0] == 100


def test_an_untracked_person_does_not_count_but_their_answer_does() -> None:
    people = people_frame()
    people["tracked"] = [name != "hugo" for name in PEOPLE]
    answers = {"case": [0], "persona": ["hugo"], "measure": ["nps"], "value": [10], "age_days": [0]}
    state = larkspur(people=people, answers=answers)
    reading = state.readings[CARD.keys.index("nps")]
    assert state.roster.counted[0] == 4
    assert (reading.x[0], reading.f[0]) == (100, 1)
    assert (reading.answered[0], reading.asked[0]) == (1, 5)


def test_an_answer_of_a_leaver_or_of_nobody_is_left_out() -> None:
    answers = {
        "case": [0, 0],
        "persona": ["ines", None],
        "measure": ["nps", "nps"],
        "value": [0, 0],
        "age_days": [0, 0],
    }
    assert only(larkspur(answers=answers), "nps")[1] == 0


def test_answers_weigh_by_influence_and_are_as_sure_as_the_newest() -> None:
    answers = {
        "case": [0, 0],
        "persona": ["eli", "hugo"],
        "measure": ["nps", "nps"],
        "value": [10, 0],
        "age_days": [90, 270],
    }
    x, f = only(larkspur(answers=answers), "nps")
    assert x == HEALTH(100 * 5 / 5.5)
    assert f == 1


def test_an_influence_of_one_s_own_overrides_the_role_s() -> None:
    people = {
        "case": [0, 0],
        "persona": [1, 2],
        "role": ["end_user", "champion"],
        "influence": [5, None],
    }
    assert formulas.read_roster(CARD, 1, people, {}).influence.tolist() == [5, 4]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"case": [0], "persona": [1], "role": ["chief"]}, "role"),
        ({"case": [1], "persona": [1], "role": ["other"]}, "case"),
        ({"case": [0, 0], "persona": [1, 1], "role": ["other", "other"]}, "twice"),
        ({"case": [0, 0], "persona": [1, 2], "role": ["other"]}, "shape"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(frame: dict[str, Any], message: str) -> None:
    with pytest.raises(BadFrame, match=message):
        formulas.assess(CARD, 1, people=frame)


def test_names_and_positions_say_the_same() -> None:
    people = {"case": [0], "persona": [7], "role": [formulas.ROLES.index("champion")]}
    ratings = table([(0, 7, 0, 3, 0.0, True)])
    named = people | {"role": ["champion"]}
    by_position = formulas.assess(CARD, 1, people=people, ratings=ratings)
    by_name = formulas.assess(CARD, 1, people=named, ratings=table([(0, 7, "relationship", 3, 0.0, True)]))
    assert by_position.health.score[0] == by_name.health.score[0] > 50
