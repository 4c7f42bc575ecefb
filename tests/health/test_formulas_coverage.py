"""Edges of relationship coverage; its numbers stand in test_formulas_larkspur."""

from __future__ import annotations

import numpy as np
import pytest

from health import formulas
from tests.health.larkspur import CARD, larkspur, people_frame, ratings_frame


def test_where_nobody_counts_shares_are_missing_and_threads_none() -> None:
    cover = formulas.assess(CARD, 1).coverage
    assert np.isnan([cover.coverage[0], cover.headcount[0], cover.if_top_leaves[0]]).all()
    assert (cover.role_coverage[0], cover.threads[0], cover.top_person[0]) == (0, 0, -1)
    assert cover.single_threaded[0]
    assert formulas.no_thread_probability(cover.threads, 0, 0).tolist() == [1]


def test_people_without_any_strength_cover_nothing() -> None:
    cover = larkspur(ratings={}).coverage
    assert (cover.coverage[0], cover.headcount[0], cover.threads[0]) == (0, 0, 0)
    assert (cover.effective_threads[0], cover.top_share[0], cover.if_top_leaves[0]) == (0, 0, 0)


def test_one_person_with_most_of_it_is_a_single_thread() -> None:
    ratings = ratings_frame({"eli": (3, 1, 1), "gita": (2, 1, 1), "hugo": (3, 1, 1)})
    cover = larkspur(ratings=ratings).coverage
    assert cover.threads[0] == 3
    assert cover.top_share[0] > 0.6
    assert cover.single_threaded[0]


def test_one_covered_person_among_many_halves_is_a_single_thread() -> None:
    ratings = ratings_frame({"gita": (3, 1, 1), "dana": (1, 1, 1), "eli": (1, 1, 1), "farid": (1, 1, 1)})
    cover = larkspur(ratings=ratings).coverage
    assert cover.threads[0] == 1
    assert cover.top_share[0] < 0.6
    assert cover.single_threaded[0]


def test_an_untracked_holder_covers_no_role() -> None:
    people = people_frame() | {"tracked": [name != "dana" for name in people_frame()["persona"]]}
    cover = larkspur(people=people).coverage
    champion = formulas.ROLES.index("champion")
    assert not cover.role_covered[champion, 0]
    assert cover.role_coverage[0] == 0


@pytest.mark.parametrize(
    ("threads", "departures", "years", "months", "expected"),
    [(0, 0, 0, 12, 1), (1, 0, 0, 12, 0.2), (2, 4, 20, 12, 0.04), (1, 0, 0, 24, 0.36), (3, 90, 0, 12, 1)],
)
def test_the_chance_that_no_thread_is_left(
    threads: int, departures: float, years: float, months: float, expected: float
) -> None:
    found = formulas.no_thread_probability(np.array([threads]), departures, years, months)
    assert found[0] == pytest.approx(expected)


def test_required_roles_follow_the_tier_and_a_tier_without_its_own_the_default() -> None:
    body = formulas.default_scorecard()
    body["required_roles_by_tier"] = {"Gold": ["champion", "executive_sponsor"], "Tail": []}
    people = {"case": [0, 1, 2, 3], "persona": [1, 1, 1, 1], "role": ["champion"] * 4}
    ratings = {
        "case": [0, 1, 2, 3], "persona": [1] * 4, "slot": ["relationship"] * 4, "value": [3] * 4, "age_days": [1] * 4,
        "by_owner": [True] * 4,
    }  # fmt: skip
    facts = {"tier": ["gold ", "Tail", None, "Silver"]}
    state = formulas.assess(formulas.read_scorecard(body), 4, people=people, ratings=ratings, facts=facts)
    assert state.coverage.role_coverage.round(4).tolist() == [50, 100, 33.3333, 33.3333]
    missing = [row["missing_roles"] for row in formulas.coverage_rows(state, 0, 0)]
    default = ["economic_buyer", "technical_owner"]
    assert missing == [["executive_sponsor"], [], default, default]
    assert state.roster.seat_case.tolist() == [0, 2, 2, 3, 3]


def test_a_scorecard_published_before_tiers_had_roles_keeps_its_meaning() -> None:
    body = formulas.default_scorecard()
    del body["required_roles_by_tier"]
    assert formulas.validate_scorecard(body) == []
    old, new = (formulas.read_scorecard(one) for one in (body, formulas.default_scorecard()))
    assert (old.required, old.required_by_tier) == (new.required, {})
    assert formulas.required_roles(body, "Gold") == body["required_roles"]
