"""Charts about health are valid plotly, carry the numbers they were given, and never let a name become markup."""

import json
from datetime import date, timedelta

import plotly.graph_objects as go
import pytest

from health import reports

MONDAY = date(2026, 11, 16)
LARKSPUR = [
    {"label": "Frequency", "contribution": 2.750377},
    {"label": "Trend", "contribution": -0.841952},
    {
        "label": "Relationship",
        "contribution": 1.865464,
        "personas": [
            {"name": "Dana", "contribution": 1.871004},
            {"name": "Eli", "contribution": -0.551250},
            {"name": "Farid", "contribution": 0.233876},
            {"name": "Gita", "contribution": 0.311834},
        ],
    },
]


def quadrant_row(**changes):
    row = {"name": "Larkspur", "behavioural": 53.5, "emotional": 65.9, "arr": 180_000, "voice": "undecided"}
    return {**row, "href": "/t/northwind/accounts/1", "trail": [(50, 60), (52, 63)], **changes}


def every_figure():
    yield reports.score_trend(
        [{"at": MONDAY, "score": 59.2, "evidence": 0.78, "behavioural": 53.5, "emotional": None}]
    )
    yield reports.score_trend([])
    yield reports.waterfall(LARKSPUR, score=53.773889)
    yield reports.waterfall([], score=50)
    yield reports.usage_per_day([{"day": MONDAY, "users": 4, "events": 90}])
    yield reports.usage_per_day([])
    yield reports.engagement_quadrant(
        [quadrant_row(), quadrant_row(voice=None, arr=None, trail=[])], currency="EUR"
    )
    yield reports.engagement_quadrant([])
    yield reports.money_by_band([{"band": "at_risk", "arr": 842_000, "accounts": 7}], currency="EUR")
    yield reports.money_by_band([])
    yield reports.money_trend([{"on": MONDAY, "at_risk": 10, "watch": None}], currency="SEK")
    yield reports.money_trend([])


@pytest.mark.parametrize("figure", list(every_figure()))
def test_every_figure_is_valid_plotly_and_valid_json(figure):
    assert json.loads(json.dumps(figure, allow_nan=False)) == json.loads(
        json.dumps(go.Figure(figure).to_plotly_json())
    )


@pytest.mark.parametrize("figure", list(every_figure()))
def test_every_light_colour_has_a_dark_one(figure):
    dark = figure["layout"]["meta"]["dark"]

    def colours(value, key=""):
        if isinstance(value, dict):
            for name, part in value.items():
                if name != "meta":
                    yield from colours(part, name)
        elif isinstance(value, (list, tuple)):
            for part in value:
                yield from colours(part, key)
        elif isinstance(value, str) and "color" in key and value.startswith(("#", "rgba")):
            yield value

    assert {found for found in colours(figure) if found != "rgba(0,0,0,0)"} <= set(dark)


@pytest.mark.parametrize("figure", list(every_figure()))
def test_labels_hold_no_tag_that_needs_an_inline_style(figure):
    words = json.dumps({"data": figure["data"], "annotations": figure["layout"].get("annotations", [])})
    assert not any(tag in words for tag in ("<b>", "<i>", "<span", "<a "))


def test_the_waterfall_runs_from_50_to_the_score():
    bars = reports.waterfall(LARKSPUR, score=53.773889)["data"][0]
    ends = [base + step for base, step in zip(bars["base"], bars["x"], strict=True)]
    measures = [1, 2, 3]
    assert bars["base"][0] == 50
    assert [bars["base"][line] for line in measures] == pytest.approx([50, 52.750377, 51.908425])
    assert ends[3] == pytest.approx(53.773889)
    assert ends[-1] == pytest.approx(53.773889)


def test_people_stand_inside_their_measure_in_the_waterfall():
    bars = reports.waterfall(LARKSPUR, score=53.773889)["data"][0]
    relationship, dana, gita = 3, 4, 7
    assert bars["base"][dana] == bars["base"][relationship]
    assert bars["base"][gita] + bars["x"][gita] == pytest.approx(
        bars["base"][relationship] + bars["x"][relationship]
    )


def test_the_waterfall_table_signs_every_part():
    rows = reports.waterfall_rows(LARKSPUR, score=53.773889)
    assert rows[0] == ("Neutral", "", "50")
    assert ("", "Eli", "\N{MINUS SIGN}0.55") in rows
    assert rows[-1] == ("Health", "", "53.77")


def test_a_missing_score_is_a_gap_and_not_zero():
    rows = [
        {"at": MONDAY, "score": 60, "evidence": 0.5, "behavioural": None, "emotional": None},
        {
            "at": MONDAY + timedelta(days=1),
            "score": None,
            "evidence": None,
            "behavioural": None,
            "emotional": None,
        },
    ]
    assert reports.score_trend(rows)["data"][-1]["y"] == [60.0, None]


def test_the_bands_behind_the_trend_meet_at_the_cuts():
    shapes = reports.score_trend([], at_risk_below=35, healthy_from=75)["layout"]["shapes"]
    assert [(shape["y0"], shape["y1"]) for shape in shapes] == [(0, 35), (35, 75), (75, 100)]


def test_a_day_without_usage_between_two_is_an_empty_day():
    rows = [
        {"day": MONDAY, "users": 3, "events": 9},
        {"day": MONDAY + timedelta(days=2), "users": 1, "events": 2},
    ]
    bars = reports.usage_per_day(rows)["data"][0]
    assert bars["x"] == ["2026-11-16", "2026-11-17", "2026-11-18"]
    assert bars["y"] == [3, 0, 1]


def test_an_account_without_both_scores_is_left_out_of_the_quadrant():
    figure = reports.engagement_quadrant([quadrant_row(), quadrant_row(name="Cedar", emotional=None)])
    assert [name for trace in figure["data"][1:] for name in trace["text"]] == ["Larkspur"]


def test_the_area_of_a_bubble_is_the_money():
    figure = reports.engagement_quadrant([quadrant_row(arr=400), quadrant_row(arr=100)])
    marker = figure["data"][1]["marker"]
    assert marker["sizemode"] == "area"
    assert list(marker["size"]) == [400.0, 100.0]


def test_voices_differ_by_shape_as_well_as_colour():
    rows = [quadrant_row(voice=voice) for voice in ("promoter", "undecided", "detractor", None)]
    traces = reports.engagement_quadrant(rows)["data"][1:]
    assert len({trace["marker"]["symbol"] for trace in traces}) == 4


def test_a_trail_ends_at_its_bubble_and_does_not_join_the_next():
    figure = reports.engagement_quadrant([quadrant_row(), quadrant_row(trail=[])])
    assert list(figure["data"][0]["x"]) == [50.0, 52.0, 53.5, None]


def test_a_name_with_markup_is_shown_as_it_was_typed():
    name = '<a href="javascript:alert(1)">x</a>'
    text = reports.engagement_quadrant([quadrant_row(name=name)])["data"][1]["text"][0]
    assert text == '&lt;a href="javascript:alert(1)"&gt;x&lt;/a&gt;'


def test_a_long_name_is_cut_beside_its_bar():
    part = {"label": "N" * 200, "contribution": 1.0}
    labels = reports.waterfall([part], score=51)["layout"]["annotations"]
    assert max(len(label["text"]) for label in labels) <= 22


@pytest.mark.parametrize(
    ("top", "texts"),
    [
        (0, ["€0"]),
        (2_290_000, ["€0", "€1M", "€2M"]),
        (741e9, ["€0", "€200B", "€400B", "€600B"]),
        (950, ["€0", "€250", "€500", "€750"]),
    ],
)
def test_an_axis_of_money_has_a_few_round_sums(top, texts):
    chart = reports.money_by_band([{"band": "watch", "arr": top, "accounts": 1}], currency="EUR")
    assert list(chart["layout"]["xaxis"]["ticktext"]) == texts
    trend = reports.money_trend([{"on": MONDAY, "at_risk": 0, "watch": top}], currency="EUR")
    assert list(trend["layout"]["yaxis"]["ticktext"]) == texts


def test_a_crowd_of_bubbles_is_drawn_smaller_and_lighter():
    def marker(count):
        return reports.engagement_quadrant([quadrant_row()] * count)["data"][1]["marker"]

    assert marker(400)["sizeref"] > marker(40)["sizeref"] == marker(1)["sizeref"]
    assert marker(400)["opacity"] < marker(40)["opacity"]


def test_bands_stand_worst_first_and_a_missing_band_is_zero():
    bars = reports.money_by_band([{"band": "healthy", "arr": 5, "accounts": 1, "href": "/x"}])["data"][0]
    assert list(bars["y"]) == ["At risk", "Watch", "Healthy", "Unknown"]
    assert list(bars["x"]) == [0.0, 0.0, 5.0, 0.0]
    assert bars["customdata"][2] == ["/x", 1, "1 account"]
    assert list(bars["text"]) == ["0, 0 accounts", "0, 0 accounts", "5, 1 account", "0, 0 accounts"]


def test_a_chart_writes_a_day_as_the_page_does():
    trend = reports.money_trend([{"on": MONDAY, "at_risk": 1, "watch": 2}])["layout"]["xaxis"]
    assert (trend["hoverformat"], trend["tickformatstops"][0]["value"]) == ("%b %-d, %Y", "%b %-d\n%Y")
