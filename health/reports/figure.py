"""What all charts share: the colours in light and dark, the quiet layout, and the escaping of labels.

Labels hold no tags but <br>: plotly draws bold and italic through style attributes, which the pages' content
security policy refuses.
"""

import math
from datetime import datetime, timedelta
from html import escape as escape_html
from typing import Any

import plotly.graph_objects as go

BAND_LABELS = {"at_risk": "At risk", "watch": "Watch", "healthy": "Healthy", "unknown": "Unknown"}

FONT = '"Inter Variable", Inter, system-ui, "Segoe UI", "Liberation Sans", sans-serif'

# name: (light, dark). Light values are unique: they are the keys by which the browser finds the dark ones.
COLOURS = {
    "ink": ("#1a1a1f", "#ececf1"),
    "label": ("#54545f", "#adadb9"),
    "muted": ("#8b8b97", "#777784"),
    "grid": ("#ececf0", "#26262d"),
    "line": ("#c9c9d2", "#43434d"),
    "surface": ("#ffffff", "#16161a"),
    "sunken": ("#f1f1f4", "#1c1c21"),
    "accent": ("#4a4ec4", "#8d91f5"),
    "accent_soft": ("#b9bbeb", "#4a4d92"),
    "second": ("#2f86b5", "#5fb4e0"),
    "third": ("#a8548a", "#d98fbf"),
    "healthy": ("#1b8553", "#35a46d"),
    "healthy_soft": ("#9ccfb5", "#245c41"),
    "healthy_wash": ("rgba(27,133,83,0.07)", "rgba(53,164,109,0.09)"),
    "watch": ("#b87503", "#c98a1e"),
    "watch_soft": ("#e5c489", "#6b4d19"),
    "watch_wash": ("rgba(184,117,3,0.07)", "rgba(201,138,30,0.09)"),
    "at_risk": ("#d2343f", "#e2555e"),
    "at_risk_soft": ("#efabaf", "#74333a"),
    "at_risk_wash": ("rgba(210,52,63,0.07)", "rgba(226,85,94,0.10)"),
    "unknown": ("#81818c", "#83838f"),
    "unknown_soft": ("#d2d2d9", "#3b3b44"),
}
DARK = dict(COLOURS.values())
BARE = {"data": {"scatter": [{"type": "scatter"}]}}  # plotly's template "none"
ROOM = timedelta(days=14)
MINUS = "\N{MINUS SIGN}"


def colour(name: str) -> str:
    """The light value of a named colour."""
    return COLOURS[name][0]


def shorten(text: object, length: int = 28) -> str:
    """The text on one line of at most `length` signs, the cut shown by an ellipsis."""
    flat = " ".join(str(text if text is not None else "").split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def escape(text: object, length: int = 200) -> str:
    """The text as plotly shows it literally: shortened, then freed of markup."""
    return escape_html(shorten(text, length), quote=False)


def number(value: object) -> float | None:
    """A finite float, or None: NaN is not JSON."""
    if value is None:
        return None
    made = float(value)  # type: ignore[arg-type]
    return made if math.isfinite(made) else None


def signed(value: float, digits: int = 1) -> str:
    """The value with its sign (a true minus), or a bare 0."""
    rounded = round(value, digits)
    return f"{'+' if rounded > 0 else MINUS}{abs(rounded):.{digits}f}" if rounded else "0"


def short_sum(value: float, prefix: str = "") -> str:
    """A sum in three figures: €349k, €1.46M, €2B."""
    for step, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= step * 0.9995:
            figures = f"{value / step:.0f}" if value >= step * 99.95 else f"{value / step:.3g}"
            return f"{prefix}{figures}{letter}"
    return f"{prefix}{value:,.0f}"


def sum_ticks(top: float, prefix: str = "") -> dict[str, Any]:
    """Two to five round sums from 0 to ``top`` for an axis of money; nothing above 0 where there is no money."""
    power = 10.0 ** math.floor(math.log10(top)) if top >= 1 else 1.0
    step = next((power * size for size in (0.25, 0.5, 1.0, 2.0) if top <= 4 * power * size), power * 2.5)
    values = [step * count for count in range(int(top / step) + 1)] if top >= 1 else [0.0]
    return {"tickvals": values, "ticktext": [short_sum(value, prefix) for value in values]}


def axis(**extra: Any) -> dict[str, Any]:
    """A quiet axis: thin grid, no line at zero, small grey figures. `extra` wins."""
    quiet = {
        "showgrid": True,
        "gridcolor": colour("grid"),
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": 11, "color": colour("label")},
        "title": {"font": {"size": 11, "color": colour("label")}, "standoff": 8},
        "fixedrange": True,
        "automargin": True,
    }
    title = extra.pop("title_text", None)
    if title:
        quiet["title"] = {**quiet["title"], "text": title}  # type: ignore[dict-item]
    return {**quiet, **extra}


def date_axis(**extra: Any) -> dict[str, Any]:
    """A quiet axis of days; the year stands once, under the month it begins with."""
    formats = [
        {"dtickrange": [None, "M1"], "value": "%b %-d\n%Y"},
        {"dtickrange": ["M1", None], "value": "%b\n%Y"},
    ]
    return axis(**{"type": "date", "showgrid": False, "tickformatstops": formats, **extra})


def around(first: datetime, last: datetime) -> dict[str, Any]:
    """Room around marks that lie within days of each other, for a date axis that would else name hours."""
    if last - first >= ROOM:
        return {}
    return {"range": [(first - ROOM).isoformat(), (last + ROOM).isoformat()]}


def figure(data: list[dict[str, Any]], *, height: int, **layout: Any) -> dict[str, Any]:
    """The finished figure as a dict that `json_script` can write.

    Plotly checks every property by name in the tests, not in every request: that takes ten times as long.
    """
    base = {
        "template": BARE,
        "height": height,
        "margin": {"l": 44, "r": 16, "t": 10, "b": 34, "pad": 4},
        "font": {"family": FONT, "size": 12, "color": colour("ink")},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": colour("surface"),
            "bordercolor": colour("line"),
            "font": {"family": FONT, "size": 12, "color": colour("ink")},
            "align": "left",
        },
        "dragmode": False,
        "meta": {"dark": DARK},
    }
    made = go.Figure(data=data, layout={**base, **layout}, _validate=False)
    return made.to_plotly_json()
