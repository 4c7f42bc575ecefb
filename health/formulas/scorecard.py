"""The scorecard: everything in the model that a tenant may set, as plain data.

`default_scorecard()` is the model's own; `validate_scorecard()` (scorecard_rules) says what is wrong with
another, field by field; `read_scorecard()` turns a sound one into the arrays that the formulas use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from health.formulas.frames import Bools, Floats, Ints, over

AXES = ("behavioural", "emotional")
KINDS = ("latest", "people", "answers")
PEOPLE_MEASURES = ("relationship", "sentiment")
ROLES = (
    "economic_buyer",
    "decision_maker",
    "champion",
    "executive_sponsor",
    "technical_owner",
    "procurement",
    "power_user",
    "end_user",
    "other",
)
BANDS = ("unknown", "at_risk", "watch", "healthy")
FLAGS = (
    "unrated",
    "champion_left",
    "buyer_left",
    "buyer_negative",
    "critical_escalation",
    "renewal_uncovered",
    "not_live",
    "no_personas",
)
RED_FLAGS = FLAGS[:6]
UNCAPPED = len(BANDS) - 1  # the cap of a flag that caps nothing


def default_scorecard() -> dict[str, Any]:
    """The model's default, a new JSON-serialisable dict on every call. Weights need not sum to 1."""
    return {
        "axes": {"behavioural": 0.5, "emotional": 0.5},
        "measures": [
            _measure("frequency", "behavioural", 0.35, "latest", 0.10, 0.60, 7, 14),
            _measure("effectiveness", "behavioural", 0.25, "latest", 0, 1, 7, 28),
            _measure("breadth", "behavioural", 0.25, "latest", 0.10, 0.70, 7, 28),
            _measure("trend", "behavioural", 0.15, "latest", -0.30, 0.15, 7, 14),
            _measure("relationship", "emotional", 0.25, "people", None, None, 30, 90),
            _measure("sentiment", "emotional", 0.25, "people", None, None, 30, 90),
            _measure("nps", "emotional", 0.10, "answers", 0, 10, 90, 180),
            _measure("csat", "emotional", 0.15, "answers", 1, 5, 60, 120),
            _measure("ces", "emotional", 0.15, "answers", 1, 7, 60, 120),
            _measure("goodwill", "emotional", 0.10, "answers", 0, 100, 180, 365),
        ],
        "L": 0.5,
        "influence": dict(zip(ROLES, (5, 5, 4, 4, 3, 2, 2, 1, 1), strict=True)),
        "required_roles": ["economic_buyer", "champion", "technical_owner"],
        "required_roles_by_tier": {},
        "bands": {"watch_from": 40, "healthy_from": 70, "margin": 3, "min_evidence": 0.40},
        "speaker_days": 120,
        "caps": {flag: "at_risk" if flag == "renewal_uncovered" else "watch" for flag in RED_FLAGS},
        "loss_rates": {"at_risk": 0.35, "unknown": 0.15, "watch": 0.12, "healthy": 0.04},
        "renewal_focus": {"days": 90, "factor": 2},
        "ask_every_days": 90,
        "churn_after_days": None,
    }


def _measure(
    key: str,
    axis: str,
    weight: float,
    kind: str,
    floor: float | None,
    target: float | None,
    grace: float,
    half_life: float,
) -> dict[str, Any]:
    return {
        "key": key,
        "axis": axis,
        "weight": weight,
        "kind": kind,
        "floor": floor,
        "target": target,
        "grace": grace,
        "half_life": half_life,
        "on": True,
    }


@dataclass(frozen=True, slots=True)
class Card:
    """A scorecard as arrays over its K measures that are switched on, in the body's order."""

    keys: tuple[str, ...]
    axis: Ints  # (K,) position in AXES
    kinds: tuple[str, ...]
    weight: Floats  # (K,) w_k of health, sums to 1
    inside: Floats  # (K,) w_k inside the measure's axis, sums to 1 per axis
    floor: Floats  # (K,) NaN for people measures
    target: Floats
    grace: Floats  # (K,) days
    half_life: Floats
    thin: float  # L
    influence: Floats  # (9,) by ROLES
    required: tuple[int, ...]  # positions in ROLES
    required_by_tier: dict[
        str, tuple[int, ...]
    ]  # the same where a tier has its own; tiers as `plain_tier` has them
    cuts: tuple[float, ...]
    margin: float
    min_evidence: float
    speaker_days: float
    caps: Ints  # (8,) by FLAGS, position in BANDS
    ageing: dict[str, tuple[float, float]]  # (grace, half-life) of relationship and sentiment, on or off
    trend_range: tuple[float, float]
    loss_rates: Floats  # (4,) by BANDS
    renewal_days: float
    renewal_factor: float

    def required_of(self, tiers: Sequence[str | None], n: int) -> Bools:
        """(n, 9) by ROLES: which roles each case must have, by its tier; without a tier of their own, the default."""
        table = np.zeros((n, len(ROLES)), dtype=np.bool_)
        table[:, list(self.required)] = True
        if self.required_by_tier:
            for case, tier in enumerate(tiers):
                own = self.required_by_tier.get(plain_tier(tier)) if tier else None
                if own is not None:
                    table[case] = False
                    table[case, list(own)] = True
        return table


def plain_tier(tier: str) -> str:
    """A tier as it is compared: however it is spelled with capitals or spaces around it."""
    return tier.strip().casefold()


def required_roles(body: Mapping[str, Any], tier: str | None) -> list[str]:
    """The roles that an account of this tier must have, in the order that the scorecard names them."""
    wanted = plain_tier(tier or "")
    for name, roles in body.get("required_roles_by_tier", {}).items():
        if wanted and plain_tier(name) == wanted:
            return list(roles)
    return list(body["required_roles"])


def read_scorecard(body: Mapping[str, Any]) -> Card:
    """The arrays of a sound body (`validate_scorecard` finds nothing in it); raises KeyError on another."""
    on = [measure for measure in body["measures"] if measure["on"]]
    axis = np.array([AXES.index(measure["axis"]) for measure in on], dtype=np.int64)
    inside = _scaled(np.array([measure["weight"] for measure in on], dtype=np.float64), axis)
    of_axis = np.array([body["axes"][name] for name in AXES], dtype=np.float64)
    weight = inside * of_axis[axis]
    by_key = {measure["key"]: measure for measure in body["measures"]}
    trend = by_key.get("trend") or _measure("trend", "behavioural", 0, "latest", -0.30, 0.15, 7, 14)
    ages = {key: by_key.get(key, {"grace": 30, "half_life": 90}) for key in PEOPLE_MEASURES}
    caps = [BANDS.index(body["caps"].get(flag) or BANDS[UNCAPPED]) for flag in FLAGS]
    bands = body["bands"]
    return Card(
        keys=tuple(measure["key"] for measure in on),
        axis=axis,
        kinds=tuple(measure["kind"] for measure in on),
        weight=weight / weight.sum(),
        inside=inside,
        floor=np.array([measure["floor"] for measure in on], dtype=np.float64),
        target=np.array([measure["target"] for measure in on], dtype=np.float64),
        grace=np.array([measure["grace"] for measure in on], dtype=np.float64),
        half_life=np.array([measure["half_life"] for measure in on], dtype=np.float64),
        thin=float(body["L"]),
        influence=np.array([body["influence"][role] for role in ROLES], dtype=np.float64),
        required=tuple(ROLES.index(role) for role in body["required_roles"]),
        required_by_tier={  # a version published before there were any has none
            plain_tier(tier): tuple(ROLES.index(role) for role in roles)
            for tier, roles in body.get("required_roles_by_tier", {}).items()
        },
        cuts=(float(bands["watch_from"]), float(bands["healthy_from"])),
        margin=float(bands["margin"]),
        min_evidence=float(bands["min_evidence"]),
        speaker_days=float(body["speaker_days"]),
        caps=np.array(caps, dtype=np.int64),
        ageing={key: (float(row["grace"]), float(row["half_life"])) for key, row in ages.items()},
        trend_range=(float(trend["floor"]), float(trend["target"])),
        loss_rates=np.array([body["loss_rates"][band] for band in BANDS], dtype=np.float64),
        renewal_days=float(body["renewal_focus"]["days"]),
        renewal_factor=float(body["renewal_focus"]["factor"]),
    )


def _scaled(weight: Floats, axis: Ints) -> Floats:
    """Weights inside an axis scaled to sum 1; an axis without any weight stays at 0."""
    return over(weight, np.bincount(axis, weights=weight, minlength=len(AXES))[axis])
