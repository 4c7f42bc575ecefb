"""Advocates: who would speak for us, whom we may ask today, and what was asked of whom."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import services as accounts
from accounts.models import Role
from csplatform.forms import AdvocatesForm
from csplatform.selectors.links import account_href, persona_href
from relationships import selectors as relationships

MOST = 200
# Which of them a list shows.
LISTS = {
    "ready": lambda one: one.may_ask,
    "open": lambda one: bool(one.story.open),
    "resting": lambda one: one.now and not one.story.free,
    "all": lambda one: True,
}


@require_GET
def advocates(request: HttpRequest, slug: str) -> HttpResponse:
    """Whom we may ask, who waits for us or we for them, and who is left in peace; mine or everyone's."""
    form = AdvocatesForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    actor, at, clean = request.actor, timezone.now(), form.cleaned_data
    whose = clean["whose"] or ("mine" if actor.role == Role.CSM else "all")
    show = clean["show"] or "ready"
    found = relationships.advocates(
        tenant=actor.tenant, at=at, member=actor.member_id if whose == "mine" else None
    )
    chosen = [one for one in found if LISTS[show](one)]
    shown = chosen[:MOST]
    mine = accounts.writable_accounts(actor=actor, account_ids={one.person.account_id for one in shown})
    here = request.get_full_path()
    labels = {
        "ready": _("May be asked"),
        "open": _("Under way"),
        "resting": _("In peace"),
        "all": _("All, and who was asked before"),
    }
    page = {
        "rows": [_row(request, one, here, writable=one.person.account_id in mine) for one in shown],
        "chips": [(key, labels[key], sum(map(LISTS[key], found))) for key in LISTS],
        "count": len(chosen),
        "advocates": sum(one.now for one in found),
        "ready": sum(one.may_ask for one in found),
        "show": show,
        "whose": whose,
        "here": here,
    }
    return render(request, "csplatform/advocates.html", page)


def _row(request: HttpRequest, one: relationships.Advocate, here: str, *, writable: bool) -> dict[str, Any]:
    tenant, person, story = request.actor.tenant, one.person, one.story
    query = urlencode({"persona": person.id, "next": here})
    return {
        "person": person,
        "story": story,
        "now": one.now,
        "may_ask": one.may_ask,
        "href": f"{persona_href(tenant, person.id)}#asks",
        "account_href": account_href(tenant, person.account_id),
        "ask_href": f"{reverse('new_ask', args=[tenant.slug, person.account_id])}?{query}"
        if writable
        else "",
    }
