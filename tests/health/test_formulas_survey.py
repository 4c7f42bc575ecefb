"""The survey numbers of model.md, section 7."""

from __future__ import annotations

import numpy as np
import pytest

from health.formulas import survey


def test_nps_comes_with_its_interval() -> None:
    found = survey.nps(50, 30, 20)
    assert found.value == pytest.approx(30)
    assert (round(float(found.low), 2), round(float(found.high), 2)) == (14.05, 44.20)
    assert found.n == 100


def test_nps_of_nobody_is_missing() -> None:
    found = survey.nps(0, 0, 0)
    assert np.isnan([found.value, found.low, found.high]).all()


def test_nps_of_several_groups_at_once() -> None:
    found = survey.nps([50, 1], [30, 0], [20, 0])
    assert found.value.tolist() == pytest.approx([30, 100])
    assert found.high[1] <= 100


def test_answers_fall_into_three_parts() -> None:
    assert survey.nps_counts([10, 9, 8, 7, 6, 0, np.nan]) == (2, 2, 2)


def test_two_close_results_are_no_change() -> None:
    shift = survey.nps_shift((50, 29, 21), (49, 29, 22))
    assert round(shift.p, 2) == 0.86
    assert shift.difference == pytest.approx(-2)
    assert shift.is_no_change
    assert not survey.nps_shift((80, 10, 10), (20, 20, 60)).is_no_change
    assert survey.nps_shift((0, 0, 0), (20, 20, 60)).is_no_change


def test_csat_has_a_share_a_mean_and_a_wilson_interval() -> None:
    share, mean = survey.satisfaction([5, 5, 4, 4, 3, 2, 5, 4, 1, 5], survey.CSAT_CUT)
    assert mean == pytest.approx(3.8)
    assert share.value == pytest.approx(70)
    assert (round(float(share.low), 1), round(float(share.high), 1)) == (39.7, 89.2)


def test_ces_counts_from_five_of_seven() -> None:
    share, mean = survey.satisfaction([7, 5, 4, 1], survey.CES_CUT)
    assert (float(share.value), mean) == (50, 4.25)


def test_the_share_of_no_answers_is_missing() -> None:
    share, mean = survey.satisfaction([], survey.CSAT_CUT)
    assert np.isnan(share.value)
    assert np.isnan(mean)


def test_goodwill_needs_three_of_four_items() -> None:
    found = survey.goodwill([[6, 5, 7, 4], [6, np.nan, 7, 5], [7, 7, np.nan, np.nan]])
    assert found[0] == pytest.approx(75)
    assert found[1] == pytest.approx(100 * 5 / 6)
    assert np.isnan(found[2])


def test_cronbach_s_alpha_over_complete_rows() -> None:
    rows = [[1, 2, 3, 4], [2, 3, 4, 5], [4, 5, 6, 7], [7, np.nan, 1, 1]]
    assert survey.cronbach_alpha(rows) == pytest.approx(1)
    mixed = [[1, 2], [2, 1], [3, 3], [4, 5]]
    assert survey.cronbach_alpha(mixed) == pytest.approx(2 * (1 - (5 / 3 + 35 / 12) / (33 / 4)))


@pytest.mark.parametrize("rows", [[[1, 2, 3, 4]], [[3, 3], [3, 3]]])
def test_alpha_is_missing_below_two_rows_or_without_variance(rows: list[list[float]]) -> None:
    assert np.isnan(survey.cronbach_alpha(rows))


def stand(**answers: float) -> tuple[str, bool]:
    """The rung one person stands on, and whether the answers contradict each other."""
    given = {name: [answers.get(name, np.nan)] for name in ("csat", "recommends", "trend", "off_market")}
    found = survey.ladder(
        **given,
        goodwill_score=[answers.get("goodwill", np.nan)],
        referred=[bool(answers.get("referred", 0))],
    )
    return survey.LADDER[found.rung[0]], bool(found.inconsistent[0])


@pytest.mark.parametrize(
    ("answers", "rung", "inconsistent"),
    [
        ({}, "unknown", False),
        ({"csat": 3}, "none", False),
        ({"csat": 4}, "satisfied", False),
        ({"csat": 5, "recommends": 8}, "satisfied", False),
        ({"csat": 5, "recommends": 9}, "loyal", False),
        ({"csat": 5, "recommends": 9, "trend": -0.30}, "loyal", False),
        ({"csat": 5, "recommends": 9, "trend": -0.31}, "satisfied", False),
        ({"csat": 5, "referred": 1}, "loyal", False),
        ({"csat": 2, "recommends": 10}, "loyal", True),
        ({"goodwill": 75, "off_market": 6}, "goodwill", False),
        ({"goodwill": 75}, "unknown", False),
        ({"goodwill": 74, "off_market": 7}, "none", False),
        ({"csat": 5, "goodwill": 80, "off_market": 5}, "satisfied", False),
        ({"recommends": 3, "goodwill": 80, "off_market": 7}, "goodwill", True),
    ],
)
def test_the_highest_rung_held_counts(answers: dict[str, float], rung: str, inconsistent: bool) -> None:
    assert stand(**answers) == (rung, inconsistent)
