"""Settings: the touchpoints at which customers meet us."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from accounts.forms import TouchpointForm


@require_http_methods(["GET", "POST"])
def touchpoints(request: HttpRequest, slug: str) -> HttpResponse:
    """The list in order, and a form for one more."""
    form = TouchpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            services.save_touchpoint(
                key=clean["key"], label=clean["label"], active=True, actor=request.actor, at=timezone.now()
            )
        except services.TouchpointRefused as refusal:
            form.add_error("label", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("touchpoints", slug)
    page = {"touchpoints": services.ensure_touchpoints(), "form": form}
    return render(request, "accounts/touchpoints.html", page, status=422 if form.errors else 200)


@require_POST
def change_touchpoint(request: HttpRequest, slug: str, touchpoint_id: UUID) -> HttpResponse:
    """Call one by another name, or switch it on or off."""
    touchpoint = selectors.touchpoint_rows().filter(pk=touchpoint_id).first()
    if touchpoint is None:
        raise Http404
    label, active = request.POST.get("label"), request.POST.get("active")
    try:
        services.save_touchpoint(
            key=touchpoint.key,
            label=label,
            active=None if active is None else bool(active),
            actor=request.actor,
            at=timezone.now(),
        )
    except services.TouchpointRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("touchpoints", slug)
