"""Weighted kappa against a published example, and how two raters of a round agree."""

import datetime as dt

import numpy as np
import pytest

from relationships import formulas, selectors
from tests.relationships.conftest import make_persona
from tests.relationships.test_rounds import open_round, rate, whole

DAY = dt.timedelta(days=1)

# Hout, Duncan and Sobel (1987), as printed by A. Agresti, Categorical Data Analysis (1990): 91 married couples on an ordered
# scale of four levels. R's vcd::Kappa gives for it, with equal-spacing weights, 0.2374 with a standard error of 0.07832.
COUPLES = np.array([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])


def pairs_of(table):
    found = [(i, j) for (i, j), count in np.ndenumerate(table) for _ in range(count)]
    return [one for one, _ in found], [other for _, other in found]


def test_kappa_is_that_of_the_published_example():
    found = formulas.weighted_kappa(*pairs_of(COUPLES), 4)
    assert (found.n, round(found.kappa, 4), round(found.error, 5)) == (91, 0.2374, 0.07832)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0839, 0.3909)
    assert found.same == pytest.approx(33 / 91)


def test_kappa_does_not_depend_on_who_is_named_first():
    first, second = pairs_of(COUPLES)
    here, there = formulas.weighted_kappa(first, second, 4), formulas.weighted_kappa(second, first, 4)
    assert (here.kappa, here.error) == pytest.approx((there.kappa, there.error))


def test_perfect_agreement_is_one_and_its_interval_is_a_point():
    levels = [0, 1, 2, 3] * 10
    found = formulas.weighted_kappa(levels, levels, 4)
    assert (found.kappa, found.low, found.high) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(("n", "told"), [(0, False), (17, False), (18, True)])
def test_with_too_few_people_no_kappa_is_told(n, told):
    found = formulas.weighted_kappa(
        [0, 1, 2][:n] * 6 if n >= 18 else [0] * n, [0, 1, 2] * 6 if n >= 18 else [1] * n, 3
    )
    assert (found.enough, found.kappa is not None, found.needed) == (told, told, 18)


def test_raters_who_say_one_and_the_same_of_everybody_have_no_kappa():
    found = formulas.weighted_kappa([2] * 40, [2] * 40, 4)
    assert (found.kappa, found.same, found.enough) == (None, 1, True)


@pytest.fixture
def twice(book, now):
    """A round in which Lena gives second opinions of Alice's Dana and Eli."""
    scope = {"owner_email": ["alice@northwind.test"]}
    return open_round(book, now, scope=scope, second_share=100, second_rater_emails=["lena@northwind.test"])


def test_two_raters_are_compared_by_what_each_said_until_they_were_done(book, twice, now):
    rate(book, whole(book.dana, "okay"), at=now + DAY)
    rate(book, whole(book.dana, "none", "negative"), actor=book.lena, at=now + 2 * DAY)
    rate(book, whole(book.dana, "none", driver="value"), at=now + 3 * DAY)  # Alice, having seen Lena's
    (one,) = selectors.rated_twice()
    assert (one.first.rater, one.first.strength, one.first.sentiment) == ("Alice", "okay", "positive")
    assert (one.second.rater, one.second.strength, one.second.sentiment) == ("Lena", "none", "negative")
    assert (one.apart, one.independent) == (2, True)
    (pair,) = selectors.rater_pairs([one])
    assert (pair.names, pair.strength.n, pair.strength.needed, pair.strength.kappa) == (
        ("Alice", "Lena"),
        1,
        32,
        None,
    )


def test_who_rated_after_the_other_had_submitted_is_left_out_of_kappa(book, twice, now):
    rate(book, whole(book.dana), actor=book.lena, at=now + DAY)
    rate(book, whole(book.dana), at=now + 2 * DAY)
    (pair,) = selectors.rater_pairs(selectors.rated_twice())
    assert (pair.strength.n, pair.aside) == (0, 1)


def test_a_pair_with_enough_people_has_its_interval(book, now):
    people = [make_persona(book.larkspur, f"P{i:02}", at=now) for i in range(40)]
    scope = {"owner_email": ["alice@northwind.test"]}
    open_round(book, now, scope=scope, second_share=100, second_rater_emails=["lena@northwind.test"])
    words = ("none", "weak", "okay", "very_good")
    for i, person in enumerate(people):
        rate(book, whole(person, words[i % 4]), at=now + DAY)
        rate(book, whole(person, words[(i + (i % 5 == 0)) % 4]), actor=book.lena, at=now + 2 * DAY)
    (pair,) = selectors.rater_pairs(selectors.rated_twice())
    found = pair.strength
    assert (found.n, found.enough) == (40, True)
    assert -1 < found.low < found.kappa < found.high < 1
    assert pair.sentiment.kappa is None  # everybody positive: chance alone agrees
