"""Settings: the lists that ratings name, drivers and signs."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from relationships import selectors, services
from relationships.forms import DriverForm, SignForm


@require_http_methods(["GET", "POST"])
def drivers(request: HttpRequest, slug: str) -> HttpResponse:
    """Settings: the list of drivers, and a form for one more."""
    form = DriverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {"key": form.cleaned_data["key"], "label": form.cleaned_data["label"], "active": True}
        try:
            services.save_driver(**values, actor=request.actor, at=timezone.now())
        except services.DriverRefused as refusal:
            form.add_error("label", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("drivers", slug)
    page = {"drivers": services.ensure_drivers(), "form": form}
    return render(request, "relationships/drivers.html", page, status=422 if form.errors else 200)


@require_POST
def switch_driver(request: HttpRequest, slug: str, driver_id: UUID) -> HttpResponse:
    """Switch one driver on or off."""
    driver = selectors.driver_list().filter(pk=driver_id).first()
    if driver is None:
        raise Http404
    active = bool(request.POST.get("active"))
    services.save_driver(key=driver.key, active=active, actor=request.actor, at=timezone.now())
    return redirect("drivers", slug)


@require_http_methods(["GET", "POST"])
def signs(request: HttpRequest, slug: str) -> HttpResponse:
    """Settings: the list of signs, and a form for one more."""
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            services.save_sign(
                key=clean["key"], label=clean["label"], leans=clean["leans"], active=True,
                actor=request.actor, at=timezone.now(),
            )  # fmt: skip
        except services.SignRefused as refusal:
            form.add_error("label", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("signs", slug)
    page = {"signs": services.ensure_signs(), "form": form}
    return render(request, "relationships/signs.html", page, status=422 if form.errors else 200)


@require_POST
def switch_sign(request: HttpRequest, slug: str, sign_id: UUID) -> HttpResponse:
    """Switch one sign on or off."""
    sign = selectors.sign_list().filter(pk=sign_id).first()
    if sign is None:
        raise Http404
    active = bool(request.POST.get("active"))
    services.save_sign(key=sign.key, active=active, actor=request.actor, at=timezone.now())
    return redirect("signs", slug)
