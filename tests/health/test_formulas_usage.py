"""Usage counts turned into measures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from health import formulas
from health.formulas import usage
from tests.health.larkspur import CARD

LIVE: dict[str, float] = {
    "feed_age_days": 0.5,
    "days_since_first": 400,
    "active_users": 42,
    "seats": 100,
    "features_used": 4,
    "entitled": 10,
    "active_days": 18,
    "active_days_1": 20,
    "active_days_2": 22,
    "active_days_3": 18,
}


def rows(**changed: float) -> dict[str, tuple[float, float]]:
    """(value, age) by measure for one account."""
    counts = {name: [value] for name, value in (LIVE | changed).items()}
    found = formulas.usage_rows(CARD, 1, counts)
    values = zip(found["value"].tolist(), found["age_days"].tolist(), strict=True)
    return dict(zip(found["measure"].tolist(), values, strict=True))


def test_a_live_account_has_all_three() -> None:
    found = rows()
    assert found["frequency"] == (pytest.approx(0.42), 0.5)
    assert found["breadth"] == (pytest.approx(0.4), 0.5)
    assert found["trend"] == (pytest.approx(math.log(18 / 20)), 0.5)


def test_a_silent_account_in_a_live_feed_is_evidence_of_no_use() -> None:
    silent = rows(active_users=0, features_used=0, active_days=0)
    assert silent == {"frequency": (0, 0.5), "breadth": (0, 0.5), "trend": (-0.30, 0.5)}


def test_a_silent_feed_ages_and_no_feed_is_no_evidence() -> None:
    assert {age for _, age in rows(feed_age_days=40).values()} == {40}
    assert rows(feed_age_days=math.nan) == {}


@pytest.mark.parametrize(
    ("changed", "missing"),
    [({"seats": 0}, "frequency"), ({"seats": math.nan}, "frequency"), ({"entitled": 0}, "breadth")],
)
def test_without_its_whole_a_share_is_missing(changed: dict[str, float], missing: str) -> None:
    assert set(rows(**changed)) == {"frequency", "breadth", "trend"} - {missing}


@pytest.mark.parametrize(("days", "found"), [(27, set()), (28, {"frequency", "breadth"})])
def test_an_account_is_not_live_for_28_days(days: float, found: set[str]) -> None:
    assert set(rows(days_since_first=days)) == found
    assert usage.not_live(np.array([days])).tolist() == [not found]


def test_an_account_without_usage_is_not_live() -> None:
    assert rows(days_since_first=math.nan) == {}
    assert usage.not_live(np.array([math.nan])).tolist() == [True]


@pytest.mark.parametrize(("days", "mean"), [(29, 20), (56, 20), (57, 21), (84, 21), (85, 20)])
def test_windows_before_the_first_usage_are_left_out_of_the_mean(days: float, mean: float) -> None:
    assert rows(days_since_first=days)["trend"][0] == pytest.approx(math.log(18 / mean))


def test_use_after_three_empty_windows_is_at_the_end_of_the_scale() -> None:
    empty = {"active_days_1": 0, "active_days_2": 0, "active_days_3": 0}
    assert rows(**empty)["trend"][0] == 0.15
    assert "trend" not in rows(active_days=0, **empty)


def frequency_of(observed: dict[str, Any]) -> float:
    counts = {name: [value] for name, value in LIVE.items()}
    stacked = formulas.stack_frames(observed, formulas.usage_rows(CARD, 1, counts))
    reading = formulas.assess(CARD, 1, observations=stacked).readings[CARD.keys.index("frequency")]
    return float(reading.raw[0])


@pytest.mark.parametrize(("age", "expected"), [(0.4, 0.9), (0.5, 0.42), (0.6, 0.42)])
def test_an_observation_sent_wins_over_the_computed_one_only_if_newer(age: float, expected: float) -> None:
    observed = {"case": [0], "measure": ["frequency"], "value": [0.9], "age_days": [age]}
    assert frequency_of(observed) == pytest.approx(expected)


def test_without_anything_sent_the_computed_values_stand_alone() -> None:
    assert frequency_of({}) == pytest.approx(0.42)
