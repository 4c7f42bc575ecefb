"""What a scorecard must be, field by field."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from health import formulas


def test_the_default_is_sound_and_survives_json() -> None:
    body = formulas.default_scorecard()
    assert formulas.validate_scorecard(body) == []
    assert json.loads(json.dumps(body)) == body


def test_each_call_gives_a_default_of_its_own() -> None:
    formulas.default_scorecard()["measures"].clear()
    assert len(formulas.default_scorecard()["measures"]) == 10


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The default with one field set, by its JSON pointer."""
    body: Any = copy.deepcopy(formulas.default_scorecard())
    *path, last = pointer.removeprefix("/").split("/")
    inner = body
    for step in path:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    inner[int(last) if isinstance(inner, list) else last] = value
    return dict(body)


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/L", 1.01, "range"),
        ("/L", True, "type"),
        ("/L", float("nan"), "range"),
        ("/L", "0.5", "type"),
        ("/axes/behavioural", -0.1, "range"),
        ("/axes/financial", 0.1, "unknown"),
        ("/measures", [], "type"),
        ("/measures/0", "frequency", "type"),
        ("/measures/0/key", "Frequency!", "type"),
        ("/measures/1/key", "frequency", "taken"),
        ("/measures/0/axis", "rational", "choice"),
        ("/measures/0/axis", [], "choice"),
        ("/measures/0/kind", "sum", "choice"),
        ("/measures/0/kind", "people", "choice"),
        ("/measures/4/kind", "latest", "choice"),
        ("/measures/4/floor", 0, "range"),
        ("/measures/0/target", 0.10, "equal"),
        ("/measures/0/target", None, "type"),
        ("/measures/0/half_life", 0, "range"),
        ("/measures/0/grace", -1, "range"),
        ("/measures/0/weight", -1, "range"),
        ("/measures/0/weight", 10**400, "range"),
        ("/measures/0/on", 1, "type"),
        ("/influence/champion", 6, "range"),
        ("/influence/chief", 3, "unknown"),
        ("/required_roles", "champion", "type"),
        ("/required_roles/0", "chief", "choice"),
        ("/required_roles/1", "economic_buyer", "taken"),
        ("/required_roles_by_tier", [], "type"),
        ("/required_roles_by_tier/Gold", {"champion": 1}, "type"),
        ("/required_roles_by_tier/ ", [], "range"),
        ("/bands/healthy_from", 45, "order"),
        ("/bands/watch_from", 2, "range"),
        ("/bands/min_evidence", 2, "range"),
        ("/caps/unrated", "healthy", "choice"),
        ("/caps/not_live", "watch", "unknown"),
        ("/loss_rates/watch", 1.5, "range"),
        ("/renewal_focus/days", "soon", "type"),
        ("/speaker_days", -1, "range"),
        ("/ask_every_days", 0, "range"),
        ("/churn_after_days", 0, "range"),
        ("/a~0b", 1, "unknown"),
    ],
)
def test_a_mistake_is_named_with_its_field(pointer: str, value: Any, code: str) -> None:
    body = changed(pointer.replace("~0", "~"), value)
    errors = [(error["pointer"], error["code"]) for error in formulas.validate_scorecard(body)]
    expected = {"/bands/watch_from": "/bands/margin", "/measures/4/kind": "/measures/4/kind"}
    assert errors == [(expected.get(pointer, pointer), code)]


@pytest.mark.parametrize("body", [None, [], "x", 3])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    assert [error["code"] for error in formulas.validate_scorecard(body)] == ["type"]


def test_every_field_that_is_missing_is_named() -> None:
    missing = {error["pointer"] for error in formulas.validate_scorecard({})}
    later = "required_roles_by_tier"  # whoever does not name it asks the same of every tier
    assert missing == {f"/{name}" for name in formulas.default_scorecard() if name != later}


def test_a_scorecard_that_weighs_nothing_is_refused() -> None:
    body = formulas.default_scorecard()
    for measure in body["measures"]:
        measure["on"] = measure["axis"] == "emotional"
    assert formulas.validate_scorecard(body) == []
    body["axes"]["emotional"] = 0
    assert [error["code"] for error in formulas.validate_scorecard(body)] == ["empty"]


def test_weights_are_scaled_inside_their_axis() -> None:
    body = formulas.default_scorecard()
    body["axes"] = {"behavioural": 0.9, "emotional": 0.3}
    for measure in body["measures"]:
        measure["weight"] *= 7
        measure["on"] = measure["key"] != "effectiveness"
    card = formulas.read_scorecard(body)
    weight = dict(zip(card.keys, card.weight.tolist(), strict=True))
    assert card.weight.sum() == pytest.approx(1)
    assert weight["frequency"] == pytest.approx(0.75 * 0.35 / 0.75)
    assert "effectiveness" not in weight


def test_an_axis_without_measures_leaves_all_weight_to_the_other() -> None:
    body = formulas.default_scorecard()
    for measure in body["measures"]:
        measure["on"] = measure["key"] == "frequency"
    card = formulas.read_scorecard(body)
    rows = {"case": [0], "measure": ["frequency"], "value": [0.6], "age_days": [0]}
    state = formulas.assess(card, 1, observations=rows)
    assert (state.health.score[0], state.health.evidence[0]) == (100, 1)
    assert (state.axes[1].score[0], state.axes[1].evidence[0]) == (50, 0)


def test_a_measure_of_one_s_own_needs_only_its_row() -> None:
    body = formulas.default_scorecard()
    body["measures"].append({
        "key": "tickets", "axis": "emotional", "weight": 0.2, "kind": "latest",
        "floor": 10, "target": 0, "grace": 7, "half_life": 14, "on": True,
    })  # fmt: skip
    assert formulas.validate_scorecard(body) == []
    card = formulas.read_scorecard(body)
    rows = {"case": [0], "measure": ["tickets"], "value": [4], "age_days": [0]}
    state = formulas.assess(card, 1, observations=rows)
    assert state.readings[card.keys.index("tickets")].x[0] == pytest.approx(60)


def test_a_change_of_scorecard_splits_too() -> None:
    body = formulas.default_scorecard()
    body["measures"] = [measure for measure in body["measures"] if measure["key"] != "breadth"]
    rows = {"case": [0] * 2, "measure": ["frequency", "breadth"], "value": [0.5, 0.2], "age_days": [0, 0]}
    sides = [
        formulas.assess(formulas.read_scorecard(one), 1, observations=rows)
        for one in (formulas.default_scorecard(), body)
    ]
    change = formulas.split_change(*sides)
    both = change.value_part + change.evidence_part
    assert abs(both.sum() - change.delta[0]) < 1e-9
    assert np.abs(both[change.keys.index("breadth"), 0]) > 0
