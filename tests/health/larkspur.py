"""The Larkspur account of model.md, section 6, as frames that a test may change before assessing them."""

from __future__ import annotations

from typing import Any

from health import formulas

CARD = formulas.read_scorecard(formulas.default_scorecard())
PEOPLE = {
    "dana": "champion",
    "eli": "economic_buyer",
    "farid": "technical_owner",
    "gita": "power_user",
    "hugo": "end_user",
    "ines": "champion",
}
RATINGS = {
    "dana": (3, 1, 20),
    "eli": (1, 0, 75),
    "farid": (2, -1, 120),
    "gita": (2, 1, 10),
    "ines": (3, 1, 5),
}
OBSERVATIONS = {
    "frequency": (0.42, 1),
    "effectiveness": (0.50, 20),
    "breadth": (0.40, 1),
    "trend": (-0.12, 1),
}
ANSWERS = {("dana", "nps"): (8, 120), ("dana", "csat"): (4.2, 30)}


def people_frame(left: tuple[str, ...] = ("ines",)) -> dict[str, Any]:
    return {
        "case": [0] * len(PEOPLE),
        "persona": list(PEOPLE),
        "role": list(PEOPLE.values()),
        "active": [name not in left for name in PEOPLE],
    }


def ratings_frame(ratings: dict[str, tuple[float, float, float]] | None = None) -> dict[str, Any]:
    rows = [
        (name, slot, strength if slot == "relationship" else mood, age)
        for name, (strength, mood, age) in (RATINGS if ratings is None else ratings).items()
        for slot in formulas.SLOTS
    ]
    persona, slot, value, age = (list(column) for column in zip(*rows, strict=True))
    n = len(rows)
    return {
        "case": [0] * n,
        "persona": persona,
        "slot": slot,
        "value": value,
        "age_days": age,
        "by_owner": [True] * n,
    }


def observations_frame(changes: dict[str, tuple[float, float]] | None = None) -> dict[str, Any]:
    rows = OBSERVATIONS | (changes or {})
    return {
        "case": [0] * len(rows),
        "measure": list(rows),
        "value": [value for value, _ in rows.values()],
        "age_days": [age for _, age in rows.values()],
    }


def answers_frame(changes: dict[tuple[str, str], tuple[float, float]] | None = None) -> dict[str, Any]:
    rows = ANSWERS | (changes or {})
    return {
        "case": [0] * len(rows),
        "persona": [persona for persona, _ in rows],
        "measure": [measure for _, measure in rows],
        "value": [value for value, _ in rows.values()],
        "age_days": [age for _, age in rows.values()],
    }


def larkspur(**frames: Any) -> formulas.Assessment:
    """Larkspur as the model describes it, with any frame replaced."""
    given = {
        "people": people_frame(),
        "ratings": ratings_frame(),
        "observations": observations_frame(),
        "answers": answers_frame(),
    }
    return formulas.assess(CARD, 1, **(given | frames))
