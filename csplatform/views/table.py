"""How the table of accounts is addressed: its columns, filters and chips, each a link that changes one thing."""

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csplatform.selectors.accounts import AccountsPage, Wanted

# Every column a person may choose: (key, label, sort, at the right, hidden on narrower screens, shown at first).
COLUMNS: tuple[tuple[str, Any, str, bool, str, bool], ...] = (
    ("score", gettext_lazy("Health"), "-score", False, "", True),
    ("band", gettext_lazy("Band"), "band", False, "small", True),
    ("sure", gettext_lazy("How sure"), "-sure", False, "medium", True),
    ("arr", gettext_lazy("ARR"), "-arr", True, "", True),
    ("renewal", gettext_lazy("Renewal"), "renewal", False, "small", True),
    ("stage", gettext_lazy("Stage"), "stage", False, "medium", True),
    ("step", gettext_lazy("Next step"), "", False, "small", True),
    ("flags", gettext_lazy("Flags"), "", False, "medium", True),
    ("owner", gettext_lazy("Owner"), "owner", False, "small", True),
    ("change", gettext_lazy("7 days"), "change", True, "small", False),
    ("quadrant", gettext_lazy("Quadrant"), "quadrant", False, "medium", False),
    ("coverage", gettext_lazy("Coverage"), "-coverage", True, "medium", False),
    ("segment", gettext_lazy("Segment"), "segment", False, "medium", False),
    ("tier", gettext_lazy("Tier"), "tier", False, "medium", False),
    ("region", gettext_lazy("Region"), "region", False, "medium", False),
    ("status", gettext_lazy("Status"), "status", False, "medium", False),
    ("seats", gettext_lazy("Seats"), "-seats", True, "medium", False),
    ("domain", gettext_lazy("Domain"), "", False, "medium", False),
    ("external_id", gettext_lazy("Your id"), "", False, "medium", False),
)
QUADRANTS = (
    ("engaged", gettext_lazy("Engaged")),
    ("captive", gettext_lazy("Captive")),
    ("forgetful_fan", gettext_lazy("Forgetful fan")),
    ("disengaged", gettext_lazy("Disengaged")),
    ("unplaced", gettext_lazy("Unplaced")),
)
BANDS = (
    ("at_risk", gettext_lazy("At risk")),
    ("watch", gettext_lazy("Watch")),
    ("healthy", gettext_lazy("Healthy")),
    ("unknown", gettext_lazy("Unknown")),
)
FLAGS = (
    ("unrated", gettext_lazy("No one who matters is rated")),
    ("champion_left", gettext_lazy("Champion left")),
    ("buyer_left", gettext_lazy("Economic buyer left")),
    ("buyer_negative", gettext_lazy("Economic buyer is negative")),
    ("critical_escalation", gettext_lazy("Critical escalation open")),
    ("renewal_uncovered", gettext_lazy("Renews soon, nobody covered")),
    ("by_hand", gettext_lazy("Red flag raised by hand")),
    ("many_requests", gettext_lazy("Many requests")),
    ("not_live", gettext_lazy("Not live yet")),
    ("no_personas", gettext_lazy("No people yet")),
)
STATUSES = (
    ("all", gettext_lazy("Any status")),
    ("active", gettext_lazy("Active")),
    ("trial", gettext_lazy("Trial")),
    ("prospect", gettext_lazy("Prospect")),
    ("churned", gettext_lazy("Churned")),
    ("internal", gettext_lazy("Internal")),
)
RENEWAL_WINDOWS = (30, 60, 90, 180)
RARE = ("team", "tier", "region", "quadrant", "status")  # filters that stand in a menu


def link(query: QueryDict, **changes: Any) -> str:
    """The address with some parameters changed; None or an empty text takes one away, and the page begins anew."""
    kept = query.copy()
    kept.pop("page", None)
    for name, value in changes.items():
        kept.pop(name, None)
        if value not in (None, ""):
            kept[name] = str(value)
    return f"?{kept.urlencode()}" if kept else "?"


def chosen_columns(query: QueryDict) -> list[str]:
    """The keys of the columns that the address asks for, in our order; the usual ones if it names none."""
    asked = {key for value in query.getlist("columns") for key in value.split(",")}
    keys = [key for key, *_rest in COLUMNS if key in asked]
    return keys or [key for key, *_rest, usual in COLUMNS if usual]


def heads(query: QueryDict, sort: str) -> list[dict[str, Any]]:
    """The heads of the columns shown: a click sorts by one, a second the other way round.

    The usual columns give way on narrow screens; what somebody chose stays.
    """
    shown = chosen_columns(query)
    first = ("name", gettext_lazy("Account"), "name", False, "", True)
    return [_head(query, sort, *column) for column in (first, *COLUMNS) if column[0] in ("name", *shown)]


def _head(
    query: QueryDict, sort: str, key: str, label: Any, first: str, end: bool, hide: str, _usual: bool
) -> dict[str, Any]:
    here = bool(first) and sort.lstrip("-") == first.lstrip("-")
    turned = sort.lstrip("-") if sort.startswith("-") else f"-{sort}"
    return {
        "key": key,
        "label": label,
        "href": link(query, sort=turned if here else first) if first else "",
        "sorted": ("descending" if sort.startswith("-") else "ascending") if here else "",
        "end": end,
        "hide": "" if "columns" in query else hide,
    }


def step_below(heads: list[dict[str, Any]]) -> str:
    """Where a row at risk shows its step under its name: "always" without the column of steps, "small" where that gives
    way on a phone, else nowhere."""
    for head in heads:
        if head["key"] == "step":
            return str(head["hide"])
    return "always"


def export_heads(query: QueryDict) -> list[tuple[str, str]]:
    """The columns of a file as (key, title): those shown, with the currency beside the money."""
    found = [(head["key"], str(head["label"])) for head in heads(query, "")]
    keys = [key for key, _title in found]
    if "arr" in keys:
        found.insert(keys.index("arr") + 1, ("currency", _("Currency")))
    if "step" in keys:
        beside = (
            ("step_owner", _("Step of")), ("step_due", _("Step due")), ("last_touch", _("Last touch")),
        )  # fmt: skip
        place = [key for key, _title in found].index("step") + 1
        found[place:place] = beside
    return found


def column_choices(query: QueryDict) -> dict[str, Any]:
    """The menu of columns: every one with whether it is shown, and what else the address holds."""
    shown = chosen_columns(query)
    return {
        "options": [(key, label, key in shown) for key, label, *_rest in COLUMNS],
        "keep": [
            (name, value)
            for name, values in query.lists()
            if name not in ("columns", "page")
            for value in values
        ],
        "all": [(name, value) for name, values in query.lists() if name != "page" for value in values],
    }


def band_chips(query: QueryDict, wanted: Wanted, bands: dict[str, int]) -> list[dict[str, Any]]:
    """All, and each band with how many accounts it has under the other filters."""
    everything = {
        "label": _("All"),
        "count": sum(bands.values()),
        "href": link(query, band=None),
        "current": not wanted.band,
    }
    return [
        everything,
        *(
            {
                "label": label,
                "count": bands[band],
                "href": link(query, band=band),
                "current": wanted.band == band,
            }
            for band, label in BANDS
        ),
    ]


def filters(wanted: Wanted, found: AccountsPage) -> list[dict[str, Any]]:
    """The selects beside the search; one without anything to choose is left out, ``more`` ones stand in a menu."""
    choices = found.choices
    me = [("me", _("Mine")), ("none", _("Nobody"))]
    offered = (
        ("owner", _("Owner"), wanted.owner, [*me, *choices.members]),
        ("team", _("Team"), str(wanted.team or ""), choices.members),
        ("segment", _("Segment"), wanted.segment, choices.segments),
        ("tier", _("Tier"), wanted.tier, choices.tiers),
        ("region", _("Region"), wanted.region, choices.regions),
        (
            "stage",
            _("Stage"),
            wanted.stage,
            [("none", _("No stage")), *choices.stages] if choices.stages else [],
        ),
        ("flag", _("Flag"), wanted.flag, FLAGS),
        ("quadrant", _("Quadrant"), wanted.quadrant, QUADRANTS),
        ("renews_before", _("Renewal"), str(wanted.renews_before or ""), _windows(wanted, found.today)),
        ("status", _("Live"), wanted.status, STATUSES),
    )
    return [
        {"name": name, "label": label, "value": value, "options": options, "more": name in RARE}
        for name, label, value, options in offered
        if options
    ]


def _windows(wanted: Wanted, today: dt.date) -> list[tuple[str, str]]:
    """Days to renew before; the one asked for is always among them."""
    days = {today + dt.timedelta(days=n): _("Renews within %(n)s days") % {"n": n} for n in RENEWAL_WINDOWS}
    asked = wanted.renews_before
    if asked and asked not in days:
        days[asked] = _("Renews by %(day)s") % {"day": date_format(asked, "M j, Y")}
    return [(day.isoformat(), label) for day, label in sorted(days.items())]


def standing(query: QueryDict, wanted: Wanted) -> list[dict[str, str]]:
    """The filters that have no select: each with the address that takes it away."""
    found = []
    if wanted.single_threaded:
        found.append(("single_threaded", _("Single-threaded")))
    if wanted.no_step:
        found.append(("no_step", _("Without a next step")))
    if wanted.cell:
        found.append(("cell", _cell(wanted.cell)))
    return [{"label": label, "href": link(query, **{name: None})} for name, label in found]


def _cell(cell: str) -> str:
    strengths = {
        "none": _("No relationship"),
        "weak": _("Weak"),
        "okay": _("Okay"),
        "very_good": _("Very good"),
    }
    moods = {"negative": _("negative"), "neutral": _("neutral"), "positive": _("positive")}
    strength, _sign, mood = cell.partition(":")
    if strength not in strengths:
        return _("Has people not rated")
    return _("Has people rated %(strength)s, %(mood)s") % {
        "strength": strengths[strength].lower(),
        "mood": moods[mood],
    }
