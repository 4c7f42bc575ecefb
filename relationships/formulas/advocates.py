"""How long somebody whom we asked for a favour is left in peace before the next asking."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

# Days of rest, by what was answered. Whoever said no is left alone longest; an ask that nobody answered is no reason to
# ask for something else right away.
REST_DAYS: dict[str | None, int] = {None: 30, "later": 60, "yes": 90, "no": 180}


class Asked(NamedTuple):
    """One ask: on which day, the answer (yes, later, no) or None, the days of the answer and of the deed or None."""

    asked_on: dt.date
    answer: str | None = None
    answered_on: dt.date | None = None
    done_on: dt.date | None = None


def rest_until(ask: Asked) -> dt.date:
    """The first day on which another ask is not too soon: ``REST_DAYS`` after the last day on which this one was on
    somebody's mind.

    >>> rest_until(Asked(dt.date(2026, 1, 1), "no", dt.date(2026, 1, 11)))
    datetime.date(2026, 7, 10)
    """
    last = max(day for day in (ask.asked_on, ask.answered_on, ask.done_on) if day is not None)
    return last + dt.timedelta(days=REST_DAYS[ask.answer])


def resting(asks: Iterable[Asked], today: dt.date) -> tuple[Asked, dt.date] | None:
    """The ask that speaks longest against another one today, with the day on which it ends; None if nothing does."""
    standing = [(ask, rest_until(ask)) for ask in asks]
    found = max(standing, key=lambda pair: pair[1], default=None)
    return found if found is not None and found[1] > today else None
