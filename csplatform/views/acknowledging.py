"""What a manager answers for: the accounts at risk or with a flag that is raised to management, and the word on each."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import services as accounts
from accounts.models import Account
from csplatform.forms import AcknowledgeForm, RiskyForm
from csplatform.selectors import acting as selectors
from csplatform.selectors.book import local_day
from csplatform.selectors.links import account_href
from csplatform.views.writing import way_back


@require_GET
def at_risk(request: HttpRequest, slug: str) -> HttpResponse:
    """The accounts that ask for a manager's word, the longest overdue first."""
    form = RiskyForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    actor, which = request.actor, form.cleaned_data["which"] or "all"
    page = selectors.at_risk(actor=actor, which=which, at=timezone.now())
    context = {
        "page": page,
        "which": which,
        "rows": [
            (account_href(actor.tenant, one.row.id), one, [{"code": code} for code in one.manager.flags])
            for one in page.rows
        ],
        "manages": actor.writes_all,
        "here": request.get_full_path(),
        "currency": actor.tenant.currency,
        "chips": [
            ("all", _("All"), page.accounts),
            ("unseen", _("Nobody has seen"), page.unseen),
            ("overdue", _("Overdue"), page.overdue),
        ],
    }
    return render(request, "csplatform/at_risk.html", context)


@require_POST
def acknowledge(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """A manager has seen it, and says what they will do."""
    form, at, actor = AcknowledgeForm(request.POST), timezone.now(), request.actor
    back = way_back(request, account_href(actor.tenant, account_id))
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return redirect(back)
    try:
        accounts.acknowledge(
            account_id=account_id, **form.cleaned_data, actor=actor, today=local_day(actor.tenant, at), at=at
        )
    except Account.DoesNotExist as missing:
        raise Http404 from missing
    except accounts.Refused as refusal:
        messages.error(request, " ".join(fault.detail for fault in refusal.faults))
    else:
        messages.success(request, _("Seen, and written down."))
    return redirect(back)
