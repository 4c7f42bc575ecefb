"""An account's card for support agents."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from accounts.models import Persona
from csplatform.forms import CardForm
from csplatform.selectors import card as selectors
from csplatform.selectors.links import account_href, persona_href

ROLES = dict(Persona.Role.choices)


@require_GET
def card(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """How they are, why, and what an agent may do; with an e-mail, who is asking."""
    form: forms.Form = CardForm(request.GET)
    email = form.cleaned_data["email"] if form.is_valid() else ""
    tenant = request.actor.tenant
    try:
        found = selectors.account_card(account_id=account_id, email=email, tenant=tenant, at=timezone.now())
    except selectors.NoCard as missing:
        raise Http404 from missing
    context = {
        "card": found,
        "cases_in_all": accounts.in_all(found.cases),
        "form": form,
        "href": account_href(tenant, account_id),
        "caller_href": persona_href(tenant, found.caller.id) if found.caller else "",
        "caller_role": ROLES[found.caller.role] if found.caller else "",
    }
    return render(request, "csplatform/card.html", context, status=200 if form.is_valid() else 400)
