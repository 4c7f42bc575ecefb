"""Charts about a book of accounts: behaviour against emotion, money by band, money at risk over time."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

from health.reports.figure import (
    BAND_LABELS,
    around,
    axis,
    colour,
    date_axis,
    escape,
    figure,
    number,
    short_sum,
    sum_ticks,
)

Row = Mapping[str, Any]

# What they say, as colour and as shape: no meaning rests on colour alone.
VOICES = (
    ("promoter", "Recommends us", "healthy", "circle"),
    ("undecided", "Undecided", "watch", "diamond"),
    ("detractor", "Warns of us", "at_risk", "triangle-down"),
    ("silent", "Has not said", "unknown", "circle-open"),
)
# The names stand beyond 0 and 100, where no bubble's middle can be.
CORNERS = (
    (105, 117, "right", "top", "Engaged"),
    (105, -10, "right", "bottom", "Captive"),
    (-5, 117, "left", "top", "Forgetful fan"),
    (-5, -10, "left", "bottom", "Disengaged"),
)
CROWD = 40  # more bubbles than this are drawn smaller and lighter
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def money_prefix(currency: str) -> str:
    """What stands before a sum: € or "SEK "."""
    return SIGNS.get(currency, f"{currency} " if currency else "")


def _trails(rows: list[Row]) -> dict[str, Any]:
    """All trails as one line, broken between accounts; each ends at the account's bubble."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for row in rows:
        points = [*(row.get("trail") or ()), (row["behavioural"], row["emotional"])]
        if len(points) > 1:
            xs += [number(x) for x, _ in points] + [None]
            ys += [number(y) for _, y in points] + [None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Last 90 days",
        "x": xs,
        "y": ys,
        "line": {"color": colour("line"), "width": 1.2},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _bubbles(rows: list[Row], largest: float, prefix: str) -> list[dict[str, Any]]:
    traces = []
    room = max(CROWD / max(len(rows), 1), 0.2) if len(rows) > CROWD else 1.0
    for voice, name, shade, symbol in VOICES:
        mine = [row for row in rows if (row.get("voice") or "silent") == voice]
        if not mine:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [number(row["behavioural"]) for row in mine],
                "y": [number(row["emotional"]) for row in mine],
                "text": [escape(row["name"], 60) for row in mine],
                "customdata": [[row.get("href") or "", number(row.get("arr")) or 0.0] for row in mine],
                "marker": {
                    "size": [number(row.get("arr")) or 0.0 for row in mine],
                    "sizemode": "area",
                    "sizeref": largest / (1200 * room),
                    "sizemin": 3,
                    "color": colour(shade),
                    "symbol": symbol,
                    "opacity": 0.78 if room == 1.0 else 0.62,
                    "line": {"width": 1.2, "color": colour("surface" if symbol != "circle-open" else shade)},
                },
                "hovertemplate": f"%{{text}}<br>behaviour %{{x:.0f}}, emotion %{{y:.0f}}<br>{prefix}%{{customdata[1]:,.0f}}"
                f"<br>{name.lower()}<extra></extra>",
            }
        )
    return traces


def engagement_quadrant(
    rows: Iterable[Row], *, currency: str = "", cut: float = 50, height: int = 420
) -> dict[str, Any]:
    """What they do against what they feel: one bubble per account, its area the ARR, its trail the last 90 days.

    rows: {name, behavioural, emotional, arr, voice, href, trail: [(behavioural, emotional)]}; scores 0..100 (an
    account without both is left out), voice `promoter`, `undecided`, `detractor` or None, href the account's page.
    """
    placed = [
        row for row in rows if number(row["behavioural"]) is not None and number(row["emotional"]) is not None
    ]
    largest = max((number(row.get("arr")) or 0.0 for row in placed), default=0.0) or 1.0
    corners = [
        {
            "x": x,
            "y": y,
            "xanchor": xanchor,
            "yanchor": yanchor,
            "text": name,
            "showarrow": False,
            "font": {"size": 12, "color": colour("label")},
        }
        for x, y, xanchor, yanchor, name in CORNERS
    ]
    cross = {"type": "line", "line": {"color": colour("line"), "width": 1}, "layer": "below"}
    return figure(
        [_trails(placed), *_bubbles(placed, largest, money_prefix(currency))],
        height=height,
        annotations=corners,
        shapes=[
            {**cross, "x0": cut, "x1": cut, "y0": 0, "y1": 100},
            {**cross, "x0": 0, "x1": 100, "y0": cut, "y1": cut},
        ],
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.01,
            "yanchor": "bottom",
            "font": {"size": 11, "color": colour("label")},
            "itemsizing": "constant",
        },
        margin={"l": 48, "r": 14, "t": 30, "b": 42, "pad": 4},
        xaxis=axis(range=[-5, 105], tickvals=[0, 20, 40, 60, 80, 100], title_text="Behaviour: what they do"),
        yaxis=axis(range=[-11, 118], tickvals=[0, 20, 40, 60, 80, 100], title_text="Emotion: what they feel"),
    )


def money_by_band(rows: Iterable[Row], *, currency: str = "", height: int = 200) -> dict[str, Any]:
    """ARR in each band, worst first, with the number of accounts.

    rows: {band, arr, accounts, href}; a band that is missing counts 0.
    """
    found = {row["band"]: row for row in rows}
    bands = list(BAND_LABELS)
    money = [number(found.get(band, {}).get("arr")) or 0.0 for band in bands]
    accounts = [int(found.get(band, {}).get("accounts") or 0) for band in bands]
    prefix = money_prefix(currency)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": money,
        "y": [BAND_LABELS[band] for band in bands],
        "customdata": [
            [found.get(band, {}).get("href") or "", count, _counted(count)]
            for band, count in zip(bands, accounts, strict=True)
        ],
        "marker": {
            "color": [colour(band) for band in bands],
            "line": {"width": 0},
            "pattern": {
                "shape": ["/" if band == "unknown" else "" for band in bands],
                "fgcolor": colour("unknown"),
                "bgcolor": colour("unknown_soft"),
                "size": 7,
                "solidity": 0.3,
            },
        },
        "text": [
            f"{short_sum(sum_, prefix)}, {_counted(count)}"
            for sum_, count in zip(money, accounts, strict=True)
        ],
        "textposition": "outside",
        "textfont": {"size": 11.5, "color": colour("ink")},
        "cliponaxis": False,
        "hovertemplate": f"%{{y}}<br>{prefix}%{{x:,.0f}}, %{{customdata[2]}}<extra></extra>",
    }
    return figure(
        [bars],
        height=height,
        bargap=0.42,
        margin={"l": 10, "r": 12, "t": 4, "b": 26, "pad": 6},
        xaxis=axis(
            **sum_ticks(max(money), prefix),
            range=[0, (max(money) or 1.0) * 2],
        ),
        yaxis=axis(autorange="reversed", showgrid=False, tickfont={"size": 12, "color": colour("ink")}),
    )


def _counted(accounts: int) -> str:
    return f"{accounts:,} account{'' if accounts == 1 else 's'}"


def money_trend(rows: Iterable[Row], *, currency: str = "", height: int = 200) -> dict[str, Any]:
    """Money at risk over time, and what is watched above it.

    rows: {on, at_risk, watch}, sums in the tenant's currency, one row per day, oldest first.
    """
    frame = pd.DataFrame(list(rows), columns=["on", "at_risk", "watch"])
    days = [value.isoformat() if isinstance(value, (date, datetime)) else str(value) for value in frame["on"]]
    prefix = money_prefix(currency)
    top = max(
        (row[0] + row[1] for row in frame[["at_risk", "watch"]].fillna(0).astype(float).to_numpy()),
        default=0.0,
    )
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "stackgroup": "money",
            "x": days,
            "y": [number(value) or 0.0 for value in frame[column]],
            "line": {"color": colour(column), "width": 1.8},
            "fillcolor": colour(f"{column}_soft"),
            "hovertemplate": f"{name} {prefix}%{{y:,.0f}}<extra></extra>",
        }
        for name, column in (("At risk", "at_risk"), ("Watch", "watch"))
    ]
    return figure(
        data,
        height=height,
        hovermode="x unified",
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11, "color": colour("label")},
        },
        margin={"l": 44, "r": 12, "t": 24, "b": 36, "pad": 4},
        xaxis=date_axis(nticks=6, hoverformat="%b %-d, %Y"),
        yaxis=axis(rangemode="tozero", **sum_ticks(top, prefix), **({} if top else {"range": [0, 1]})),
    )


def coverage_weeks(rows: Iterable[Row], *, height: int = 240) -> dict[str, Any]:
    """The coverage of a book over time, weighed by ARR and plain, in percent; the share that is single-threaded beside.

    rows: {at, accounts, mean, by_arr, single_threaded}, oldest first; None where nobody counted.
    """
    listed = list(rows)
    days = [row["at"].isoformat() for row in listed]
    single = [100 * row["single_threaded"] / row["accounts"] if row["accounts"] else None for row in listed]
    lines = (
        ("Coverage by ARR", [number(row["by_arr"]) for row in listed], "accent", "solid"),
        ("Mean coverage", [number(row["mean"]) for row in listed], "second", "dash"),
        ("Accounts on one person", single, "at_risk", "dot"),
    )
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": days,
            "y": values,
            "line": {"color": colour(shade), "width": 1.8, "dash": dash},
            "marker": {"size": 5, "color": colour(shade)},
            "hovertemplate": f"{name} %{{y:.0f}}%<extra></extra>",
        }
        for name, values, shade, dash in lines
    ]
    return figure(
        data,
        height=height,
        hovermode="x unified",
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11, "color": colour("label")},
        },
        margin={"l": 44, "r": 12, "t": 24, "b": 36, "pad": 4},
        xaxis=date_axis(nticks=6, hoverformat="%b %-d, %Y"),
        yaxis=axis(range=[0, 100], ticksuffix="%"),
    )


def coverage_nights(rows: Iterable[Row], *, height: int = 180) -> dict[str, Any]:
    """The coverage of one account over time in percent, stepped; rows: {at, coverage, threads}, oldest first."""
    listed = list(rows)
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Coverage",
            "x": [row["at"].isoformat() for row in listed],
            "y": [number(row["coverage"]) for row in listed],
            "customdata": [row["threads"] for row in listed],
            "line": {"color": colour("accent"), "width": 1.8, "shape": "hv"},
            "hovertemplate": "%{y:.0f}%, threads: %{customdata}<br>%{x|%b %-d, %Y}<extra></extra>",
        }
    ]
    days = [row["at"] for row in listed]
    room = around(min(days), max(days)) if days else {}
    return figure(
        data,
        height=height,
        margin={"l": 40, "r": 12, "t": 8, "b": 36, "pad": 4},
        xaxis=date_axis(nticks=5, **room),
        yaxis=axis(range=[0, 100], ticksuffix="%"),
    )
