"""The leader's questions about ratings: who was not rated this quarter, what was inherited and never renewed, who shows
another mood than is said of them, and where two raters disagree."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from relationships import selectors
from relationships.forms import ReportFilter

SHOWN = 60


@require_GET
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """A page of one list of people, or where raters disagree."""
    show, owner, number = ReportFilter(request.GET).wanted()
    at, actor = timezone.now(), request.actor
    kind = "quarter" if show == "disagree" else show
    found = selectors.rating_report(actor=actor, kind=kind, owner=owner, page=number, at=at)
    if number > found.pages:
        found = selectors.rating_report(actor=actor, kind=kind, owner=owner, page=found.pages, at=at)
    page = {
        "show": show,
        "owner": owner,
        "report": found,
        "pager": _pager(found, owner),
        "chips": [(name, label, found.counts.get(name)) for name, label in LISTS()],
        **(_disagreements(at) if show == "disagree" else {}),
    }
    return render(request, "relationships/report.html", page)


def _pager(found: selectors.RatingReport, owner: Any) -> dict[str, Any]:
    """See components/_pager.html."""

    def link(page: int) -> str:
        asked = {"show": found.kind, "owner": owner, "page": page}
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    before = (found.page - 1) * selectors.REPORT_PAGE
    return {
        "first": before + 1,
        "last": before + len(found.people),
        "total": found.listed,
        "previous": link(found.page - 1) if found.page > 1 else "",
        "next": link(found.page + 1) if found.page < found.pages else "",
    }


def LISTS() -> list[tuple[str, str]]:  # noqa: N802 (words, made when the language is known)
    return [
        ("quarter", _("Not rated this quarter")),
        ("inherited", _("Inherited, never renewed")),
        ("stale", _("Stale")),
        ("diverging", _("Show another mood")),
        ("disagree", _("Raters disagree")),
    ]


def _disagreements(at: Any) -> dict[str, Any]:
    twice = selectors.rated_twice()
    differing = [one for one in sorted(twice, key=lambda one: -one.apart) if one.apart]
    apart = selectors.disagreements(at=at, most=SHOWN + 1)
    return {
        "pairs": selectors.rater_pairs(twice),
        "twice": differing[:SHOWN],
        "twice_in_all": len(differing),
        "apart": apart[:SHOWN],
        "more_apart": len(apart) > SHOWN,
    }
