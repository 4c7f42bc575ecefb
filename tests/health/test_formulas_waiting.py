"""Waits and their median against the plainest way to compute them, on random data."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from health.formulas.waiting import _median_of_many, median_until, waits_of

EVENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.booleans()), max_size=60)
TIMES = st.lists(st.integers(0, 12).map(float), max_size=40)


def by_hand(events):
    """One event after the other: a signal begins a wait unless one runs, an action ends the one that runs."""
    found, running = [], {}
    for whose, moment, acts in sorted(events):
        if acts and whose in running:
            found.append((whose, running.pop(whose), moment))
        elif not acts:
            running.setdefault(whose, moment)
    return sorted(found + [(whose, first, -1) for whose, first in running.items()])


@given(EVENTS)
def test_waits_are_those_found_one_event_after_the_other(events):
    sides = [
        np.array([pair for *pair, acts in events if acts is side], dtype=np.int64).reshape(-1, 2)
        for side in (False, True)
    ]
    columns = [side[:, place] for side in sides for place in (0, 1)]
    found = waits_of(*columns)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == by_hand(events)


@given(TIMES, TIMES)
def test_the_median_of_many_is_that_of_few(happened, waiting):
    assert _median_of_many(happened, waiting) == median_until(happened, waiting)
