"""Bands with their memory, quadrants, and the flags that cap what is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from health import formulas
from health.formulas import bands
from tests.health.larkspur import (
    CARD,
    OBSERVATIONS,
    answers_frame,
    larkspur,
    observations_frame,
    people_frame,
    ratings_frame,
)

SURE = np.ones(1)
WATCH, HEALTHY = formulas.BANDS.index("watch"), formulas.BANDS.index("healthy")


def walk(scores: list[float], evidence: list[float] | None = None, before: int = 0) -> str:
    """The letters of the bands of snapshots in a row: R, W, H, or ? for unknown."""
    sure = np.array([[value] for value in evidence or [1.0] * len(scores)])
    score = np.array([[value] for value in scores])
    half = (np.full(score.shape, 50.0), sure)
    band, _ = bands.walk(CARD, (score, sure), half, half, np.array([before]), np.array([0]))
    return "".join("?RWH"[code] for code in band[:, 0])


def test_the_sequence_of_the_model() -> None:
    assert walk([71, 69, 66, 68, 72, 73, 41, 38, 36, 42, 44, 90]) == "HHWWWHWWRRWH"


def test_the_first_placement_uses_the_plain_cuts() -> None:
    assert [walk([score]) for score in (39.9999, 40, 69.9999, 70)] == ["R", "W", "W", "H"]


def test_unknown_forgets_the_band() -> None:
    assert walk([71, 71, 69], [1.0, 0.39, 1.0]) == "H?W"
    assert walk([69], before=HEALTHY) == "H"


def test_cuts_are_compared_after_rounding_to_nine_digits() -> None:
    assert walk([69.9999999996]) == "H"
    assert walk([70], [0.39999999996]) == "H"
    assert walk([69.99999999], [1.0]) == "W"


def under(card: formulas.Card, **facts: Any) -> str:
    """Larkspur's band (59.2 points) under another scorecard."""
    state = formulas.assess(
        card,
        1,
        people=people_frame(),
        ratings=ratings_frame(),
        observations=observations_frame(),
        answers=answers_frame(),
        facts=facts,
    )
    return formulas.BANDS[state.band[0]]


def test_a_new_scorecard_version_uses_the_plain_cuts() -> None:
    body = formulas.default_scorecard()
    body["bands"]["healthy_from"] = 61
    card = formulas.read_scorecard(body)
    assert under(card, previous_band=["healthy"]) == "healthy"
    assert under(card, previous_band=["healthy"], new_version=[True]) == "watch"


def test_positions_with_gaps_are_read_as_none() -> None:
    healthy = float(HEALTHY)
    body = formulas.default_scorecard()
    body["bands"]["healthy_from"] = 61
    card = formulas.read_scorecard(body)
    assert under(card, previous_band=np.array([healthy])) == "healthy"
    assert under(card, previous_band=np.array([np.nan]), override=np.array([np.nan])) == "watch"


@pytest.mark.parametrize(
    ("behaviour", "emotion", "expected"),
    [
        (50, 50, "engaged"),
        (50, 49.9, "captive"),
        (49.9, 50, "forgetful_fan"),
        (49.9, 49.9, "disengaged"),
    ],
)
def test_each_corner_has_its_name(behaviour: float, emotion: float, expected: str) -> None:
    place = bands.place_quadrants(
        CARD, (np.array([behaviour]), SURE), (np.array([emotion]), SURE), np.array([0])
    )
    assert formulas.QUADRANTS[place[0]] == expected


def quadrants(points: list[tuple[float, float]], evidence: list[float]) -> list[str]:
    sure = np.array([[value] for value in evidence])
    both = [np.array([[point[axis]] for point in points]) for axis in (0, 1)]
    score = np.full(sure.shape, 50.0)
    _, walked = bands.walk(
        CARD, (score, sure), (both[0], sure), (both[1], sure), np.array([0]), np.array([0])
    )
    return [formulas.QUADRANTS[code] for code in walked[:, 0]]


def test_each_side_of_the_quadrant_has_its_own_memory() -> None:
    points = [(60, 60), (48, 46), (46, 52), (52, 53)]
    assert quadrants(points, [1.0] * 4) == ["engaged", "captive", "disengaged", "forgetful_fan"]


def test_an_unplaced_account_forgets_both_sides() -> None:
    points = [(60, 60), (60, 60), (48, 48)]
    assert quadrants(points, [1.0, 0.39, 1.0]) == ["engaged", "unplaced", "disengaged"]
    assert quadrants(points, [1.0, 1.0, 1.0])[-1] == "engaged"


def raised(state: formulas.Assessment) -> list[str]:
    return [flag for flag, up in zip(formulas.FLAGS, state.flags[:, 0], strict=True) if up]


def shown(state: formulas.Assessment) -> str:
    return formulas.BANDS[state.band_shown[0]]


THRIVING = {
    "observations": observations_frame(dict.fromkeys(OBSERVATIONS, (1.0, 0))),
    "ratings": ratings_frame(dict.fromkeys(("dana", "eli", "farid", "gita", "hugo"), (3, 1, 1))),
}


def test_an_account_with_nothing_against_it_is_shown_as_computed() -> None:
    state = larkspur(**THRIVING)
    assert (raised(state), shown(state)) == ([], "healthy")


def test_an_account_that_nobody_knows_is_never_green() -> None:
    body = formulas.default_scorecard()
    body["axes"] = {"behavioural": 1.0, "emotional": 0.0}
    state = formulas.assess(
        formulas.read_scorecard(body), 1, people=people_frame(), observations=THRIVING["observations"]
    )
    assert formulas.BANDS[state.band[0]] == "healthy"
    assert (raised(state), shown(state)) == (["unrated"], "watch")


@pytest.mark.parametrize(("age", "flags"), [(120, []), (120.1, ["unrated"])])
def test_a_rating_of_somebody_who_matters_lasts_120_days(age: float, flags: list[str]) -> None:
    ratings = ratings_frame({"dana": (3, 1, age), "gita": (3, 1, 1)})
    assert raised(larkspur(**(THRIVING | {"ratings": ratings}))) == flags


def test_a_champion_who_left_is_flagged_until_the_seat_is_taken() -> None:
    left = larkspur(**(THRIVING | {"people": people_frame(left=("ines", "dana"))}))
    assert raised(left) == ["champion_left"]
    assert raised(larkspur(**THRIVING)) == []


def test_a_buyer_who_left_caps_at_watch() -> None:
    state = larkspur(**(THRIVING | {"people": people_frame(left=("ines", "eli"))}))
    assert raised(state) == ["buyer_left"]
    assert shown(state) in ("watch", "at_risk")


def test_a_seat_that_nobody_ever_held_raises_no_flag() -> None:
    people = {"case": [0], "persona": ["eli"], "role": ["economic_buyer"]}
    state = larkspur(people=people, ratings=ratings_frame({"eli": (3, 1, 1)}))
    assert raised(state) == []
    assert state.roster.seat_vacant.tolist() == [False, False]


def test_one_negative_facet_of_the_buyer_caps_at_watch() -> None:
    ratings = ratings_frame(dict.fromkeys(("dana", "eli", "farid", "gita", "hugo"), (3, 1, 1)))
    row = list(zip(ratings["persona"], ratings["slot"], strict=True)).index(("eli", "service"))
    ratings["value"][row] = -1
    state = larkspur(**(THRIVING | {"ratings": ratings}))
    assert raised(state) == ["buyer_negative"]
    assert (formulas.BANDS[state.band[0]], shown(state)) == ("healthy", "watch")


def test_an_open_critical_escalation_caps_at_watch() -> None:
    state = larkspur(**THRIVING, facts={"critical_escalation": [True]})
    assert (raised(state), shown(state)) == (["critical_escalation"], "watch")


@pytest.mark.parametrize(
    ("days", "up"), [(0, True), (60, True), (60.5, False), (-1, False), (float("nan"), False)]
)
def test_a_near_renewal_without_a_covered_persona_is_at_risk(days: float, up: bool) -> None:
    ratings = ratings_frame({"dana": (1, 1, 1), "eli": (1, 1, 1)})
    state = larkspur(**(THRIVING | {"ratings": ratings}), facts={"renewal_days": [days]})
    assert raised(state) == (["renewal_uncovered"] if up else [])
    assert shown(state) == ("at_risk" if up else formulas.BANDS[state.band[0]])


def test_a_near_renewal_with_a_covered_persona_is_no_flag() -> None:
    assert raised(larkspur(**THRIVING, facts={"renewal_days": [10]})) == []


def test_unknown_is_not_capped() -> None:
    state = formulas.assess(CARD, 1, facts={"critical_escalation": [True], "renewal_days": [5]})
    assert raised(state) == ["unrated", "critical_escalation", "renewal_uncovered", "no_personas"]
    assert shown(state) == "unknown"


def test_not_live_caps_nothing_and_yields_to_observed_use() -> None:
    without = {key: value for key, value in OBSERVATIONS.items() if key == "effectiveness"}
    observations = {
        "case": [0],
        "measure": list(without),
        "value": [value for value, _ in without.values()],
        "age_days": [age for _, age in without.values()],
    }
    state = larkspur(observations=observations, facts={"not_live": [True]})
    assert raised(state) == ["not_live"]
    assert state.band_shown[0] == state.band[0]
    assert raised(larkspur(facts={"not_live": [True]})) == []


def test_an_override_replaces_the_band_shown_and_nothing_else() -> None:
    facts = {"override": ["healthy"], "critical_escalation": [True]}
    state, plain = larkspur(facts=facts), larkspur()
    assert (shown(state), formulas.BANDS[state.band[0]]) == ("healthy", "watch")
    assert state.health.score[0] == plain.health.score[0]


def test_a_flag_never_moves_the_score() -> None:
    flagged = larkspur(**THRIVING, facts={"critical_escalation": [True]})
    assert flagged.health.score[0] == larkspur(**THRIVING).health.score[0]
    assert flagged.band[0] == HEALTHY
    assert flagged.band_shown[0] == WATCH
