"""Settings: the scorecard, what a change of it would do, and its publishing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from health import selectors, services
from health.forms import ScorecardForm
from health.models import Band


@require_http_methods(["GET", "POST"])
def scorecard(request: HttpRequest, slug: str) -> HttpResponse:
    """The scorecard in force; POST publishes another version, or only previews it."""
    version = selectors.current_scorecard()
    form = _form(request, version.body)
    page: dict[str, Any] = {"form": form, "version": version}
    if request.method == "POST" and form.is_valid():
        body, at = form.new_body(), timezone.now()
        if "preview" in request.POST:
            page |= previewed(request, body)
        else:
            published, _job = services.publish_scorecard(
                body=body, note=form.cleaned_data["note"], actor=request.actor, at=at
            )
            messages.success(
                request, _("Version %(n)s is in force; scores follow.") % {"n": published.version}
            )
            return redirect("scorecard", slug)
    return render(request, "health/scorecard.html", page, status=422 if form.errors else 200)


@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What the form as it stands would change, as a fragment."""
    body = selectors.current_scorecard().body
    form = _form(request, body)
    page: dict[str, Any] = {"form": form}
    if form.is_valid():
        page |= previewed(request, form.new_body())
    return render(request, "health/_preview.html", page)


def _form(request: HttpRequest, body: dict[str, Any]) -> ScorecardForm:
    data = request.POST if request.method == "POST" else None
    tiers = selectors.tiers_in_use()
    return ScorecardForm(data, body=body, editable=request.actor.is_admin, tiers=tiers)


def previewed(request: HttpRequest, body: dict[str, Any]) -> dict[str, Any]:
    """The preview's context: the result with its bands as rows, or the job that works it out for a large book."""
    result, job = services.preview_scorecard(body=body, actor=request.actor, at=timezone.now())
    if result is None:
        return {"job": job}
    before, after = result["bands_before"], result["bands_after"]
    bands = [(band.value, before[band], after[band], after[band] - before[band]) for band in Band]
    return {"result": result, "bands": bands}
