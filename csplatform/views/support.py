"""What support contacts have to do with staying: a report for leaders, with what it cannot tell."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from health import reports as charts
from health import selectors as health

DASH = "\N{EN DASH}"
GROUPS = {
    "none": lambda: _("None"),
    "one_or_two": lambda: _("1 or 2"),
    "three_to_five": lambda: _("3 to 5"),
    "more": lambda: _("More than 5"),
}
ABOUT = {
    "contacts": lambda: _("More contacts than most"),
    "question": lambda: _("Any question"),
    "problem": lambda: _("Any problem"),
    "request": lambda: _("Any request"),
    "escalation": lambda: _("Any escalation"),
}
SAYS = {
    "more_stay": lambda: _("More of them stay"),
    "fewer_stay": lambda: _("Fewer of them stay"),
    "no_difference": lambda: _("No difference that so many accounts can show"),
    "too_few": lambda: _("Too few accounts on one side"),
}
TONES = {"more_stay": "more", "fewer_stay": "fewer"}
HEADLINES = {
    "more_stay": lambda: _("Accounts that ask more stay more"),
    "fewer_stay": lambda: _("Accounts that ask more leave more"),
    "no_difference": lambda: _("Asking more goes neither with staying nor with leaving"),
    "too_few": lambda: _("Support contacts and staying"),
}


@require_GET
def support_contacts(request: HttpRequest, slug: str) -> HttpResponse:
    """The shares that stayed by how often accounts asked, and what each kind of contact goes with."""
    found = health.support_contacts(at=timezone.now())
    whole = next(iter(found.findings), None)
    context = {
        "found": found,
        "whole": whole,
        "low": _points(whole.low) if whole else "",
        "high": _points(whole.high) if whole else "",
        "headline": HEADLINES[whole.says]() if whole else _("Not enough churn yet to tell"),
        "groups": _groups(found.groups) if found.accounts else None,
        "kinds": _kinds(found.findings) if found.findings else None,
    }
    return render(request, "csplatform/support.html", context)


def _groups(groups: Any) -> dict[str, Any]:
    rows = [
        {"label": GROUPS[name](), "share": one.share, "low": one.low, "high": one.high, "n": one.n, "stayed": one.stayed}
        for name, one in groups
    ]  # fmt: skip
    return {
        "id": "groups",
        "title": _("Who stayed, by support contacts in the half year before"),
        "note": _("With the 95% interval: how far chance alone could move it."),
        "figure": charts.stayed_by_contacts(rows),
        "table": {
            "columns": _columns(_("Contacts"), _("Accounts"), _("Stayed"), _("Share"), _("95% interval")),
            "rows": [
                _cells(
                    row["label"], row["n"], row["stayed"], _percent(row["share"]),
                    _range(_percent(row["low"]), _percent(row["high"])),
                )
                for row in rows
            ],
        },
    }  # fmt: skip


def _kinds(findings: Any) -> dict[str, Any]:
    rows = [
        {
            "label": ABOUT[one.about](), "difference": one.difference, "low": one.low, "high": one.high,
            "tone": TONES.get(one.says, "mixed"), "one": one,
        }
        for one in findings
    ]  # fmt: skip
    return {
        "id": "kinds",
        "title": _("What each kind of contact goes with"),
        "note": _("Accounts with it against accounts without: points more that stay. A line across 0 may be chance."),
        "figure": charts.difference_by_kind(rows),
        "table": {
            "columns": _columns(
                _("In the half year before"), _("With it: stayed"), _("Without: stayed"), _("Points"),
                _("95% interval"), _("Says"),
            ),
            "rows": [
                _cells(
                    row["label"], _of(row["one"].with_it), _of(row["one"].without), _points(row["difference"]),
                    _range(_points(row["low"]), _points(row["high"])), SAYS[row["one"].says](),
                )
                for row in rows
            ],
        },
    }  # fmt: skip


def _of(share: Any) -> str:
    return f"{_percent(share.share)} ({share.stayed} / {share.n})"


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{value:.0f} %"


def _points(value: float | None) -> str:
    return DASH if value is None else charts.signed(value, 0)


def _range(low: str, high: str) -> str:
    return DASH if low == DASH else _("%(low)s to %(high)s") % {"low": low, "high": high}


def _columns(first: str, *rest: str) -> list[dict[str, Any]]:
    return [{"label": first, "end": False}, *({"label": label, "end": True} for label in rest)]


def _cells(*texts: Any) -> list[dict[str, str]]:
    return [{"text": str(text), "href": ""} for text in texts]
