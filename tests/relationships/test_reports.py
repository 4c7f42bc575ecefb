"""The matrix sums to the book, the ratings keep their raters apart, the org chart always ends."""

import json

import plotly.graph_objects as go
import pytest

from relationships import reports

CELLS = [
    {"strength": "very_good", "sentiment": "positive", "people": 2, "arr": 90_000, "href": "/p?s=very_good"},
    {"strength": "weak", "sentiment": "negative", "people": 1, "arr": 30_000, "href": "/p?s=weak"},
    {"strength": "okay", "sentiment": None, "people": 3, "arr": 20_000, "href": "/p?s=unrated"},
    {"strength": None, "sentiment": None, "people": 1, "arr": 40_000, "href": "/p?s=unrated"},
]


def values(matrix):
    return {
        (line["strength"], cell["sentiment"]): cell["value"]
        for line in matrix["lines"]
        for cell in line["cells"]
    }


@pytest.mark.parametrize(("unit", "total"), [("people", 7), ("arr", 180_000)])
def test_the_cells_and_the_unrated_sum_to_the_book(unit, total):
    matrix = reports.matrix(CELLS, unit=unit)
    assert sum(values(matrix).values()) + matrix["unrated"]["value"] == matrix["total"] == total


def test_a_person_with_only_one_of_strength_and_sentiment_is_unrated():
    assert reports.matrix(CELLS)["unrated"] == {"value": 4.0, "href": "/p?s=unrated"}


def test_the_matrix_has_all_twelve_cells_strongest_first():
    matrix = reports.matrix([])
    assert len(values(matrix)) == 12
    assert [line["label"] for line in matrix["lines"]] == ["Very good", "Okay", "Weak", "None"]
    assert {cell["level"] for line in matrix["lines"] for cell in line["cells"]} == {0}


def test_the_fullest_cell_has_the_strongest_shade():
    cells = {
        (line["strength"], cell["sentiment"]): cell["level"]
        for line in reports.matrix(CELLS)["lines"]
        for cell in line["cells"]
    }
    assert cells["very_good", "positive"] == 3
    assert cells["weak", "negative"] == 2
    assert cells["none", "neutral"] == 0


@pytest.mark.parametrize("unit", ["people", "arr"])
def test_the_heat_map_is_valid_plotly_and_valid_json(unit):
    figure = reports.heat_map(CELLS, unit=unit, prefix="€" if unit == "arr" else "")
    assert json.loads(json.dumps(figure, allow_nan=False)) == json.loads(
        json.dumps(go.Figure(figure).to_plotly_json())
    )
    assert len(figure["data"]) == 13


def test_the_heat_map_drills_to_the_people_it_counts():
    figure = reports.heat_map(CELLS)
    assert {trace["customdata"][0] for trace in figure["data"]} == {
        "",
        "/p?s=very_good",
        "/p?s=weak",
        "/p?s=unrated",
    }


def test_money_in_a_cell_is_short():
    figure = reports.heat_map(CELLS, unit="arr", prefix="€")
    assert {trace["text"][0] for trace in figure["data"]} == {"€0", "€30k", "€60k", "€90k"}


RATINGS = [
    {
        "rated_at": "2026-03-02",
        "rater": "Alice",
        "strength": "weak",
        "sentiment": "neutral",
        "driver": "<i>Slow</i>",
    },
    {"rated_at": "2026-04-02", "rater": "Alice", "strength": None, "sentiment": "positive"},
    {"rated_at": "2026-05-02", "rater": "Lena", "strength": "none", "sentiment": "negative"},
]


def test_each_rater_has_a_line_and_a_shape_says_the_sentiment():
    figure = reports.rating_history(RATINGS)
    assert [trace["name"] for trace in figure["data"]] == ["Alice", "Lena"]
    assert list(figure["data"][0]["marker"]["symbol"]) == ["square", "circle"]
    go.Figure(figure)


def test_a_rating_without_strength_keeps_the_line_where_it_was():
    assert list(reports.rating_history(RATINGS)["data"][0]["y"]) == [1, 1]


def test_a_driver_with_markup_is_shown_as_it_was_typed():
    assert "&lt;i&gt;Slow&lt;/i&gt;" in reports.rating_history(RATINGS)["data"][0]["text"][0]


def person(key, above=None):
    return {"id": key, "reports_to": above}


def drawn(nodes):
    return {node["person"]["id"]: drawn(node["children"]) for node in nodes}


def test_the_org_chart_hangs_people_under_whom_they_report_to():
    tree = reports.org_chart([person("eli"), person("dana", "eli"), person("gita", "dana"), person("hugo")])
    assert drawn(tree["roots"]) == {"eli": {"dana": {"gita": {}}}}
    assert [loose["id"] for loose in tree["unplaced"]] == ["hugo"]


def test_someone_who_reports_to_a_person_that_is_gone_stands_loose():
    assert [loose["id"] for loose in reports.org_chart([person("dana", "gone")])["unplaced"]] == ["dana"]


@pytest.mark.parametrize(
    "people",
    [
        [person("a", "a")],
        [person("a", "b"), person("b", "a")],
        [person("c", "a"), person("a", "b"), person("b", "a"), person("d", "c")],
    ],
)
def test_a_circle_of_reports_is_cut_and_everybody_is_drawn_once(people):
    tree = reports.org_chart(people)

    def names(nodes):
        return [name for node in nodes for name in (node["person"]["id"], *names(node["children"]))]

    shown = names(tree["roots"]) + [loose["id"] for loose in tree["unplaced"]]
    assert sorted(shown) == sorted(one["id"] for one in people)


def test_a_very_deep_chain_is_drawn_at_a_bounded_depth():
    tree = reports.org_chart([person(0), *(person(step, step - 1) for step in range(1, 200))])

    def depth(node):
        return 1 + max((depth(child) for child in node["children"]), default=0)

    assert depth(tree["roots"][0]) == reports.DEPTH + 1


def test_drivers_that_begin_alike_stay_two_bars_and_people_are_counted_in_whole_ones():
    long = "The integration with their own warehouse"
    rows = [{"label": f"{long} {one}", "people": 1, "cumulative": 50, "href": "/d"} for one in ("A", "B")]
    figure = reports.pareto(rows)
    assert figure["data"][0]["y"] == figure["layout"]["yaxis"]["tickvals"] == [0, 1]
    assert figure["layout"]["xaxis"]["dtick"] == 1
    go.Figure(figure)
