"""Trust: the six pillars of an account with their evidence, what we say of them ourselves, and the situations met."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from csplatform.forms.pillars import PillarForm
from csplatform.selectors.account import NoAccount, account_frame
from csplatform.selectors.links import account_href
from csplatform.views.account import frame_context
from csplatform.views.situations import situations_context
from relationships import selectors as relationships
from relationships import services


@require_http_methods(["GET", "POST"])
def trust(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """The six pillars; sent, what a member says of some of them."""
    at = timezone.now()
    try:
        frame = account_frame(account_id=account_id, actor=request.actor, at=at)
    except NoAccount as missing:
        raise Http404 from missing
    if request.method == "POST" and not frame.writable:
        raise PermissionDenied
    found = relationships.pillars(account_id=account_id, tenant=request.actor.tenant, at=at)
    forms = [PillarForm(request.POST or None, prefix=one.key, label=one.label) for one in found]
    valid = [form.is_valid() for form in forms]
    if request.method == "POST" and all(valid):
        words = {
            one.key: (int(form.cleaned_data["value"]), form.cleaned_data["note"])
            for one, form in zip(found, forms, strict=True)
            if form.cleaned_data["value"]
        }
        services.rate_pillars(account_id=account_id, words=words, actor=request.actor, at=at)
        messages.success(request, _("Saved."))
        return redirect("account_trust", slug, account_id)
    met = situations_context(
        request,
        relationships.situations(account_id=account_id),
        account_id=account_id,
        writable=frame.writable,
        here=account_href(request.actor.tenant, account_id, "trust"),
    )
    page = {"first": relationships.first_value(account=frame.account, today=frame.today)}
    page |= frame_context(request, frame, "trust") | {"pillars": list(zip(found, forms, strict=True))} | met
    wrong = any(form.errors for form in forms)
    return render(request, "csplatform/account_trust.html", page, status=422 if wrong else 200)
