"""The model read out loud for one account, in plain Python: a second opinion on `health.formulas`.

It follows model.md sentence by sentence, without arrays, so that the two share no mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from health import formulas

BODY = formulas.default_scorecard()
MEASURES = {row["key"]: row for row in BODY["measures"]}


@dataclass
class Person:
    """ratings: slot -> list of (value or None, age, by_owner); answers: measure -> (value or None, age)."""

    role: str
    active: bool = True
    tracked: bool = True
    influence: float | None = None
    ratings: dict[str, list[tuple[float | None, float, bool]]] = field(default_factory=dict)
    answers: dict[str, tuple[float | None, float]] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        return self.influence or BODY["influence"][self.role]

    def says(self, slot: str) -> tuple[float, float] | None:
        """Value and age of the one who speaks."""
        rows = self.ratings.get(slot, [])
        owner = [row for row in rows if row[2]]
        pick = min(owner, key=lambda row: row[1], default=None)
        if pick is None or pick[1] > 120:
            pick = min(rows, key=lambda row: row[1], default=None)
        return None if pick is None or pick[0] is None else (pick[0], pick[1])


@dataclass
class Account:
    people: list[Person] = field(default_factory=list)
    observations: dict[str, tuple[float | None, float]] = field(default_factory=dict)


def fresh(age: float, grace: float, half_life: float) -> float:
    return 2.0 ** (-max(0.0, age - grace) / half_life)


def seats(account: Account) -> list[tuple[str, bool]]:
    """(role, vacant) of every required role that nobody who counts holds."""
    counted = [p for p in account.people if p.active and p.tracked]
    return [
        (role, any(p.role == role and not p.active for p in account.people))
        for role in BODY["required_roles"]
        if not any(p.role == role for p in counted)
    ]


def mean(rows: list[tuple[float, float, float]], total: float) -> tuple[float, float] | None:
    """(x, f) from rows (w, f, x)."""
    evidence = sum(w * f for w, f, _ in rows)
    return (sum(w * f * x for w, f, x in rows) / evidence, evidence / total) if evidence else None


def people_measure(account: Account, key: str) -> tuple[float, float] | None:
    counted = [p for p in account.people if p.active and p.tracked]
    empty = seats(account)
    total = sum(p.weight for p in counted) + sum(BODY["influence"][role] for role, _ in empty)
    rows: list[tuple[float, float, float]] = []
    for person in counted:
        if key == "relationship":
            if said := person.says("relationship"):
                rows.append((person.weight, fresh(said[1], 30, 90), 100 * said[0] / 3))
        else:
            facets = [said for slot in ("brand", "product", "service") if (said := person.says(slot))]
            if facets:
                f = [1.0 if value < 0 else fresh(age, 30, 90) for value, age in facets]
                x = sum(fj * 50 * (value + 1) for fj, (value, _) in zip(f, facets, strict=True)) / sum(f)
                rows.append((person.weight, sum(f) / len(f), x))
    if key == "relationship":
        rows += [(BODY["influence"][role], 1.0, 0.0) for role, vacant in empty if vacant]
    return mean(rows, total) if total else None


def scaled(row: dict[str, Any], value: float) -> float:
    return 100 * min(1.0, max(0.0, (value - row["floor"]) / (row["target"] - row["floor"])))


def measure(account: Account, key: str) -> tuple[float, float] | None:
    row = MEASURES[key]
    if row["kind"] == "people":
        return people_measure(account, key)
    if row["kind"] == "latest":
        value, age = account.observations.get(key, (None, 0.0))
        if value is None:
            return None
        return scaled(row, value), fresh(age, row["grace"], row["half_life"])
    answers = [
        (p.weight, fresh(age, row["grace"], row["half_life"]), scaled(row, value))
        for p in account.people
        for value, age in [p.answers.get(key, (None, 0.0))]
        if p.active and value is not None
    ]
    found = mean(answers, 1.0)
    return (found[0], max(f for _, f, _ in answers)) if found else None


def health(account: Account) -> tuple[float, float]:
    """(score, evidence)."""
    weighed = []
    for key, row in MEASURES.items():
        inside = sum(other["weight"] for other in BODY["measures"] if other["axis"] == row["axis"])
        x, f = measure(account, key) or (50.0, 0.0)
        weighed.append((BODY["axes"][row["axis"]] * row["weight"] / inside, x, f))
    evidence = sum(w * f for w, _, f in weighed)
    divisor = evidence + BODY["L"] * (1 - evidence)
    return 50 + sum(w * f / divisor * (x - 50) for w, x, f in weighed), evidence


def frames(accounts: list[Account]) -> dict[str, dict[str, Any]]:
    """The same accounts as the frames of `health.formulas`; personas are numbered through."""
    people: list[tuple[Any, ...]] = []
    ratings: list[tuple[Any, ...]] = []
    answers: list[tuple[Any, ...]] = []
    observations: list[tuple[Any, ...]] = []
    for case, account in enumerate(accounts):
        observations += [(case, key, value, age) for key, (value, age) in account.observations.items()]
        for person in account.people:
            persona = len(people)
            people.append((case, persona, person.role, person.influence, person.active, person.tracked))
            for slot, rows in person.ratings.items():
                ratings += [(case, persona, slot, value, age, owner) for value, age, owner in rows]
            answers += [(case, persona, key, value, age) for key, (value, age) in person.answers.items()]
    return {
        "people": columns(people, "case", "persona", "role", "influence", "active", "tracked"),
        "ratings": columns(ratings, "case", "persona", "slot", "value", "age_days", "by_owner"),
        "answers": columns(answers, "case", "persona", "measure", "value", "age_days"),
        "observations": columns(observations, "case", "measure", "value", "age_days"),
    }


def columns(rows: list[tuple[Any, ...]], *names: str) -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}
