"""Charts about one account: how its score went, what it is made of, how much it is used."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

from health.reports.figure import around, axis, colour, date_axis, escape, figure, number, shorten, signed

Row = Mapping[str, Any]
LABELS = 156  # pixels left of the waterfall for the names


def _moment(value: date | datetime | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _band_grounds(at_risk_below: float, healthy_from: float) -> list[dict[str, Any]]:
    """The three bands as washes behind a chart whose y axis is a score."""
    edges = (
        ("at_risk_wash", 0, at_risk_below),
        ("watch_wash", at_risk_below, healthy_from),
        ("healthy_wash", healthy_from, 100),
    )
    return [
        {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": low,
            "y1": high,
            "fillcolor": colour(name),
            "line": {"width": 0},
            "layer": "below",
        }
        for name, low, high in edges
    ]


def score_trend(
    rows: Iterable[Row], *, at_risk_below: float = 40, healthy_from: float = 70, height: int = 240
) -> dict[str, Any]:
    """The score over time on its bands, with its behavioural and emotional sides as thin lines.

    rows: {at, score, evidence, behavioural, emotional}, scores 0..100 or None (a gap), evidence 0..1.
    """
    frame = pd.DataFrame(list(rows), columns=["at", "score", "evidence", "behavioural", "emotional"])
    at = [_moment(moment) for moment in frame["at"]]
    room = around(datetime.fromisoformat(at[0]), datetime.fromisoformat(at[-1])) if at else {}
    sides = (
        ("Behaviour", "behavioural", "second", "dot"),
        ("Emotion", "emotional", "third", "dash"),
    )
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": at,
            "y": [number(value) for value in frame[column]],
            "line": {"color": colour(shade), "width": 1.4, "dash": dash},
            "hovertemplate": f"{name} %{{y:.1f}}<extra></extra>",
        }
        for name, column, shade, dash in sides
        if frame[column].notna().any()
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "lines" if len(frame) > 1 else "markers",
            "name": "Health",
            "x": at,
            "y": [number(value) for value in frame["score"]],
            "customdata": [number(value) for value in frame["evidence"]],
            "line": {"color": colour("accent"), "width": 2.6},
            "marker": {"color": colour("accent"), "size": 8},
            "hovertemplate": "Health %{y:.1f}, %{customdata:.0%} sure<extra></extra>",
        }
    )
    return figure(
        data,
        height=height,
        shapes=_band_grounds(at_risk_below, healthy_from),
        hovermode="x unified",
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11, "color": colour("label")},
        },
        margin={"l": 34, "r": 12, "t": 24, "b": 36, "pad": 4},
        xaxis=date_axis(nticks=7, hoverformat="%b %-d, %Y", **room),
        yaxis=axis(range=[0, 100], tickvals=[0, at_risk_below, healthy_from, 100]),
    )


def _waterfall_lines(parts: Iterable[Row]) -> list[dict[str, Any]]:
    """One line per measure in the order given, each followed by its people; `base` is where its bar begins."""
    lines, running = [], 50.0
    for part in parts:
        step = number(part["contribution"]) or 0.0
        lines.append({"label": part["label"], "base": running, "step": step, "kind": "measure"})
        inner = running
        for person in part.get("personas") or ():
            share = number(person["contribution"]) or 0.0
            lines.append(
                {
                    "label": person["name"],
                    "base": inner,
                    "step": share,
                    "kind": "person",
                    "href": person.get("href") or "",
                }
            )
            inner += share
        running += step
    return lines


def waterfall(parts: Iterable[Row], *, score: float, row_height: int = 25) -> dict[str, Any]:
    """From 50 (neutral) to the score: one bar per measure, and under it one paler bar per person.

    parts: {label, contribution, personas: [{name, contribution, href ""}]} in points of score; they sum to
    score - 50. A person's bar leads to ``href``.
    """
    lines = [
        {"label": "Neutral", "base": 50.0, "step": 0.0, "kind": "start"},
        *_waterfall_lines(parts),
        {"label": "Health", "base": 50.0, "step": score - 50.0, "kind": "total"},
    ]
    shades = {
        "measure": ("healthy", "at_risk"),
        "person": ("healthy_soft", "at_risk_soft"),
        "total": ("accent", "accent"),
    }
    colours = [colour(shades.get(line["kind"], ("unknown", "unknown"))[line["step"] < 0]) for line in lines]
    texts = [
        "50"
        if line["kind"] == "start"
        else f"{score:.1f}"
        if line["kind"] == "total"
        else signed(line["step"])
        for line in lines
    ]
    edges = [line["base"] for line in lines] + [line["base"] + line["step"] for line in lines]
    pad = max(1.5, (max(edges) - min(edges)) * 0.16)
    positions = list(range(len(lines)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [line["step"] for line in lines],
        "y": positions,
        "base": [line["base"] for line in lines],
        "width": [0.44 if line["kind"] == "person" else 0.66 for line in lines],
        "marker": {"color": colours, "line": {"width": 0}},
        "text": texts,
        "textposition": "outside",
        "textfont": {
            "size": [11 if line["kind"] == "person" else 12 for line in lines],
            "color": [colour("label" if line["kind"] == "person" else "ink") for line in lines],
            "weight": [450 if line["kind"] == "person" else 600 for line in lines],
        },
        "constraintext": "none",
        "cliponaxis": False,
        "hovertext": [escape(line["label"]) for line in lines],
        "customdata": [[line.get("href", ""), signed(line["step"], 2)] for line in lines],
        "hovertemplate": "%{hovertext}<br>%{customdata[1]} points<extra></extra>",
    }
    return figure(
        [bars],
        height=48 + row_height * len(lines),
        margin={"l": LABELS, "r": 20, "t": 2, "b": 28},
        bargap=0.2,
        annotations=[_waterfall_label(line, at) for at, line in enumerate(lines)],
        shapes=[
            {
                "type": "line",
                "x0": 50,
                "x1": 50,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": colour("muted"), "width": 1, "dash": "dot"},
                "layer": "below",
            }
        ],
        xaxis=axis(range=[min(edges) - pad, max(edges) + pad], nticks=6),
        yaxis=axis(showticklabels=False, range=[len(lines) - 0.4, -0.6], showgrid=False, automargin=False),
    )


def _waterfall_label(line: Row, at: int) -> dict[str, Any]:
    """The name of a line, left of the bars; people are set in and quieter."""
    person = line["kind"] == "person"
    return {
        "text": escape(line["label"], 20 if person else 22),
        "hovertext": escape(line["label"]),
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "xshift": -LABELS + (14 if person else 0),
        "y": at,
        "showarrow": False,
        "align": "left",
        "font": {
            "size": 11.5 if person else 12.5,
            "weight": 400 if person else 550,
            "color": colour("label" if person else "ink"),
        },
    }


def usage_per_day(rows: Iterable[Row], *, height: int = 200) -> dict[str, Any]:
    """People active on each day, days without any shown as empty days.

    rows: {day, users, events}; day a date in the tenant's time zone.
    """
    frame = pd.DataFrame(list(rows), columns=["day", "users", "events"])
    if len(frame):
        frame = frame.set_index(pd.DatetimeIndex(pd.to_datetime(frame["day"])))[["users", "events"]]
        frame = frame.groupby(level=0).sum().asfreq("D", fill_value=0)
    days = [moment.strftime("%Y-%m-%d") for moment in frame.index] if len(frame) else []
    week = frame["users"].rolling(7, min_periods=7).mean() if len(frame) else frame["users"]
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": "Active people",
            "x": days,
            "y": [int(value) for value in frame["users"]],
            "customdata": [int(value) for value in frame["events"]],
            "marker": {"color": colour("accent_soft"), "line": {"width": 0}},
            "hovertemplate": "%{x|%a, %b %-d, %Y}<br>%{y} active, %{customdata:,} events<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Mean of 7 days",
            "x": days,
            "y": [number(value) for value in week],
            "line": {"color": colour("accent"), "width": 2},
            "hoverinfo": "skip",
        },
    ]
    return figure(
        data,
        height=height,
        bargap=0.25,
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11, "color": colour("label")},
        },
        margin={"l": 34, "r": 12, "t": 24, "b": 36, "pad": 4},
        xaxis=date_axis(nticks=7),
        yaxis=axis(rangemode="tozero", nticks=5, tickformat=",d"),
    )


def waterfall_rows(parts: Iterable[Row], *, score: float) -> list[tuple[str, str, str]]:
    """The waterfall as a table: (measure, person or nothing, signed points), from 50 to the score."""
    rows = [("Neutral", "", "50")]
    for part in parts:
        rows.append((shorten(part["label"], 200), "", signed(number(part["contribution"]) or 0.0, 2)))
        for person in part.get("personas") or ():
            rows.append(("", shorten(person["name"], 200), signed(number(person["contribution"]) or 0.0, 2)))
    return [*rows, ("Health", "", f"{score:.2f}")]
