"""The prescribed next step: accepted with one click, and the report of scores that nobody acts on."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from csplatform.forms import AcceptForm, IdleForm
from csplatform.selectors import acting as selectors
from csplatform.selectors.links import account_href
from csplatform.views.asking import ask_first, made_as_wanted, tell_step
from csplatform.views.writing import way_back
from journeys import services as journeys


@require_POST
def accept(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Make a step of what is prescribed there."""
    form, at = AcceptForm(request.POST), timezone.now()
    if not form.is_valid():
        raise Http404
    accept_it = partial(
        journeys.accept_prescription, account_id=account_id, **form.wanted(), actor=request.actor, at=at
    )
    try:
        step, created, against = made_as_wanted(request, form, accept_it, at)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    except journeys.NothingPrescribed as refusal:
        messages.error(request, str(refusal))
    else:
        if against:
            return ask_first(request, account_id, form, step)
        tell_step(request, step, created=created)
    return redirect(way_back(request, account_href(request.actor.tenant, account_id)))


@require_GET
def without_step(request: HttpRequest, slug: str) -> HttpResponse:
    """Scores that nobody acts on, the most worrying first."""
    form = IdleForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    usual = "mine" if request.actor.role == Role.CSM else "all"
    whose, band = form.cleaned_data["whose"] or usual, form.cleaned_data["band"]
    page = selectors.without_step(actor=request.actor, whose=whose, band=band, at=timezone.now())
    tenant = request.actor.tenant
    context = {
        "page": page,
        "whose": whose,
        "band": band,
        "here": request.get_full_path(),
        "rows": [(account_href(tenant, one.row.id), one) for one in page.rows],
        "today": timezone.localdate(),
        "currency": tenant.currency,
        "chips": [
            (key, label, page.bands[key])
            for key, label in (
                ("at_risk", _("At risk")),
                ("unknown", _("Unknown")),
                ("watch", _("Watch")),
                ("healthy", _("Healthy")),
            )
        ],
    }
    return render(request, "csplatform/without_step.html", context)
