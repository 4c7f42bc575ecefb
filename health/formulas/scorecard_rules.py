"""What a scorecard must be, field by field, so that a mistake is named before it is published.

`validate_scorecard` finds every mistake at once; a body without any can be read by `read_scorecard`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from health.formulas.scorecard import (
    AXES,
    BANDS,
    KINDS,
    PEOPLE_MEASURES,
    RED_FLAGS,
    ROLES,
    default_scorecard,
    plain_tier,
)

KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")
MOST_MEASURES = 50
MOST_DAYS = 36_500
MOST_TIERS = 50
MEASURE_FIELDS = ("key", "axis", "weight", "kind", "floor", "target", "grace", "half_life", "on")
BIG = 1e12


class Findings:
    """The mistakes found so far, each with the JSON pointer of its field."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def add(self, pointer: str, code: str, detail: str) -> None:
        self.errors.append({"pointer": pointer, "code": code, "detail": detail})

    def fields(
        self, value: Any, pointer: str, names: Collection[str], optional: Collection[str] = ()
    ) -> Mapping[str, Any] | None:
        """The mapping itself if it has exactly these fields, else None with each mistake noted."""
        if not isinstance(value, Mapping):
            self.add(pointer, "type", "must be an object")
            return None
        for name in names:
            if name not in value and name not in optional:
                self.add(f"{pointer}/{name}", "required", "is missing")
        for name in value:
            if name not in names:
                escaped = str(name).replace("~", "~0").replace("/", "~1")
                self.add(f"{pointer}/{escaped}", "unknown", "is not a field of a scorecard")
        return value if set(value) | set(optional) == set(names) | set(optional) else None

    def number(self, value: Any, pointer: str, low: float = -BIG, high: float = BIG) -> float | None:
        """The finite number in low..high, else None with the mistake noted."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(pointer, "type", "must be a number")
        elif not (low <= value <= high) or math.isnan(value):
            self.add(pointer, "range", f"must lie in {low:g}..{high:g}")
        else:
            return float(value)
        return None

    def choice(self, value: Any, pointer: str, allowed: Collection[Any]) -> bool:
        """Whether the value is one of the allowed."""
        known = isinstance(value, str | None) and value in allowed
        if not known:
            self.add(pointer, "choice", "must be one of " + ", ".join(str(one) for one in allowed))
        return known


def validate_scorecard(body: Any) -> list[dict[str, str]]:
    """Every mistake of a body as {"pointer", "code", "detail"}; empty if it is sound.

    Codes: type, required, unknown, range, choice, taken (a key or role twice), equal (floor = target),
    order (cuts too close), empty (no measure with weight is on).
    """
    found = Findings()
    whole = found.fields(body, "", default_scorecard(), optional=("required_roles_by_tier",))
    given = body if isinstance(body, Mapping) else {}
    if "measures" in given:
        _check_measures(found, given["measures"])
    for name in ("axes", "influence", "loss_rates"):
        if name in given:
            low, high = (1.0, 5.0) if name == "influence" else (0.0, 1.0)
            _check_numbers(found, given[name], f"/{name}", TABLES[name], low, high)
    for name, (low, high) in PLAIN.items():
        if name in given and not (name == "churn_after_days" and given[name] is None):
            found.number(given[name], f"/{name}", low, high)
    for name, check in (
        ("bands", _check_bands),
        ("caps", _check_caps),
        ("required_roles_by_tier", _check_tiers),
    ):
        if name in given:
            check(found, given[name])
    if "required_roles" in given:
        _check_roles(found, given["required_roles"], "/required_roles")
    if "renewal_focus" in given:
        _check_renewal(found, given["renewal_focus"])
    if whole is not None and not found.errors and not _any_weight(whole):
        found.add("/measures", "empty", "no measure that is on has a weight in an axis that has one")
    return found.errors


TABLES: dict[str, Collection[str]] = {"axes": AXES, "influence": ROLES, "loss_rates": BANDS}
PLAIN = {
    "L": (0.0, 1.0),
    "speaker_days": (0.0, MOST_DAYS),
    "ask_every_days": (1.0, MOST_DAYS),
    "churn_after_days": (1.0, MOST_DAYS),
}


def _check_measures(found: Findings, measures: Any) -> None:
    if not isinstance(measures, list) or not 1 <= len(measures) <= MOST_MEASURES:
        found.add("/measures", "type", f"must be a list of 1 to {MOST_MEASURES} measures")
        return
    taken: set[str] = set()
    for position, measure in enumerate(measures):
        pointer = f"/measures/{position}"
        if (fields := found.fields(measure, pointer, MEASURE_FIELDS)) is not None:
            _check_measure(found, fields, pointer, taken)


def _check_measure(found: Findings, measure: Mapping[str, Any], pointer: str, taken: set[str]) -> None:
    key = measure["key"]
    if not isinstance(key, str) or not KEY.fullmatch(key):
        found.add(f"{pointer}/key", "type", "must be 1 to 50 of a-z, 0-9 and _, a letter first")
    elif key in taken:
        found.add(f"{pointer}/key", "taken", "stands twice")
    else:
        taken.add(key)
    found.choice(measure["axis"], f"{pointer}/axis", AXES)
    if not isinstance(measure["on"], bool):
        found.add(f"{pointer}/on", "type", "must be true or false")
    found.number(measure["weight"], f"{pointer}/weight", 0.0, 1000.0)
    found.number(measure["grace"], f"{pointer}/grace", 0.0, MOST_DAYS)
    found.number(measure["half_life"], f"{pointer}/half_life", 0.01, MOST_DAYS)
    if found.choice(measure["kind"], f"{pointer}/kind", KINDS):
        _check_scale(found, measure, pointer)


def _check_scale(found: Findings, measure: Mapping[str, Any], pointer: str) -> None:
    people = measure["kind"] == "people"
    if people != (measure["key"] in PEOPLE_MEASURES):
        found.add(
            f"{pointer}/kind", "choice", "people is the kind of relationship and sentiment, and only theirs"
        )
    elif people:
        for name in ("floor", "target"):
            if measure[name] is not None:
                found.add(f"{pointer}/{name}", "range", "must be null: the scale of people is fixed")
    else:
        floor = found.number(measure["floor"], f"{pointer}/floor")
        target = found.number(measure["target"], f"{pointer}/target")
        if floor is not None and floor == target:
            found.add(f"{pointer}/target", "equal", "must differ from floor")


def _check_numbers(
    found: Findings, table: Any, pointer: str, names: Collection[str], low: float, high: float
) -> None:
    if (fields := found.fields(table, pointer, names)) is not None:
        for name in names:
            found.number(fields[name], f"{pointer}/{name}", low, high)


def _check_roles(found: Findings, roles: Any, pointer: str) -> None:
    if not isinstance(roles, list):
        found.add(pointer, "type", "must be a list of roles")
        return
    for position, role in enumerate(roles):
        if found.choice(role, f"{pointer}/{position}", ROLES) and role in roles[:position]:
            found.add(f"{pointer}/{position}", "taken", "stands twice")


def _check_tiers(found: Findings, tiers: Any) -> None:
    if not isinstance(tiers, Mapping) or len(tiers) > MOST_TIERS:
        found.add(
            "/required_roles_by_tier",
            "type",
            f"must be an object of at most {MOST_TIERS} tiers, each with its roles",
        )
        return
    seen: set[str] = set()
    for tier, roles in tiers.items():
        escaped = str(tier).replace("~", "~0").replace("/", "~1")
        pointer = f"/required_roles_by_tier/{escaped}"
        if not isinstance(tier, str) or not 1 <= len(tier.strip()) <= 100:
            found.add(pointer, "range", "must be the name of a tier, of 1 to 100 characters")
        elif plain_tier(tier) in seen:
            found.add(pointer, "taken", "stands twice")
        else:
            seen.add(plain_tier(tier))
        _check_roles(found, roles, pointer)


def _check_bands(found: Findings, bands: Any) -> None:
    names = ("watch_from", "healthy_from", "margin", "min_evidence")
    if (fields := found.fields(bands, "/bands", names)) is None:
        return
    watch = found.number(fields["watch_from"], "/bands/watch_from", 0.0, 100.0)
    healthy = found.number(fields["healthy_from"], "/bands/healthy_from", 0.0, 100.0)
    margin = found.number(fields["margin"], "/bands/margin", 0.0, 50.0)
    found.number(fields["min_evidence"], "/bands/min_evidence", 0.0, 1.0)
    if watch is None or healthy is None or margin is None:
        return
    if healthy - watch <= 2 * margin:
        found.add("/bands/healthy_from", "order", "must lie above watch_from by more than twice the margin")
    if watch - margin < 0 or healthy + margin > 100:
        found.add("/bands/margin", "range", "must leave every band within reach of a score of 0..100")


def _check_caps(found: Findings, caps: Any) -> None:
    if (fields := found.fields(caps, "/caps", RED_FLAGS)) is not None:
        for flag in RED_FLAGS:
            found.choice(fields[flag], f"/caps/{flag}", ("at_risk", "watch", None))


def _check_renewal(found: Findings, renewal: Any) -> None:
    if (fields := found.fields(renewal, "/renewal_focus", ("days", "factor"))) is not None:
        found.number(fields["days"], "/renewal_focus/days", 0.0, MOST_DAYS)
        found.number(fields["factor"], "/renewal_focus/factor", 0.0, 100.0)


def _any_weight(body: Mapping[str, Any]) -> bool:
    """Whether any measure that is on weighs anything in an axis that does."""
    return any(row["on"] and row["weight"] > 0 and body["axes"][row["axis"]] > 0 for row in body["measures"])
