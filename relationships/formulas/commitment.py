"""How committed a person is to what we do together, walked from one event to the next; never part of the score.

Commitment stands at 50 before anything is known, and between events it falls, or rises, back towards 50 by half in 180
days: what nobody renews fades. Each event moves it by its points, at most to 0 or 100:

    a touch they came to us for +4, one of both sides +2, one of ours +1 (a mail or chat of ours alone: 0)
    a moment                    valence * intensity * 3 (-18..+18)
    a promise of ours           kept +6, late -4, moved -2, broken -12, overdue -4
    a case                      an escalation opened -8, a problem opened -3; closed: felt better +5, worse -8
    an ask of them              agreed +6, refused -6, done +12

    withdrawn < 20 <= reluctant < 40 <= going along < 60 <= committed < 80 <= invested

The points are ours, chosen so that one unforgettable bad moment, or a broken promise to somebody who was going along,
costs a level; that a level needs several small things to be won; and that a year of silence takes back half of what was
gained and then half again. With fewer than ``ENOUGH`` points of movement in all there is no level: nothing tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEVELS = ("withdrawn", "reluctant", "going_along", "committed", "invested")
CUTS = (20.0, 40.0, 60.0, 80.0)
START = 50.0
HALF_LIFE = 180.0  # days
ENOUGH = 4.0  # points, whatever their sign

TOUCHES = {"inbound": 4.0, "both": 2.0, "outbound": 1.0, "written": 0.0}
MOMENT = 3.0
PROMISES = {"kept": 6.0, "late": -4.0, "moved": -2.0, "broken": -12.0, "overdue": -4.0}
CASES = {"escalation": -8.0, "problem": -3.0, "better": 5.0, "worse": -8.0}
ASKS = {"yes": 6.0, "no": -6.0, "done": 12.0}
SPOKEN = ("meeting", "call", "event")


@dataclass(frozen=True)
class Walked:
    """Where one event found commitment, in points (0..100), and where it left it; the level after it."""

    before: float
    after: float
    level: str


def touch_points(kind: str, direction: str | None) -> float:
    """What a touch moves: who came to us shows will, and what we alone wrote shows nothing of theirs.

    >>> touch_points("mail", "inbound"), touch_points("meeting", None), touch_points("mail", "outbound")
    (4.0, 2.0, 0.0)
    """
    if direction == "inbound":
        return TOUCHES["inbound"]
    if kind not in SPOKEN:
        return TOUCHES["written"]
    return TOUCHES["outbound" if direction == "outbound" else "both"]


def level_of(value: float) -> str:
    """The level of a number of points, 0..100.

    >>> level_of(19.9), level_of(50), level_of(80)
    ('withdrawn', 'going_along', 'invested')
    """
    return LEVELS[sum(value >= cut for cut in CUTS)]


def faded(value: float, days: float) -> float:
    """What is left of a value after so many days without an event."""
    return START + float((value - START) * 0.5 ** (max(0.0, days) / HALF_LIFE))


def walk(events: Sequence[tuple[float, float]], *, now: float) -> tuple[float, list[Walked]]:
    """Where commitment stands at ``now``, and each step to it.

    ``events``: (day, points), days on one axis with ``now``, oldest first.
    """
    value, day, found = START, events[0][0] if events else now, []
    for moment, points in events:
        before = faded(value, moment - day)
        value, day = min(100.0, max(0.0, before + points)), moment
        found.append(Walked(before, value, level_of(value)))
    return faded(value, now - day), found


def tells(points: Iterable[float]) -> bool:
    """Whether these events say enough for a level."""
    return sum(abs(one) for one in points) >= ENOUGH
