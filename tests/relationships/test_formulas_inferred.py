"""Inferred strength: worked examples by hand, and what must hold for any history."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relationships.formulas.inferred import (
    CUTS,
    DEPTH,
    LEVELS,
    MIDDLES,
    divergence,
    inferred_strength,
    weight,
)

MAIL, CALL, MEETING = "mail", "call", "meeting"


def one(*touches, active=0, account=None):
    rows = [(0, *touch) for touch in touches]
    total = len(rows) if account is None else account
    return inferred_strength(rows, account_touches=[total], active_days=[active])


def level(found):
    return None if found.level[0] < 0 else LEVELS[found.level[0]]


def test_a_meeting_every_two_weeks_about_several_things_is_very_good():
    found = one(
        (3, MEETING, "outbound", "review"), (17, MEETING, "inbound", "training"),
        (31, MEETING, "outbound", "renewal"), (45, MEETING, "outbound", "review"),
    )  # fmt: skip
    recency, frequency = 0.5 ** (3 / 30), sum(0.5 ** (age / 60) for age in (3, 17, 31, 45)) / 4
    two_way, depth = 0.5 ** (3 / 90), 0.75 * 0.5 ** (3 / 90) + 0.25
    by_hand = 90 * (0.35 * recency + 0.25 * frequency + 0.2 * two_way + 0.2 * depth)
    assert found.value[0] == pytest.approx(by_hand)
    assert 81 < by_hand < 83
    assert level(found) == "very_good"
    assert found.sure[0] == pytest.approx(1 - math.exp(-4 / 3))


def test_a_call_a_month_is_okay():
    found = one(*((age, CALL, "outbound", "review") for age in (10, 40, 70)))
    assert 55 < found.value[0] < 65
    assert level(found) == "okay"


def test_one_unanswered_mail_is_weak_and_the_answer_makes_it_two_way():
    alone = one((10, MAIL, "outbound", ""), account=4)
    both = one((10, MAIL, "outbound", ""), (9, MAIL, "inbound", ""), account=4)
    assert level(alone) == "weak"
    assert alone.two_way[0] == 0
    assert both.two_way[0] > 0.9
    assert both.value[0] > alone.value[0] + 15


def test_old_mails_in_one_direction_are_none_whatever_was_said():
    found = one((94, MAIL, "outbound", ""), (120, MAIL, "outbound", ""), (150, MAIL, "outbound", ""))
    assert found.value[0] < 15
    assert level(found) == "none"
    assert found.days[0] == 94


def test_silence_is_none_where_others_were_met_and_nothing_where_nobody_writes_down():
    assert level(one(account=6)) == "none"
    assert one(account=6).sure[0] == pytest.approx(1 - math.exp(-2 / 3))
    assert level(one(account=0, active=20)) is None


def test_days_in_the_product_add_ten_at_most():
    assert one((10, MAIL, "outbound", ""), active=28).value[0] == pytest.approx(
        one((10, MAIL, "outbound", "")).value[0] + 10
    )


def test_people_do_not_mix_and_an_empty_book_is_empty():
    rows = [(1, 5, MEETING, None, "review"), (0, 200, MEETING, None, "review")]
    found = inferred_strength(rows, account_touches=[1, 1, 1], active_days=[0, 0, 4])
    assert found.touches.tolist() == [0, 1, 0]
    assert found.value[0] == 0
    assert found.value[2] == 5
    assert inferred_strength([], account_touches=[], active_days=[]).value.size == 0


def told(value, sure, level=...):
    found = LEVELS[int(np.searchsorted(CUTS, value, side="right"))] if level is ... else level
    return SimpleNamespace(level=found, value=value, sure=sure)


def test_two_levels_apart_is_a_divergence_if_both_sides_are_evidence():
    assert divergence("very_good", told(27.5, 0.6)) == 2
    assert divergence("none", told(52.5, 0.6)) == -2
    assert divergence("okay", told(27.5, 0.9)) == 0
    assert divergence("very_good", told(0, 0.3)) == 0
    assert divergence(None, told(0, 0.9)) == 0
    assert divergence("okay", told(0, 0.0, level=None)) == 0


def test_silence_alone_contradicts_nothing_but_very_good():
    silence = one(account=20)
    silence = told(silence.value[0], silence.sure[0])
    assert divergence("okay", silence) == 0
    assert divergence("very_good", silence) == 3


def test_a_word_loses_weight_with_its_age_as_it_does_in_the_score():
    found = told(10, 0.6)
    assert divergence("very_good", found, age_days=30) == 3
    assert divergence("very_good", found, age_days=160) == 0
    assert weight("very_good", found, age_days=120) == pytest.approx(
        weight("very_good", found, age_days=0) / 2
    )


def test_just_beside_a_threshold_is_no_whole_level_away():
    assert divergence("okay", told(14.9, 0.54)) == 0
    assert divergence("okay", told(5, 0.54)) == 2


said, value, sure = st.sampled_from(LEVELS), st.floats(0, 100), st.floats(0, 1)


@given(said, value, sure, st.floats(0, 400), st.floats(0, 1), st.floats(0, 400))
def test_less_evidence_never_makes_a_divergence(word, points, share, age, less, older):
    whole = divergence(word, told(points, share), age_days=age)
    thin = divergence(word, told(points, share * less), age_days=age + older)
    assert thin in (whole, 0)
    assert whole == 0 or abs(whole) >= 2
    assert whole == 0 or abs(whole) * share > 0.9  # never on little


@given(said, value, value, sure)
def test_the_further_what_happened_lies_from_a_word_the_more_it_weighs(word, one_value, other, share):
    middle = MIDDLES[LEVELS.index(word)]
    near, far = sorted((one_value, other), key=lambda points: abs(points - middle))
    if (near - middle) * (far - middle) >= 0:
        weights = [weight(word, told(points, share), age_days=0) for points in (near, far)]
        assert weights[0] <= weights[1] + 1e-12


touch = st.tuples(
    st.floats(0, 400), st.sampled_from([*DEPTH]), st.sampled_from(["inbound", "outbound", None]),
    st.sampled_from(["", "a", "b"]),
)  # fmt: skip


@given(st.lists(touch, max_size=8), st.integers(0, 28))
@settings(max_examples=60, deadline=None)
def test_every_part_stays_within_its_bounds_and_one_more_meeting_today_never_weakens(touches, active):
    before, after = one(*touches, active=active), one(*touches, (0.0, MEETING, None, "a"), active=active)
    for found in (before, after):
        assert 0 <= found.value[0] <= 100
        for part in (found.recency, found.frequency, found.two_way, found.depth, found.usage, found.sure):
            assert 0 <= part[0] <= 1
            assert not np.isnan(part[0])
    assert after.value[0] >= before.value[0] - 1e-9
