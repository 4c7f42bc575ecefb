"""Who else is the same person: found by name at another account, linked by hand, and unlinked."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors as directory
from accounts import services as accounts
from csplatform.forms import LinkForm, SearchForm
from csplatform.selectors import elsewhere as selectors
from csplatform.selectors import persona as people
from csplatform.selectors.links import account_href, persona_href
from csplatform.views.account_forms import writable_frame


@require_http_methods(["GET", "POST"])
def links(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """People of other accounts by their names; sent, one of them is the same person."""
    person = _person(request, persona_id)
    if request.method == "POST":
        return _say(
            request, slug, person, accounts.link_personas, _("Linked: %s"), _("They are linked already.")
        )
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    words, tenant = form.cleaned_data["q"].strip() or person.name, request.actor.tenant
    linked = {one.persona.pk for one in directory.same_person(persona_id=person.pk)}
    found = selectors.who_else(persona=person, words=words, linked=linked)
    page = {
        "person": person,
        "q": words,
        "found": [(one, persona_href(tenant, one.pk)) for one in found],
        "back": persona_href(tenant, person.pk),
        "crumbs": [
            (reverse("accounts", args=[slug]), _("Accounts")),
            (account_href(tenant, person.account_id), person.account.name),
            (persona_href(tenant, person.pk), person.name),
        ],
    }
    return render(request, "csplatform/links.html", page)


@require_POST
def unlink(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """They are not the same person, whatever their e-mails say."""
    person = _person(request, persona_id)
    return _say(
        request, slug, person, accounts.unlink_personas, _("No longer linked: %s"), _("They are not linked.")
    )


def _person(request: HttpRequest, persona_id: UUID) -> Any:
    try:
        person = people.persona_of(persona_id)
    except people.NoPersona as missing:
        raise Http404 from missing
    writable_frame(request, person.account_id)
    return person


def _say(request: HttpRequest, slug: str, person: Any, write: Any, done: str, stood: str) -> HttpResponse:
    form = LinkForm(request.POST)
    if not form.is_valid():
        raise Http404
    other = form.cleaned_data["persona"]
    try:
        new = write(id=person.pk, other=other, actor=request.actor, at=timezone.now())
    except accounts.Refused as refusal:
        messages.error(request, refusal.faults[0].detail)
    else:
        messages.success(request, done % people.persona_of(other).account.name if new else stood)
    return redirect("persona", slug, person.pk)
