"""Charts about support contacts and staying: shares with their intervals, and the difference that each kind makes."""

from collections.abc import Iterable, Mapping
from typing import Any

from health.reports.figure import axis, colour, escape, figure, number

Row = Mapping[str, Any]
INK = {"mixed": "unknown", "more": "healthy", "fewer": "at_risk"}


def stayed_by_contacts(rows: Iterable[Row], *, height: int = 240) -> dict[str, Any]:
    """The share that stayed, by how often they asked, each with its 95 % interval.

    rows: {label, share, low, high, n, stayed}; shares 0..100, None where n is 0 (no bar).
    """
    found = list(rows)
    shares = [number(row["share"]) for row in found]
    bars = {
        "type": "bar",
        "x": [escape(row["label"], 40) for row in found],
        "y": shares,
        "customdata": [["", row["stayed"], row["n"]] for row in found],
        "marker": {"color": colour("accent_soft"), "line": {"width": 0}},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [_span(row["share"], row["high"]) for row in found],
            "arrayminus": [_span(row["low"], row["share"]) for row in found],
            "color": colour("label"),
            "thickness": 1.3,
            "width": 5,
        },
        "hovertemplate": "%{x}<br>%{y:.0f} %: %{customdata[1]} of %{customdata[2]} stayed<extra></extra>",
    }
    return figure(
        [bars],
        height=height,
        bargap=0.5,
        xaxis=axis(showgrid=False, tickfont={"size": 12, "color": colour("ink")}),
        yaxis=axis(range=[0, 104], tickvals=[0, 25, 50, 75, 100], title_text="Stayed, %"),
    )


def _span(low: Any, high: Any) -> float:
    first, last = number(low), number(high)
    return 0.0 if first is None or last is None else last - first


def difference_by_kind(rows: Iterable[Row], *, height: int = 240) -> dict[str, Any]:
    """How many points more or fewer stay with a kind of contact than without, each with its 95 % interval.

    rows: {label, difference, low, high, tone "more" | "fewer" | "mixed"}; a row without a difference is left out.
    """
    found = [row for row in rows if number(row["difference"]) is not None]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [number(row["difference"]) for row in found],
        "y": [escape(row["label"], 40) for row in found],
        "customdata": [["", number(row["low"]), number(row["high"])] for row in found],
        "marker": {
            "size": 10,
            "color": [colour(INK[row["tone"]]) for row in found],
            "symbol": ["circle-open" if row["tone"] == "mixed" else "circle" for row in found],
            "line": {"width": 2, "color": [colour(INK[row["tone"]]) for row in found]},
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [_span(row["difference"], row["high"]) for row in found],
            "arrayminus": [_span(row["low"], row["difference"]) for row in found],
            "color": colour("label"),
            "thickness": 1.3,
            "width": 5,
        },
        "hovertemplate": "%{y}<br>%{x:+.0f} points (%{customdata[1]:+.0f} to %{customdata[2]:+.0f})<extra></extra>",
    }
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    return figure(
        [points],
        height=height,
        margin={"l": 10, "r": 16, "t": 10, "b": 42, "pad": 6},
        shapes=[{**zero, "line": {"color": colour("line"), "width": 1}}],
        xaxis=axis(title_text="Points more that stay than without", tickformat="d", rangemode="tozero"),
        yaxis=axis(autorange="reversed", showgrid=False, tickfont={"size": 12, "color": colour("ink")}),
    )
