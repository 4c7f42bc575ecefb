"""What was seen of a person, beside what is said of them: a page, and the same form alone for the grid's dialog."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from relationships import selectors, services
from relationships.forms import SeenFilter
from relationships.models import Confidence


@require_GET
def seen(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """The signs to tick, how sure, and where it shows; it is posted as a rating of this person."""
    context = _context(request, persona_id, request.GET)
    page = "relationships/_seen_form.html" if request.htmx else "relationships/seen.html"
    return render(request, page, context)


def seen_refused(request: HttpRequest, persona_id: UUID, detail: str) -> HttpResponse:
    """The page again with why it was not saved, what was entered, and the driver to choose."""
    entered = request.POST
    wrong = {
        "detail": detail,
        "signs": entered.getlist("signs"),
        "confidence": entered.get("confidence", ""),
        "where": [one.partition(":")[2] for one in entered.getlist("where")],
        "links": entered.get("links", ""),
        "again": "again" in entered,
        "driver": entered.get("driver", ""),
    }
    drivers = [(driver.key, driver.label) for driver in services.ensure_drivers() if driver.active]
    context = _context(request, persona_id, entered) | {"wrong": wrong, "drivers": drivers}
    return render(request, "relationships/seen.html", context, status=422)


def _context(request: HttpRequest, persona_id: UUID, asked: QueryDict) -> dict[str, Any]:
    found = selectors.seen_page(persona_id=persona_id, actor=request.actor, at=timezone.now())
    if found is None:
        raise Http404
    person = found.person
    stands = [person.strength, person.brand, person.product, person.service]
    return {
        "person": person,
        "account": found.account,
        "editable": found.account.row(person).editable,
        "touches": found.touches,
        "cases": found.cases,
        "signs": [sign for sign in services.ensure_signs() if sign.active],
        "confidences": Confidence.choices,
        "again": "|".join(part or "" for part in stands) if any(stands) else "",
        "here": SeenFilter(asked).way_back() or reverse("rate", args=[request.actor.tenant.slug]),
    }
