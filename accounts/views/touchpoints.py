"""Settings: the touchpoints at which customers meet us."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from accounts.views.terms import change_term, show_terms


@require_http_methods(["GET", "POST"])
def touchpoints(request: HttpRequest, slug: str) -> HttpResponse:
    """The list in order, and a form for one more."""
    words = {
        "title": _("Touchpoints"),
        "subtitle": _("Where customers meet us, from the first contact on. Every touch may name one."),
        "add": _("Add a touchpoint"),
        "elsewhere": {"href": f"/t/{slug}/touches", "icon": "people", "label": _("How each fares")},
    }
    return show_terms(request, terms=services.TOUCHPOINTS, page="touchpoints", words=words)


@require_POST
def change_touchpoint(request: HttpRequest, slug: str, touchpoint_id: UUID) -> HttpResponse:
    """Call one by another name, or switch it on or off."""
    rows = selectors.touchpoint_rows()
    return change_term(request, terms=services.TOUCHPOINTS, rows=rows, id=touchpoint_id, page="touchpoints")
