"""What changed since last week, as sentences with signed points that sum to the change of the score.

Compares what is said of each person and measure now with what was known then; whatever only aged or was weighed anew
stands in one last line.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.text import Truncator
from django.utils.translation import gettext as _

NOTABLE = 0.05
MOST = 12
LONGEST_NAME = 40
SHARES = ("frequency", "effectiveness", "breadth")
ANSWERS = ("nps", "csat", "ces", "goodwill")


@dataclass(frozen=True)
class Move:
    """One line: what happened, by how many points, and the person or measure it is about."""

    text: str
    points: float
    persona: str | None = None
    measure: str = ""


@dataclass(frozen=True)
class Compared:
    """Both sides of the week: coverage and measures by key, names of people by id, and this week's answers."""

    before: Mapping[str, Any]
    now: Mapping[str, Any]
    measures_before: Mapping[str, Any]
    measures_now: Mapping[str, Any]
    names: Mapping[str, str]
    gone: frozenset[str]
    answers: Mapping[tuple[str, str], str]
    called: Mapping[str, str]

    def person(self, persona: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
        return _find(self.before["people"], persona), _find(self.now["people"], persona)


def moves(*, causes: Iterable[Mapping[str, Any]], week: Compared) -> list[Move]:
    """The lines, largest first, with what is left over last; their points sum to the sum of the causes."""
    found, rest = [], 0.0
    for cause in causes:
        for move in _of_measure(cause, week):
            if move.text and abs(move.points) >= NOTABLE:
                found.append(move)
            else:
                rest += move.points
    found.sort(key=lambda move: -abs(move.points))
    rest += sum(move.points for move in found[MOST:])
    if abs(rest) >= NOTABLE:
        found[MOST:] = [Move(_("What is known grew older, or weighs differently"), rest)]
    return found[: MOST + 1]


def shown(key: str, raw: float | None) -> str:
    """A measure in its own unit, as people read it."""
    if raw is None:
        return ""
    if key in SHARES:
        return f"{raw:.0%}"
    if key == "trend":
        return f"{math.exp(raw) - 1:+.0%}".replace("-", "\N{MINUS SIGN}")
    return f"{raw:.1f}" if key in ANSWERS else ""


def _of_measure(cause: Mapping[str, Any], week: Compared) -> list[Move]:
    key, people = cause["measure"], cause["personas"]
    if people:
        return [_of_person(key, row, week) for row in people]
    text = _measured(key, week)
    return [Move(text, cause["value_part"], measure=key), Move("", cause["evidence_part"])]


def _measured(key: str, week: Compared) -> str:
    was = shown(key, (week.measures_before.get(key) or {}).get("raw"))
    now = shown(key, (week.measures_now.get(key) or {}).get("raw"))
    words = {"measure": week.called.get(key, key), "was": was, "now": now}
    if was and now and was != now:
        return _("%(measure)s went from %(was)s to %(now)s") % words
    if now and not was:
        return _("%(measure)s is measured for the first time: %(now)s") % words
    if was and not now:
        return _("%(measure)s is no longer measured") % words
    return ""


def _of_person(key: str, row: Mapping[str, Any], week: Compared) -> Move:
    points, persona = row["contribution"], row["persona"]
    if row["seat"]:
        return Move(_of_seat(row["seat"], week), points, measure=key)
    name = Truncator(week.names.get(persona) or _("A person")).chars(LONGEST_NAME)
    text = (_answered if key in ANSWERS else _rated)(key, persona, name, week)
    return Move(text, points, persona=persona, measure=key)


def _of_seat(role: str, week: Compared) -> str:
    was, now = (role not in {row["role"] for row in side["people"]} for side in (week.before, week.now))
    words = {"role": role.replace("_", " ")}
    if now and not was:
        return _("Nobody holds the role of %(role)s any more") % words
    return _("The role of %(role)s is filled") % words if was and not now else ""


def _answered(key: str, persona: str, name: str, week: Compared) -> str:
    answer = week.answers.get((persona, key))
    if answer is None:
        return ""
    words = {"name": name, "kind": week.called.get(key, key), "answer": answer}
    return _("%(name)s answered %(kind)s with %(answer)s") % words


def _rated(key: str, persona: str, name: str, week: Compared) -> str:
    before, now = week.person(persona)
    words: dict[str, Any] = {"name": name}
    if now is None:
        return (_("%(name)s left") if persona in week.gone else _("%(name)s no longer counts")) % words
    part = "strength" if key == "relationship" else "sentiment"
    to, since = now[part], (before or {}).get(part)
    words |= {"was": _word(since), "to": _word(to)}
    if to is None:
        return _("%(name)s's rating was taken back") % words if since else ""
    if since is None:
        first = _("%(name)s was rated for the first time: %(to)s")
        felt = _("%(name)s's sentiment was rated for the first time: %(to)s")
        return (first if part == "strength" else felt) % words
    if to != since:
        rating = _("%(name)s's rating went from %(was)s to %(to)s")
        felt = _("%(name)s's sentiment went from %(was)s to %(to)s")
        return (rating if part == "strength" else felt) % words
    if now["rated_at"] != (before or {}).get("rated_at"):
        return _("%(name)s was rated again: %(to)s as before") % words
    return ""


def _word(value: str | None) -> str:
    words = {
        "none": _("none"),
        "weak": _("weak"),
        "okay": _("okay"),
        "very_good": _("very good"),
        "negative": _("negative"),
        "neutral": _("neutral"),
        "positive": _("positive"),
    }
    return words.get(value or "", "")


def _find(people: Iterable[Mapping[str, Any]], persona: str) -> Mapping[str, Any] | None:
    return next((row for row in people if str(row["persona"]) == persona), None)


def by_key(parts: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Measures by their key."""
    return {part["key"]: part for part in parts}


def answers_of(responses: Iterable[Any]) -> dict[tuple[str, str], str]:
    """The newest answer of each person and kind, as text; newest first in."""
    found: dict[tuple[str, str], str] = {}
    for response in responses:
        if isinstance(response.persona_id, UUID):
            found.setdefault((str(response.persona_id), response.kind), f"{response.answer:g}")
    return found
