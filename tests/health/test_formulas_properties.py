"""What holds for every account, whatever is known of it."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from health import formulas
from tests.health.by_hand import MEASURES, Account, Person, frames, health, measure

CARD = formulas.read_scorecard(formulas.default_scorecard())
AGES = st.one_of(st.sampled_from([0.0, 30.0, 90.0, 120.0]), st.floats(0, 2000))
FACETS = ("brand", "product", "service")


def ratings_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Ratings of different ages, so that the newest is never in doubt."""
    one = st.tuples(st.none() | values, AGES, st.booleans())
    return st.lists(one, max_size=3, unique_by=lambda row: row[1])


def answer_to(key: str) -> st.SearchStrategy[Any]:
    row = MEASURES[key]
    return st.tuples(st.none() | st.floats(row["floor"], row["target"]), AGES)


SURVEYS = [key for key, row in MEASURES.items() if row["kind"] == "answers"]
LATEST = [key for key, row in MEASURES.items() if row["kind"] == "latest"]
PERSONS = st.builds(
    Person,
    role=st.sampled_from(formulas.ROLES),
    active=st.sampled_from([True, True, True, False]),
    tracked=st.sampled_from([True, True, False]),
    influence=st.none() | st.integers(1, 5).map(float),
    ratings=st.fixed_dictionaries(
        {},
        optional={"relationship": ratings_of(st.integers(0, 3))}
        | {facet: ratings_of(st.integers(-1, 1)) for facet in FACETS},
    ),
    answers=st.fixed_dictionaries({}, optional={key: answer_to(key) for key in SURVEYS}),
)
ACCOUNTS = st.builds(
    Account,
    people=st.lists(PERSONS, max_size=5),
    observations=st.fixed_dictionaries(
        {}, optional={key: st.tuples(st.none() | st.floats(-2, 2), AGES) for key in LATEST}
    ),
)


def assess(*accounts: Account, **changed: Any) -> formulas.Assessment:
    return formulas.assess(CARD, len(accounts), **(frames(list(accounts)) | changed))


def score(account: Account) -> float:
    return float(assess(account).health.score[0])


@given(st.lists(ACCOUNTS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_both_readings_of_the_model_agree(accounts: list[Account]) -> None:
    state = assess(*accounts)
    for case, account in enumerate(accounts):
        expected, evidence = health(account)
        assert state.health.score[case] == pytest.approx(expected, abs=1e-9)
        assert state.health.evidence[case] == pytest.approx(evidence, abs=1e-9)
        for k, key in enumerate(CARD.keys):
            x, f = measure(account, key) or (float("nan"), 0.0)
            assert state.readings[k].x[case] == pytest.approx(x, abs=1e-9, nan_ok=True)
            assert state.readings[k].f[case] == pytest.approx(f, abs=1e-9)


@given(ACCOUNTS)
@settings(deadline=None, max_examples=60)
def test_everything_stays_in_its_bounds(account: Account) -> None:
    state = assess(account)
    for combined in (state.health, *state.axes):
        assert 0 <= combined.score[0] <= 100
        assert 0 <= combined.evidence[0] <= 1
    for reading in state.readings:
        assert 0 <= reading.f[0] <= 1
        assert np.isnan(reading.x[0]) == (reading.f[0] == 0)
        assert np.isnan(reading.x[0]) or 0 <= reading.x[0] <= 100
        assert reading.answered[0] <= reading.asked[0] or reading.shares is None
    cover = state.coverage
    for share in (cover.coverage, cover.headcount, cover.role_coverage, cover.if_top_leaves):
        assert np.isnan(share[0]) or 0 <= share[0] <= 100 + 1e-9
    assert state.band_shown[0] <= state.band[0]


@given(st.lists(ACCOUNTS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_parts_add_up_to_the_score_and_people_to_their_part(accounts: list[Account]) -> None:
    state = assess(*accounts)
    parts = formulas.split_people(state)
    for case in range(state.n):
        assert abs(50 + state.health.part[:, case].sum() - state.health.score[case]) < 1e-9
        for k, reading in enumerate(state.readings):
            mine = (parts.case == case) & (parts.measure == k)
            if reading.shares is not None:
                assert abs(parts.contribution[mine].sum() - state.health.part[k, case]) < 1e-9
            else:
                assert not mine.any()


@given(st.lists(ACCOUNTS, min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_rows_changes_no_digit(accounts: list[Account], shuffler: random.Random) -> None:
    given = frames(accounts)
    mixed = {}
    for name, frame in given.items():
        order = list(range(len(frame["case"])))
        shuffler.shuffle(order)
        mixed[name] = {key: [values[i] for i in order] for key, values in frame.items()}
    one, other = (formulas.assess(CARD, len(accounts), **rows) for rows in (given, mixed))
    assert one.health.score.tolist() == other.health.score.tolist()
    assert one.stacked("f").tolist() == other.stacked("f").tolist()


@given(st.lists(ACCOUNTS, min_size=2, max_size=4))
@settings(deadline=None, max_examples=60)
def test_an_account_scores_the_same_alone_and_in_a_book(accounts: list[Account]) -> None:
    book = assess(*accounts)
    for case, account in enumerate(accounts):
        alone = assess(account)
        assert abs(book.health.score[case] - alone.health.score[0]) < 1e-12
        assert book.band_shown[case] == alone.band_shown[0]
        assert book.flags[:, case].tolist() == alone.flags[:, 0].tolist()


@given(st.lists(st.tuples(ACCOUNTS, ACCOUNTS), min_size=1, max_size=2))
@settings(deadline=None, max_examples=60)
def test_what_is_assessed_together_is_told_of_in_halves(pairs: list[tuple[Account, Account]]) -> None:
    whole = assess(*(before for before, _ in pairs), *(after for _, after in pairs))
    halves = formulas.halves(whole)
    assert [half.n for half in halves] == [len(pairs)] * 2
    assert [row for half in halves for row in formulas.measure_rows(half)] == formulas.measure_rows(whole)
    assert [row for half in halves for row in formulas.flag_rows(half)] == formulas.flag_rows(whole)
    told = [row for half in halves for row in formulas.coverage_rows(half, 1.0, 2.0)]
    assert told == formulas.coverage_rows(whole, 1.0, 2.0)
    assert np.concatenate([half.health.score for half in halves]).tolist() == whole.health.score.tolist()


@given(ACCOUNTS, ACCOUNTS)
@settings(deadline=None, max_examples=60)
def test_a_change_splits_exactly(before: Account, after: Account) -> None:
    first, second = assess(before), assess(after)
    change = formulas.split_change(first, second)
    both = change.value_part[:, 0] + change.evidence_part[:, 0]
    assert abs(both.sum() - change.delta[0]) < 1e-9
    for position, key in enumerate(change.keys):
        if MEASURES[key]["kind"] != "latest":
            assert abs(change.cause[change.measure == position].sum() - both[position]) < 1e-9


@given(ACCOUNTS, st.data())
@settings(deadline=None, max_examples=60)
def test_a_better_value_never_lowers_the_score(account: Account, data: st.DataObject) -> None:
    known = [key for key, (value, _) in account.observations.items() if value is not None]
    better = copy.deepcopy(account)
    if known:
        key = data.draw(st.sampled_from(known))
        value, age = account.observations[key]
        better.observations[key] = (value + data.draw(st.floats(0, 2)), age)
    assert score(better) >= score(account) - 1e-9


@given(ACCOUNTS, st.data())
@settings(deadline=None, max_examples=60)
def test_a_better_strength_of_the_same_age_never_lowers_the_score(
    account: Account, data: st.DataObject
) -> None:
    better = copy.deepcopy(account)
    for person in better.people:
        rows = person.ratings.get("relationship", [])
        person.ratings["relationship"] = [
            (None if value is None else data.draw(st.integers(value, 3)), age, owner)
            for value, age, owner in rows
        ]
    assert score(better) >= score(account) - 1e-9


@given(ACCOUNTS, st.data())
@settings(deadline=None, max_examples=60)
def test_rating_somebody_who_counts_very_good_never_lowers_the_score(
    account: Account, data: st.DataObject
) -> None:
    counted = [i for i, person in enumerate(account.people) if person.active and person.tracked]
    if not counted:
        return
    better = copy.deepcopy(account)
    person = better.people[data.draw(st.sampled_from(counted))]
    person.ratings["relationship"] = [(3, 0.0, True)]
    assert score(better) >= score(account) - 1e-9


@given(ACCOUNTS, st.sampled_from(SURVEYS), AGES, st.floats(0, 1))
@settings(deadline=None, max_examples=60)
def test_a_good_answer_of_any_age_never_counts_for_less_than_none(
    account: Account, key: str, age: float, height: float
) -> None:
    row = MEASURES[key]
    silent = copy.deepcopy(account)
    silent.people = [p for p in silent.people if p.active]
    for person in silent.people:
        person.answers.pop(key, None)
    if not silent.people:
        return
    told = copy.deepcopy(silent)
    middle = (row["floor"] + row["target"]) / 2
    told.people[0].answers[key] = (middle + height * (row["target"] - middle), age)
    state, k = assess(told), CARD.keys.index(key)
    assert state.health.part[k, 0] >= 0
    best = copy.deepcopy(told)
    best.people[0].answers[key] = (row["target"], age)
    assert score(best) >= score(silent) - 1e-9
    assert state.health.evidence[0] >= assess(silent).health.evidence[0]


@given(ACCOUNTS, st.floats(0, 500))
@settings(deadline=None, max_examples=60)
def test_a_negative_sentiment_keeps_its_weight_as_it_ages(account: Account, days: float) -> None:
    for person in account.people:
        for facet in FACETS:
            person.ratings[facet] = [(-1, 10.0, True)]
    older = copy.deepcopy(account)
    for person in older.people:
        for facet in FACETS:
            person.ratings[facet] = [(-1, 10.0 + days, True)]
    k = CARD.keys.index("sentiment")
    now, then = assess(account).readings[k], assess(older).readings[k]
    assert then.f[0] == now.f[0]
    assert then.x.tolist() == pytest.approx(now.x.tolist(), nan_ok=True)
