"""What was seen of a person, beside what is said of them: a page, and the same form alone for the grid's dialog."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
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
    found = selectors.seen_page(persona_id=persona_id, actor=request.actor, at=timezone.now())
    if found is None:
        raise Http404
    person = found.person
    stands = [person.strength, person.brand, person.product, person.service]
    context = {
        "person": person,
        "account": found.account,
        "editable": found.account.row(person).editable,
        "touches": found.touches,
        "cases": found.cases,
        "signs": [sign for sign in services.ensure_signs() if sign.active],
        "confidences": Confidence.choices,
        "again": "|".join(part or "" for part in stands) if any(stands) else "",
        "here": SeenFilter(request.GET).way_back() or reverse("rate", args=[slug]),
    }
    page = "relationships/_seen_form.html" if request.htmx else "relationships/seen.html"
    return render(request, page, context)
