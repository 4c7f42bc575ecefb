"""The numbers of model.md, section 6, to 1e-6."""

from __future__ import annotations

import numpy as np
import pytest

from health import formulas
from tests.health.larkspur import (
    CARD,
    RATINGS,
    answers_frame,
    larkspur,
    observations_frame,
    people_frame,
    ratings_frame,
)


def close(value: float) -> object:
    return pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("key", "x", "f", "part"),
    [
        ("frequency", 64, 1, 2.750377),
        ("effectiveness", 50, 0.724830, 0),
        ("breadth", 50, 1, 0),
        ("trend", 40, 1, -0.841952),
        ("relationship", 68.069608, 0.735702, 1.865464),
        ("sentiment", 61.965984, 0.835702, 1.403253),
        ("nps", 80, 0.890899, 1.500188),
        ("csat", 80, 1, 2.525856),
    ],
)
def test_each_measure_is_the_model_s(key: str, x: float, f: float, part: float) -> None:
    state, k = larkspur(), CARD.keys.index(key)
    assert state.readings[k].x[0] == close(x)
    assert state.readings[k].f[0] == close(f)
    assert state.health.part[k, 0] == close(part)


@pytest.mark.parametrize("key", ["ces", "goodwill"])
def test_a_measure_that_nobody_answered_is_missing_not_zero(key: str) -> None:
    state, k = larkspur(), CARD.keys.index(key)
    assert np.isnan(state.readings[k].x[0])
    assert np.isnan(state.readings[k].age_days[0])
    assert state.readings[k].f[0] == 0
    assert state.health.part[k, 0] == 0
    assert state.readings[k].answered[0] == 0
    assert state.readings[k].asked[0] == 5


def test_health_and_both_axes_are_the_model_s() -> None:
    state = larkspur()
    behavioural, emotional = state.axes
    assert (state.health.score[0], state.health.evidence[0]) == (close(59.203186), close(0.781574))
    assert (behavioural.score[0], behavioural.evidence[0]) == (close(53.521113), close(0.931207))
    assert (emotional.score[0], emotional.evidence[0]) == (close(65.927241), close(0.631941))
    assert formulas.BANDS[state.band[0]] == formulas.BANDS[state.band_shown[0]] == "watch"
    assert formulas.QUADRANTS[state.quadrant[0]] == "engaged"
    assert not state.flags.any()


def persons(state: formulas.Assessment, key: str) -> dict[str, float]:
    parts, k = formulas.split_people(state), CARD.keys.index(key)
    mine = (parts.measure == k) & (parts.person >= 0)
    names = state.roster.persona[parts.person[mine]].tolist()
    return dict(zip(names, parts.contribution[mine].tolist(), strict=True))


def test_relationship_and_sentiment_split_down_to_the_person() -> None:
    assert persons(larkspur(), "relationship") == {
        "dana": close(1.871004),
        "eli": close(-0.551250),
        "farid": close(0.233876),
        "gita": close(0.311834),
    }
    assert persons(larkspur(), "sentiment") == {
        "dana": close(1.871004),
        "eli": close(0),
        "farid": close(-1.403253),
        "gita": close(0.935502),
    }


def test_a_change_splits_into_value_and_evidence() -> None:
    after = larkspur(
        observations=observations_frame({"frequency": (0.30, 1)}),
        answers=answers_frame({("dana", "nps"): (8, 180)}),
    )
    change = formulas.split_change(larkspur(), after)
    frequency, nps = change.keys.index("frequency"), change.keys.index("nps")
    assert after.health.score[0] == close(54.200433)
    assert change.value_part[frequency, 0] == close(-4.727154)
    assert change.evidence_part[frequency, 0] == close(0.002037)
    assert change.value_part[nps, 0] == close(0)
    assert change.evidence_part[nps, 0] == close(-0.303314)
    assert change.value_part.sum() + change.evidence_part.sum() == pytest.approx(change.delta[0], abs=1e-9)


@pytest.mark.parametrize(("name", "score"), [("dana", 49.523215), ("eli", 57.488222)])
def test_a_leaver_s_seat_is_vacant(name: str, score: float) -> None:
    state = larkspur(people=people_frame(left=("ines", name)))
    assert state.health.score[0] == close(score)
    assert state.roster.seat_vacant.tolist() == [True]


def test_the_vacant_seat_carries_the_loss_in_the_split() -> None:
    before, after = larkspur(), larkspur(people=people_frame(left=("ines", "dana")))
    change = formulas.split_change(before, after)
    relationship = change.keys.index("relationship")
    mine = change.measure == relationship
    seat = mine & (change.seat == formulas.ROLES.index("champion"))
    assert change.cause[seat].sum() < 0
    assert change.persona[seat].tolist() == [None]
    both = change.value_part[relationship, 0] + change.evidence_part[relationship, 0]
    assert change.cause[mine].sum() == pytest.approx(both, abs=1e-9)


def test_coverage_is_the_model_s() -> None:
    cover = larkspur().coverage
    assert cover.coverage[0] == close(50.078964)
    assert cover.headcount[0] == close(40)
    assert cover.role_coverage[0] == close(33.333333)
    assert cover.threads[0] == 2
    assert cover.effective_threads[0] == close(2.798073)
    assert cover.top_share[0] == close(0.532492)
    assert cover.if_top_leaves[0] == close(23.412298)
    assert not cover.single_threaded[0]
    assert formulas.no_thread_probability(cover.threads, 0, 0)[0] == close(0.04)


def test_if_the_top_person_leaves_coverage_becomes_what_was_said() -> None:
    now = larkspur()
    name = now.roster.persona[now.coverage.top_person[0]]
    then = larkspur(people=people_frame(left=("ines", name)))
    assert name == "dana"
    assert then.coverage.coverage[0] == pytest.approx(now.coverage.if_top_leaves[0], abs=1e-9)


def test_strength_holds_a_cover_as_long_as_the_model_says() -> None:
    held = []
    for strength, age in ((3, 120), (3, 121), (2, 67), (2, 68), (1, 0)):
        state = larkspur(ratings=ratings_frame({"gita": (strength, 1, age)}))
        held.append(int(state.coverage.threads[0]))
    assert held == [1, 0, 1, 0, 0]


def test_the_age_shown_is_the_mean_age_of_the_evidence() -> None:
    state, k = larkspur(), CARD.keys.index("relationship")
    influence = {"dana": 4, "eli": 5, "farid": 3, "gita": 2}
    weights = {
        name: influence[name] * 2 ** (-max(0, age - 30) / 90)
        for name, (_, _, age) in RATINGS.items()
        if name != "ines"
    }
    mean = sum(weights[name] * RATINGS[name][2] for name in weights) / sum(weights.values())
    assert state.readings[k].age_days[0] == pytest.approx(mean, abs=1e-9)
    assert state.readings[k].answered[0] == 4
    assert state.readings[k].asked[0] == 5
