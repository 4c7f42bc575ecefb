"""The focus list: where a look may save most, and why it stands where it stands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from csplatform.forms import FocusForm
from csplatform.selectors import focus as selectors
from csplatform.selectors.book import BANDS, BookFilter


@require_GET
def focus(request: HttpRequest, slug: str) -> HttpResponse:
    """Accounts by the money that a look at them may save; the address may ask for everyone's instead of mine."""
    form = FocusForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    usual = "mine" if request.actor.role == Role.CSM else "all"
    whose = form.cleaned_data["whose"] or usual
    wanted = BookFilter(member=request.actor.member_id if whose == "mine" else None)
    page = selectors.focus_list(actor=request.actor, wanted=wanted, at=timezone.now())
    chances = page.chances
    context = {
        "page": page,
        "whose": whose,
        "here": request.get_full_path(),
        "today": timezone.localdate(),
        "currency": request.actor.tenant.currency,
        "chances": [(band, chances.rates[band], chances.lost[band], chances.decided[band]) for band in BANDS],
        "outcomes": sum(chances.decided.values()),
    }
    return render(request, "csplatform/focus.html", context)
