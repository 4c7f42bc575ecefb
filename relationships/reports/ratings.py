"""Charts about ratings: the 4 x 3 matrix, one person's ratings over time.

Rows in, a plotly figure or plain nested lists out. No Django, no clock, no database.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from health import reports as health

Row = Mapping[str, Any]

STRENGTHS = (("very_good", "Very good"), ("okay", "Okay"), ("weak", "Weak"), ("none", "None"))
FEW = 4  # bars for which a Pareto chart has room at least
SENTIMENTS = (("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive"))
# Good, middling or bad news, by strength and sentiment: what a cell's colour says beside its place.
TONES = {
    ("very_good", "positive"): "good",
    ("very_good", "neutral"): "good",
    ("very_good", "negative"): "mid",
    ("okay", "positive"): "good",
    ("okay", "neutral"): "mid",
    ("okay", "negative"): "bad",
    ("weak", "positive"): "mid",
    ("weak", "neutral"): "mid",
    ("weak", "negative"): "bad",
    ("none", "positive"): "mid",
    ("none", "neutral"): "bad",
    ("none", "negative"): "bad",
}


def matrix(rows: Iterable[Row], *, unit: str = "people") -> dict[str, Any]:
    """The 4 x 3 matrix and its unrated cell, ready for a table.

    rows: {strength, sentiment, people, arr, href}; strength or sentiment None is unrated. unit: `people` or `arr`.
    Returns {lines: [{strength, label, cells: [{sentiment, label, value, tone, level, href}]}], unrated, total};
    level 0 (empty) .. 3 (the fullest third). The cells and unrated sum to total.
    """
    sums: dict[tuple[str, str] | None, float] = defaultdict(float)
    links: dict[tuple[str, str] | None, str] = {}
    for row in rows:
        rated = row.get("strength") and row.get("sentiment")
        place = (row["strength"], row["sentiment"]) if rated else None
        sums[place] += float(row.get(unit) or 0)
        links[place] = row.get("href") or links.get(place, "")
    largest = max((value for place, value in sums.items() if place), default=0.0)
    lines = [
        {
            "strength": strength,
            "label": label,
            "cells": [
                _cell(strength, sentiment, name, sums, links, largest) for sentiment, name in SENTIMENTS
            ],
        }
        for strength, label in STRENGTHS
    ]
    return {
        "lines": lines,
        "unrated": {"value": sums.get(None, 0.0), "href": links.get(None, "")},
        "total": sum(sums.values()),
    }


def _cell(
    strength: str,
    sentiment: str,
    name: str,
    sums: Mapping[tuple[str, str] | None, float],
    links: Mapping[tuple[str, str] | None, str],
    largest: float,
) -> dict[str, Any]:
    value = sums.get((strength, sentiment), 0.0)
    level = 0 if value <= 0 or largest <= 0 else min(3, 1 + int(3 * value / largest - 1e-9))
    return {
        "sentiment": sentiment,
        "label": name,
        "value": value,
        "tone": TONES[strength, sentiment],
        "level": level,
        "href": links.get((strength, sentiment), ""),
    }


def _heat_bar(x: int, y: int, shade: str, text: str, hover: str, href: str) -> dict[str, Any]:
    hatched = shade == "unknown_soft"
    return {
        "type": "bar",
        "x": [x],
        "y": [0.92],
        "base": [y + 0.04],
        "width": [0.96],
        "marker": {
            "color": health.colour(shade),
            "line": {"width": 0},
            "pattern": {
                "shape": "/" if hatched else "",
                "fgcolor": health.colour("unknown_soft"),
                "bgcolor": health.colour("sunken"),
                "size": 7,
                "solidity": 0.35,
            },
        },
        "text": [text],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 14, "color": health.colour("ink")},
        "customdata": [href],
        "hovertemplate": f"{hover}<br>{text}<extra></extra>",
    }


def heat_map(
    rows: Iterable[Row], *, unit: str = "people", prefix: str = "", height: int = 300
) -> dict[str, Any]:
    """The 4 x 3 matrix as a figure, in people or in ARR, with the unrated in a column of their own.

    rows as for `matrix`. prefix: what stands before a sum of money.
    """
    grid = matrix(rows, unit=unit)
    shades = {"good": "healthy", "mid": "watch", "bad": "at_risk"}
    data = []
    for up, line in enumerate(reversed(grid["lines"])):
        for along, cell in enumerate(line["cells"]):
            shade = ("sunken", "wash", "soft", "soft")[cell["level"]]
            name = shade if shade == "sunken" else f"{shades[cell['tone']]}_{shade}"
            hover = f"{line['label']}, {cell['label'].lower()}"
            data.append(_heat_bar(along, up, name, _amount(cell["value"], unit, prefix), hover, cell["href"]))
    unrated = _amount(grid["unrated"]["value"], unit, prefix)
    whole = {**_heat_bar(3, 0, "unknown_soft", unrated, "Not rated", grid["unrated"]["href"]), "y": [3.92]}
    return health.figure(
        [*data, whole],
        height=height,
        barmode="overlay",
        margin={"l": 10, "r": 6, "t": 26, "b": 6, "pad": 4},
        xaxis=health.axis(
            tickvals=[0, 1, 2, 3],
            ticktext=[*(name for _, name in SENTIMENTS), "Not rated"],
            side="top",
            range=[-0.5, 3.5],
            showgrid=False,
        ),
        yaxis=health.axis(
            tickvals=[0.5, 1.5, 2.5, 3.5],
            ticktext=[label for _, label in reversed(STRENGTHS)],
            range=[0, 4],
            showgrid=False,
        ),
    )


def _amount(value: float, unit: str, prefix: str) -> str:
    if unit == "people":
        return f"{value:,.0f}"
    return health.short_sum(value, prefix)


def rating_history(rows: Iterable[Row], *, height: int = 240) -> dict[str, Any]:
    """One person's strength over time, a stepped line per rater; each mark's shape and colour is the sentiment.

    rows: {rated_at (ISO text or datetime), rater, strength, sentiment, driver}, oldest first; a rating without
    strength keeps the line where it was.
    """
    levels = {"none": 0, "weak": 1, "okay": 2, "very_good": 3}
    marks = {
        "negative": ("at_risk", "triangle-down"),
        "neutral": ("unknown", "square"),
        "positive": ("healthy", "circle"),
    }
    by_rater: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_rater[row["rater"]].append(row)
    shades = ("accent", "second", "third", "muted")
    data = []
    for index, (rater, mine) in enumerate(by_rater.items()):
        signs = [marks.get(row.get("sentiment") or "", ("unknown", "circle-open")) for row in mine]
        heights: list[int | None] = []
        for row in mine:
            heights.append(levels.get(row.get("strength") or "", heights[-1] if heights else None))
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": health.escape(rater, 30),
                "x": [
                    value if isinstance(value, str) else value.isoformat()
                    for value in (row["rated_at"] for row in mine)
                ],
                "y": heights,
                "line": {
                    "shape": "hv",
                    "width": 1.8,
                    "color": health.colour(shades[index % 4]),
                    "dash": ("solid", "dash", "dot", "dashdot")[index % 4],
                },
                "marker": {
                    "size": 11,
                    "color": [health.colour(shade) for shade, _ in signs],
                    "symbol": [symbol for _, symbol in signs],
                    "line": {"width": 1.5, "color": health.colour("surface")},
                },
                "text": [_said(row) for row in mine],
                "hovertemplate": "%{text}<br>%{x|%-d %b %Y}<extra></extra>",
            }
        )
    several = len(by_rater) > 1
    days = health.date_axis(nticks=6, **health.around(min(ends), max(ends))) if (ends := _ends(data)) else {}
    return health.figure(
        data,
        height=height,
        showlegend=several,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11, "color": health.colour("label")},
        },
        margin={"l": 10, "r": 14, "t": 24 if several else 8, "b": 36, "pad": 4},
        xaxis=days or health.date_axis(nticks=6),
        yaxis=health.axis(
            range=[-0.35, 3.35], tickvals=[0, 1, 2, 3], ticktext=["None", "Weak", "Okay", "Very good"]
        ),
    )


def _ends(data: Iterable[Row]) -> list[dt.datetime]:
    """The moments of all marks."""
    return [dt.datetime.fromisoformat(moment) for line in data for moment in line["x"]]


def _said(row: Row) -> str:
    strength = dict(STRENGTHS).get(row.get("strength") or "", "")
    sentiment = dict(SENTIMENTS).get(row.get("sentiment") or "", "").lower()
    words = ", ".join(word for word in (strength, sentiment) if word) or "Not rated"
    driver = f"<br>{health.escape(row['driver'], 60)}" if row.get("driver") else ""
    return f"{words} by {health.escape(row['rater'], 40)}{driver}"


def pareto(rows: Iterable[Row], *, height: int = 300) -> dict[str, Any]:
    """How many people each driver is said of, the most frequent on top, with the share of all down to it.

    rows: {label, people, cumulative (0..100), href}, in order.
    """
    found = list(rows)
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(found))),  # two labels may begin alike
        "x": [row["people"] for row in found],
        "hovertext": [health.escape(row["label"]) for row in found],
        "text": [f"{row['people']:,} · {row['cumulative']:.0f}%" for row in found],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [row["href"] for row in found],
        "marker": {"color": health.colour("accent_soft"), "line": {"width": 0}},
        "hovertemplate": "%{hovertext}: %{x:,}<extra></extra>",
    }
    most = max((row["people"] for row in found), default=1)
    return health.figure(
        [bars],
        height=height,
        bargap=0.35,
        margin={"l": 8, "r": 84, "t": 6, "b": 36},
        xaxis=health.axis(
            title_text="People · share of all down to here",
            range=[0, most],
            nticks=6,
            tickformat=",d",
            **({"dtick": 1} if most < 6 else {}),
        ),
        yaxis=health.axis(
            range=[max(len(found), FEW) - 0.5, -0.5],
            tickvals=list(range(len(found))),
            ticktext=[health.escape(row["label"], 28) for row in found],
            showgrid=False,
            tickfont={"size": 12, "color": health.colour("ink")},
        ),
    )
