"""Settings: the tenant itself, its exchange rates, and the log of what happened in it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms import ActivityForm, RateForm, TenantForm


@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Settings open with the members."""
    return redirect("members", slug)


@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, time zone, currency, exchange rates."""
    accounts.require_admin(actor=request.actor)
    fields = ("name", "time_zone", "currency", "create_from_group")
    form = TenantForm(
        request.POST or None, initial={field: getattr(request.actor.tenant, field) for field in fields}
    )
    if request.method == "POST" and form.is_valid():
        settings = accounts.TenantSettings(**form.cleaned_data)
        accounts.change_tenant(settings=settings, actor=request.actor, at=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("organisation", slug)
    return organisation_page(request, form, RateForm())


@require_POST
def exchange_rate(request: HttpRequest, slug: str) -> HttpResponse:
    """Set or end one exchange rate, from now on."""
    form = RateForm(request.POST)
    if form.is_valid():
        try:
            accounts.set_exchange_rate(**form.cleaned_data, actor=request.actor, at=timezone.now())
        except ValidationError as error:
            form.add_error("currency", error)
        else:
            messages.success(request, _("Saved. Sums use the rate of their day."))
            return redirect("organisation", slug)
    accounts.require_admin(actor=request.actor)
    tenant = request.actor.tenant
    fields = ("name", "time_zone", "currency", "create_from_group")
    return organisation_page(request, TenantForm(initial={f: getattr(tenant, f) for f in fields}), form)


def organisation_page(request: HttpRequest, form: TenantForm, rate_form: RateForm) -> HttpResponse:
    page = {"form": form, "rate_form": rate_form, "rates": selectors.exchange_rates(at=timezone.now())}
    wrong = form.errors or rate_form.errors
    return render(request, "accounts/organisation.html", page, status=400 if wrong else 200)


@require_GET
def activity(request: HttpRequest, slug: str) -> HttpResponse:
    """The activity log, filtered by the address, fifty lines a page."""
    form = ActivityForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    asked = form.cleaned_data
    before = None
    if asked["before"]:
        xact, _dot, last = asked["before"].partition(".")
        before = (int(xact), UUID(last))
    wanted = selectors.ActivityFilter(
        actor_id=asked["actor"],
        verb=asked["verb"],
        object_type=asked["object_type"],
        object_id=asked["object"],
        account_id=asked["account"],
    )
    page = selectors.activity_page(wanted=wanted, before=before)
    kept = {key: str(value) for key, value in asked.items() if value and key != "before"}
    return render(
        request,
        "accounts/activity.html",
        {
            "page": page,
            "older": f"?{urlencode({**kept, 'before': page.older})}" if page.older else "",
            "newest": f"?{urlencode(kept)}" if before else "",
            "asked": {key: str(value or "") for key, value in asked.items()},
            "verbs": selectors.activity_verbs(),
            "members": selectors.members(tenant_id=request.actor.tenant_id),
        },
    )
