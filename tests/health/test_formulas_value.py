"""Words with numbers: the matrix, money at risk, focus, surprise, and the people's overall sentiment."""

from __future__ import annotations

import numpy as np
import pytest

from health import formulas
from health.formulas import value
from tests.health.larkspur import CARD, larkspur

NAMES = ("dana", "eli", "farid", "gita", "hugo", "ines")


def codes(*bands: str) -> np.ndarray:
    return np.array([formulas.BANDS.index(band) for band in bands])


def test_overall_sentiment_is_negative_if_any_facet_is() -> None:
    people = {"case": [0] * 4, "persona": [1, 2, 3, 4], "role": ["other"] * 4}
    said = [(1, -1, 1), (2, 1, 0), (3, 0, None), (4, None, None)]
    rows = [
        (persona, slot, mood)
        for persona, first, second in said
        for slot, mood in (("brand", first), ("service", second))
    ]
    ratings = {
        "case": [0] * len(rows),
        "persona": [row[0] for row in rows],
        "slot": [row[1] for row in rows],
        "value": [row[2] for row in rows],
        "age_days": [1.0] * len(rows),
        "by_owner": [True] * len(rows),
    }
    found = formulas.read_roster(CARD, 1, people, ratings).overall_sentiment()
    assert found[:3].tolist() == [-1, 1, 0]
    assert np.isnan(found[3])


def test_the_matrix_shares_an_account_s_money_by_influence() -> None:
    roster = larkspur().roster
    matrix = value.arr_matrix(roster, np.array([150_000.0]))
    assert matrix.money[3, 2] == pytest.approx(40_000)  # Dana: very good, positive
    assert matrix.money[1, 1] == pytest.approx(50_000)  # Eli: weak, neutral
    assert matrix.money[2, 0] == pytest.approx(30_000)  # Farid: okay, negative
    assert matrix.money[2, 2] == pytest.approx(20_000)  # Gita: okay, positive
    assert (matrix.unrated_people, matrix.unrated_money) == (1, pytest.approx(10_000))
    assert matrix.people.sum() == 4
    assert dict(zip(roster.persona, matrix.cell.tolist(), strict=True))["ines"] == -1


def test_half_a_rating_is_unrated_and_the_cells_sum_to_the_book() -> None:
    people = {"case": [0, 0], "persona": [1, 2], "role": ["champion", "other"]}
    ratings = {
        "case": [0, 0],
        "persona": [1, 2],
        "slot": ["relationship", "brand"],
        "value": [3, 1],
        "age_days": [1.0, 1.0],
        "by_owner": [True, True],
    }
    roster = formulas.read_roster(CARD, 3, people, ratings)
    matrix = value.arr_matrix(roster, np.array([100.0, 50.0, np.nan]))
    assert matrix.unrated_people == 2
    assert matrix.money.sum() + matrix.unrated_money == pytest.approx(150)


def test_money_at_risk_is_that_of_the_accounts_shown_so() -> None:
    shown = codes("at_risk", "watch", "at_risk", "unknown")
    assert value.money_at_risk(shown, np.array([10.0, 20.0, np.nan, 40.0])) == 10


def test_focus_is_money_times_loss_times_hurry_times_what_can_be_done() -> None:
    found = value.focus(
        CARD,
        CARD.loss_rates,
        np.full(5, 100.0),
        codes("at_risk", "unknown", "watch", "healthy", "at_risk"),
        np.array([90.0, 90.1, np.nan, -1.0, 0.0]),
        np.array([True, True, True, True, False]),
    )
    assert found.points.tolist() == pytest.approx([70, 15, 12, 4, 35])
    assert found.hurry.tolist() == [2, 1, 1, 1, 2]
    assert found.ability.tolist() == [1, 1, 1, 1, 0.5]


def test_own_outcomes_take_the_place_of_the_loss_rates_when_there_are_forty() -> None:
    lost, decided = np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)
    at_risk, healthy, watch = (formulas.BANDS.index(band) for band in ("at_risk", "healthy", "watch"))
    lost[at_risk], decided[at_risk], decided[healthy] = 6, 15, 24
    assert value.loss_rates(CARD, lost, decided).tolist() == CARD.loss_rates.tolist()
    decided[healthy] = 25
    rates = value.loss_rates(CARD, lost, decided)
    assert (rates[at_risk], rates[healthy], rates[watch]) == (0.4, 0, CARD.loss_rates[watch])


def test_a_surprise_was_healthy_or_unknown_without_any_flag() -> None:
    flags = np.zeros((len(formulas.FLAGS), 4), dtype=np.bool_)
    flags[0, 3] = True
    shown = codes("healthy", "unknown", "watch", "healthy")
    assert value.surprises(shown, flags).tolist() == [True, True, False, False]
