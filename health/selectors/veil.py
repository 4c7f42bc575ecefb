"""What a reader who is asked for a blind second rating may not see of an account's health until they have rated.

At the accounts of ``reader().accounts`` nothing is told of a person: relationship and sentiment, which are sums of what was
said of people, stand as one sum, so that parts still sum to the score; what was said of the people concerned is left out,
and so are flags that say it in other words. What coverage is counted from is told of nobody, so neither is the coverage:
each figure of it gives away how strong the last one is. The total score and its band stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.models import TELLING_FLAGS
from accounts.scope import reader
from health.models import Score

SAID_OF_PEOPLE = ("relationship", "sentiment")
TOGETHER = "ratings"
# What is counted from how strong the relationships are, wherever it stands.
COUNTED = frozenset({
    "coverage", "headcount", "role_coverage", "if_top_leaves", "threads", "effective_threads", "top_share", "top_persona",
    "top_name", "single_threaded", "p_no_thread", "p_no_thread_at_renewal",
})  # fmt: skip
SAID = ("strength", "held", "covered", "sentiment", "rated_at", "rated_by", "age_days")
Rows = Sequence[Mapping[str, Any]]


def is_veiled(account_id: UUID | str) -> bool:
    """Whether the reader waits for a blind rating at this account."""
    accounts = reader().accounts
    return bool(accounts) and UUID(str(account_id)) in accounts


def veiled_parts(account_id: UUID | str, parts: Rows) -> list[Any]:
    """The measures of a score, with those that were said of people put together."""
    if not is_veiled(account_id):
        return list(parts)
    said = [part for part in parts if part["key"] in SAID_OF_PEOPLE]
    if not said:
        return list(parts)
    weight = sum(part["weight"] for part in said)
    one = {
        **said[0],
        "key": TOGETHER,
        "raw": None,
        "value": None,
        "evidence": sum(part["weight"] * part["evidence"] for part in said) / weight if weight else 0.0,
        "weight": weight,
        "contribution": sum(part["contribution"] for part in said),
        "age_days": None,
        "answered": None,
        "personas": [],
    }
    return [one if part is said[0] else part for part in parts if part not in said[1:]]


def veiled_causes(account_id: UUID | str, causes: Rows) -> list[Any]:
    """Why a score moved, likewise."""
    if not is_veiled(account_id):
        return list(causes)
    said = [cause for cause in causes if cause["measure"] in SAID_OF_PEOPLE]
    if not said:
        return list(causes)
    one = {
        **said[0],
        "measure": TOGETHER,
        "value_part": sum(cause["value_part"] for cause in said),
        "evidence_part": sum(cause["evidence_part"] for cause in said),
        "personas": [],
    }
    return [one if cause is said[0] else cause for cause in causes if cause not in said[1:]]


def veiled_flags(account_id: UUID | str, flags: Rows) -> list[Any]:
    """The flags without those that say what was said of people."""
    if not is_veiled(account_id):
        return list(flags)
    return [flag for flag in flags if flag["code"] not in TELLING_FLAGS]


def veiled_coverage(account_id: UUID | str, coverage: Mapping[str, Any]) -> dict[str, Any]:
    """Coverage without its figures, without what was said of the people concerned, and without how much rests on anybody:
    shares tell of the others."""
    if not is_veiled(account_id):
        return dict(coverage)
    people = [_veiled_person(row) for row in coverage.get("people", ())]
    return {**without_coverage(account_id, coverage), "missing_roles": [], "people": people}


def without_coverage(account_id: UUID | str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row about an account, whatever else it tells, with None for what is counted from its people's ratings."""
    veiled = is_veiled(account_id)
    return {name: None if veiled and name in COUNTED else value for name, value in row.items()}


def _veiled_person(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = SAID if UUID(str(row["persona"])) in reader().people else ()
    blank = {name: None for name in hidden if name in row}
    return {**row, **blank, "share": 0.0, "if_leaves": None}


def veiled_health(account_id: UUID | str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The health resource likewise."""
    if not is_veiled(account_id):
        return dict(document)
    return {
        **document,
        "measures": veiled_parts(account_id, document["measures"]),
        "flags": veiled_flags(account_id, document["flags"]),
    }


def veiled_score(score: Score, *, whole: bool = True) -> Score:
    """A stored score likewise; without ``whole`` its parts and coverage are not loaded and left alone."""
    if is_veiled(score.account_id):
        score.flags = veiled_flags(score.account_id, score.flags)
        score.causes = veiled_causes(score.account_id, score.causes)
        if whole:
            score.parts = veiled_parts(score.account_id, score.parts)
            score.coverage = veiled_coverage(score.account_id, score.coverage)
    return score
