"""The brief before a call, on one page to be printed or read on a phone."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from csplatform.forms.brief import BriefForm
from csplatform.selectors import brief as selectors
from csplatform.selectors.account import NoAccount
from csplatform.selectors.links import account_href
from csplatform.selectors.org import main_contact
from csplatform.views.promised import promise_context


@require_GET
def brief(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Who will be there, what happened, what they expect, what worries them, what we promised."""
    form = BriefForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    chosen = form.cleaned_data["persona"]
    try:
        found = selectors.brief(account_id=account_id, chosen=chosen, actor=request.actor, at=timezone.now())
    except NoAccount as missing:
        raise Http404 from missing
    tenant, frame = request.actor.tenant, found.frame
    shown = {one.person.pk for one in found.people}
    page = {
        "brief": found,
        "contact": main_contact(found.frame.account),
        "cases_in_all": accounts.in_all(found.cases),
        "account": frame.account,
        "href": account_href(tenant, account_id),
        "today": frame.today,
        "people": [(one, [promise_context(tenant, line) for line in one.promises]) for one in found.people],
        "offered": [(person, person.pk in shown) for person in found.offered],
        "promises": [promise_context(tenant, line) for line in found.promises],
        "call_url": reverse("call", args=[slug, account_id]) if frame.writable else "",
    }
    return render(request, "csplatform/brief.html", page)
