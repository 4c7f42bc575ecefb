"""The charts of the risk dashboard, each with the table of its numbers; every cell leads to the rows it counts. What
leaves the page as a picture or a file says of which part of the book it speaks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csplatform.forms.today import WINDOWS
from csplatform.selectors.book import BookFilter
from csplatform.selectors.risk import Risk
from health import reports as health
from relationships import reports as relationships

QUADRANTS = (
    ("engaged", lambda: _("Engaged"), lambda: _("use it and like us")),
    ("captive", lambda: _("Captive"), lambda: _("use it, cannot stand us")),
    ("forgetful_fan", lambda: _("Forgetful fan"), lambda: _("like us, hardly use it")),
    ("disengaged", lambda: _("Disengaged"), lambda: _("neither")),
    ("unplaced", lambda: _("Unplaced"), lambda: _("too little is known")),
)
STRENGTHS = {
    "very_good": lambda: _("Very good"),
    "okay": lambda: _("Okay"),
    "weak": lambda: _("Weak"),
    "none": lambda: _("None"),
}
BANDS = {
    "at_risk": lambda: _("At risk"),
    "watch": lambda: _("Watch"),
    "healthy": lambda: _("Healthy"),
    "unknown": lambda: _("Unknown"),
}


def charts(page: Risk) -> dict[str, Any]:
    """Everything drawn, by the names that the template knows."""
    cells = heat_cells(page.portfolio["matrix"], page.people_href)
    whole, people = part_words(page.wanted, page.choices, role=False), part_words(page.wanted, page.choices)
    return {
        "bands": {**_bands(page), "about": whole},
        "money": {**_money(page), "about": whole},
        "quadrant": {**_quadrant(page), "about": whole},
        "quadrants": _quadrants(page),
        "heat_people": {**heat(cells, "people", page.currency), "about": people},
        "heat_arr": {**heat(cells, "arr", page.currency), "about": people},
    }


def part_words(
    part: BookFilter, choices: Mapping[str, Iterable[tuple[str, str]]], *, role: bool = True
) -> str:
    """The part of the book in words: each filter with what it lets through; empty for the whole book."""
    labels = {
        "owner": _("Owner"),
        "team": _("Team"),
        "segment": _("Segment"),
        "tier": _("Tier"),
        "role": _("Role"),
    }
    found = [
        f"{label}: {dict(choices[name]).get(str(value), str(value))}"
        for name, label in labels.items()
        if (value := getattr(part, name)) and (role or name != "role")
    ]
    return " · ".join([*found, *([str(dict(WINDOWS)[part.renews])] if part.renews else [])])


def _whole(value: Any) -> str:
    return number_format(round(float(value or 0)), 0, force_grouping=True)


def _cell(text: Any, href: str = "") -> dict[str, str]:
    return {"text": str(text), "href": href}


def _columns(first: str, *rest: str) -> list[dict[str, Any]]:
    return [{"label": first, "end": False}, *({"label": label, "end": True} for label in rest)]


def _arr_label(page: Risk) -> str:
    return _("ARR, %(currency)s") % {"currency": page.currency}


def _bands(page: Risk) -> dict[str, Any]:
    rows = [
        {
            "band": band,
            "arr": page.portfolio["arr_by_band"][band]["arr"],
            "accounts": page.portfolio["arr_by_band"][band]["accounts"],
            "href": page.rows_href(band=band),
        }
        for band in BANDS
    ]
    lines = [
        [_cell(BANDS[row["band"]]()), _cell(row["accounts"], row["href"]), _cell(_whole(row["arr"]))]
        for row in rows
    ]
    return {
        "id": "bands",
        "title": _("Money by band"),
        "figure": health.money_by_band(rows, currency=page.currency),
        "table": {"columns": _columns(_("Band"), _("Accounts"), _arr_label(page)), "rows": lines},
    }


def _money(page: Risk) -> dict[str, Any]:
    lines = [
        [_cell(date_format(row["on"], "M j, Y")), _cell(_whole(row["at_risk"])), _cell(_whole(row["watch"]))]
        for row in page.trend
    ]
    columns = _columns(_("Day"), BANDS["at_risk"](), BANDS["watch"]())
    return {
        "id": "money",
        "title": _("Money at risk over time"),
        "figure": health.money_trend(page.trend, currency=page.currency),
        "table": {"columns": columns, "rows": lines},
        "empty": "" if len(page.trend) > 1 else _("The first week shows itself when it is over"),
    }


def _quadrant(page: Risk) -> dict[str, Any]:
    lines = [
        [
            _cell(row["name"], row["href"]),
            _cell(f"{row['behavioural']:.0f}"),
            _cell(f"{row['emotional']:.0f}"),
            _cell(_whole(row["arr"])),
        ]
        for row in page.bubbles
    ]
    columns = _columns(_("Account"), _("Behaviour"), _("Emotion"), _arr_label(page))
    note = _("The area is the ARR, the line the way of the last 90 days.")
    if page.placed > len(page.bubbles):
        shown, placed = _whole(len(page.bubbles)), _whole(page.placed)
        note += " " + _("The %(shown)s largest of %(placed)s accounts.") % {"shown": shown, "placed": placed}
    return {
        "id": "quadrant",
        "title": _("What they do against what they feel"),
        "note": note if page.bubbles else "",
        "figure": health.engagement_quadrant(page.bubbles, currency=page.currency),
        "table": {"columns": columns, "rows": lines},
        "empty": "" if page.bubbles else _("Nobody can be placed yet: it takes evidence of both sides"),
    }


def _quadrants(page: Risk) -> list[dict[str, Any]]:
    """How many accounts stand in each quadrant, and what they are worth."""
    return [
        {
            "label": label(),
            "means": means(),
            "accounts": page.portfolio["quadrants"][key]["accounts"],
            "arr": page.portfolio["quadrants"][key]["arr"],
            "href": page.rows_href(quadrant=key),
        }
        for key, label, means in QUADRANTS
    ]


def heat_cells(matrix: Mapping[str, Any], href: Callable[[str], str]) -> list[dict[str, Any]]:
    """The cells of a matrix as the figure takes them; ``href`` says where a cell leads."""
    rated = [{**cell, "href": href(f"{cell['strength']}:{cell['sentiment']}")} for cell in matrix["cells"]]
    unrated = {"strength": None, "sentiment": None, **matrix["unrated"], "href": href("unrated")}
    return [*rated, unrated]


def heat(cells: list[dict[str, Any]], unit: str, currency: str) -> dict[str, Any]:
    """The 4 x 3 matrix in people or in ARR, as a chart and its table."""
    prefix = health.money_prefix(currency) if unit == "arr" else ""
    at = {(cell["strength"], cell["sentiment"]): cell for cell in cells}
    lines = [
        [
            _cell(label()),
            *(
                _cell(_whole(at[strength, mood][unit]), at[strength, mood]["href"])
                for mood in ("negative", "neutral", "positive")
            ),
        ]
        for strength, label in STRENGTHS.items()
    ]
    unrated = at[None, None]
    lines.append([_cell(_("Not rated")), _cell(_whole(unrated[unit]), unrated["href"]), _cell(""), _cell("")])
    columns = _columns(_("Relationship"), _("Negative"), _("Neutral"), _("Positive"))
    people = sum(cell["people"] for cell in cells)
    if unit == "people":
        title = _("Relationship and sentiment, in people")
        note = ngettext("%(people)s person counts.", "%(people)s people count.", people) % {
            "people": _whole(people)
        }
    else:
        title = _("Relationship and sentiment, in ARR")
        note = _("An account's ARR is shared among its people by influence.")
    return {
        "id": f"heat-{unit}",
        "title": title,
        "note": note if people else "",
        "figure": relationships.heat_map(cells, unit=unit, prefix=prefix),
        "table": {"columns": columns, "rows": lines},
        "empty": "" if people else _("Nobody is tracked here yet"),
    }
