"""The org chart as plain data: what the account plan's rule asks for, and where everything is drawn."""

import itertools

import pytest

from relationships import reports


def person(key, above=None, role="other", title="", **more):
    return {"id": key, "reports_to": above, "role": role, "title": title, **more}


def states(checks):
    return {check["key"]: check["state"] for check in checks}


def test_a_chart_with_everyone_the_plan_asks_for_is_complete():
    people = [
        person("ceo"), person("cfo", "ceo"), person("dana", "cfo", "champion"), person("gita", "cfo"),
        person("hugo", "dana"),
    ]  # fmt: skip
    checks, rows = reports.org_rule(people, contact="hugo")
    assert set(states(checks).values()) == {"known"}
    assert [row["id"] for row in rows] == [row["id"] for row in people]
    assert {check["key"]: check["ids"] for check in checks}["peer"] == ["gita"]


def test_every_gap_is_an_empty_box_at_its_place():
    checks, rows = reports.org_rule([person("dana", role="champion")])
    assert states(checks) == {
        "contact": "empty", "champion": "known", "leader1": "empty", "leader2": "empty", "peer": "empty",
    }  # fmt: skip
    above = {row["id"]: row["reports_to"] for row in rows}
    assert above == {
        "dana": "seat:leader1", "seat:contact": None, "seat:leader1": "seat:leader2", "seat:leader2": None,
        "seat:peer": "seat:leader1",
    }  # fmt: skip


def test_an_account_without_anybody_shows_the_whole_rule_empty():
    checks, rows = reports.org_rule([])
    assert set(states(checks).values()) == {"empty"}
    assert len(rows) == 5


def test_a_champion_who_left_leaves_an_empty_box_beside_the_main_contact():
    people = [person("boss"), person("dana", "boss", "champion", left=True), person("gita", "boss")]
    checks, rows = reports.org_rule(people, contact="gita")
    assert states(checks)["champion"] == "empty"
    assert next(row for row in rows if row["id"] == "seat:champion")["reports_to"] == "boss"


def test_who_led_and_left_leaves_an_empty_box_between():
    people = [person("ceo"), person("cfo", "ceo", left=True), person("dana", "cfo", "champion")]
    _checks, rows = reports.org_rule(people)
    above = {row["id"]: row["reports_to"] for row in rows}
    assert (above["dana"], above["seat:leader1"]) == ("seat:leader1", "ceo")


@pytest.mark.parametrize(
    ("title", "top"),
    [
        ("CEO", True), ("Founder & Managing Director", True), ("President", True), ("Vice President Sales", False),
        ("Product Owner", False), ("Head of Planning", False), ("", False),
    ],
)  # fmt: skip
def test_nobody_is_missing_above_the_head_of_a_company(title, top):
    checks, _rows = reports.org_rule([person("dana", role="champion", title=title)])
    assert (states(checks)["leader1"] == "not_needed") is top


def four_levels():
    """One head, five under it, twenty under them, and the rest at the bottom."""
    above = [None, *[0] * 5, *[1 + n % 5 for n in range(20)], *[6 + n % 20 for n in range(34)]]
    return [person(n, boss) for n, boss in enumerate(above)]


def shapes():
    yield "one", [person(0)]
    yield "two", [person(0), person(1, 0)]
    yield "twelve", [person(n, (n - 1) // 3 if n else None) for n in range(12)]
    yield "sixty", [person(n, (n - 1) // 4 if n else None) for n in range(60)]
    yield "sixty in four levels", four_levels()
    yield "sixty loose", [person(n) for n in range(60)]
    yield "wide", [person(n, 0 if n else None) for n in range(26)]
    yield "deep", [person(n, n - 1 if n else None) for n in range(8)]
    yield "two trees and loose", [person(0), person(1, 0), person(2), person(3, 2), person(4)]
    yield "a circle", [person("a", "b"), person("b", "a"), person("c", "a")]


@pytest.mark.parametrize(("name", "people"), list(shapes()))
@pytest.mark.parametrize("lines", [3, 4])
def test_every_box_has_a_place_of_its_own_inside_the_chart(name, people, lines):
    _checks, rows = reports.org_rule(people)
    made = reports.org_layout(rows, lines=lines)
    assert len(made["boxes"]) == len(rows)
    wide, tall = made["box"]["width"], made["box"]["height"]
    for one, other in itertools.combinations(made["boxes"], 2):
        apart = abs(one["x"] - other["x"]) >= wide or abs(one["y"] - other["y"]) >= tall
        assert apart, (name, one["row"]["id"], other["row"]["id"])
    assert min(box["x"] for box in made["boxes"]) >= 0
    assert max(box["x"] for box in made["boxes"]) + wide <= made["width"]
    assert max(box["y"] for box in made["boxes"]) + tall <= made["height"]


def test_a_broad_team_is_stacked_so_that_the_chart_stays_legible():
    made = reports.org_layout([person(n, 0 if n else None) for n in range(26)])
    assert made["width"] < 1500
    assert len({box["x"] for box in made["boxes"][1:]}) < 7


def test_a_chart_of_sixty_in_many_levels_is_folded_until_it_is_legible_as_a_whole():
    made = reports.org_layout(four_levels(), lines=4)
    assert (made["width"] < 2000, made["height"] < 1900) == (True, True), (made["width"], made["height"])
    few = reports.org_layout(four_levels()[:14], lines=4)
    assert few["height"] < 500  # a small one is not


def test_those_without_a_place_stand_below_under_a_line_of_their_own():
    made = reports.org_layout([person(0), person(1, 0), person(2)])
    loose = next(box for box in made["boxes"] if box["row"]["id"] == 2)
    assert loose["y"] >= made["loose"]
    assert reports.org_layout([person(0)])["loose"] is None


def test_an_edge_runs_between_the_borders_of_two_boxes_that_are_drawn():
    edges = [
        {"source": 0, "target": 1, "kind": "influences", "strength": 2},
        {"source": 0, "target": "gone", "kind": "influences", "strength": 2},
    ]
    made = reports.org_layout([person(0), person(1, 0)], edges)
    (drawn,) = made["edges"]
    assert drawn["path"].startswith("M")
    assert "Q" in drawn["path"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dana", "Dana"), ("x" * 200, "…"), ("漢字" * 50, "…"), ("a\x0bb\x1f", "ab"), ("  two\n lines ", "two lines"),
        (None, ""),
    ],
)  # fmt: skip
def test_a_text_fits_its_line_and_an_xml_file(text, shown):
    fitted = reports.fitted(text, 150)
    assert fitted.endswith(shown)
    assert len(fitted) < 40
