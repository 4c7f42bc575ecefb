"""Today, the page a member opens first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from csplatform.forms import TodayForm
from csplatform.selectors import today as selectors


@require_GET
def today(request: HttpRequest, slug: str) -> HttpResponse:
    """Who needs me and why; the address may ask for everyone's accounts instead of mine, and for the whole list."""
    form = TodayForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    usual = "mine" if request.actor.role == Role.CSM else "all"
    page = selectors.today_page(
        actor=request.actor,
        whose=form.cleaned_data["whose"] or usual,
        everything=form.cleaned_data["show"] == "everything",
        at=timezone.now(),
    )
    return render(request, "csplatform/today.html", {"page": page})
