"""Saved views in the browser: each form stands on the page whose address it keeps, and leads back there."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms import SavedViewForm
from accounts.models import Actor, SavedView


def page_address(actor: Actor, page: str, query: str, view: UUID | str = "") -> str:
    """The address of a page under a query, with the view that it came from."""
    named = urlencode({"view": view}) if view else ""
    parts = "&".join(part for part in (query, named) if part)
    return reverse(page, args=[actor.tenant.slug]) + (f"?{parts}" if parts else "")


@require_POST
def add_view(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep the address of a page under a name."""
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        return _refused(request, form.cleaned_data.get("page"), form.first_error())
    try:
        view = accounts.save_view(**form.cleaned_data, actor=request.actor, at=timezone.now())
    except accounts.Refused as refusal:
        return _refused(request, form.cleaned_data["page"], refusal.faults[0].detail)
    messages.success(request, _("The view “%s” is saved.") % view.name)
    return redirect(page_address(request.actor, view.page, view.query, view.pk))


@require_POST
def change_view(request: HttpRequest, slug: str, view_id: UUID) -> HttpResponse:
    """Another name, another query, for the team or not, for which roles; what the form leaves out stays."""
    form = SavedViewForm(request.POST, changing=True)
    if not form.is_valid():
        return _refused(request, form.cleaned_data.get("page"), form.first_error())
    values = {key: value for key, value in form.cleaned_data.items() if key in form.given()}
    try:
        view = accounts.change_view(id=view_id, values=values, actor=request.actor, at=timezone.now())
    except accounts.ViewMissing:
        raise Http404 from None
    except accounts.Refused as refusal:
        return _refused(request, form.cleaned_data.get("page"), refusal.faults[0].detail)
    messages.success(request, _("The view “%s” is saved.") % view.name)
    return redirect(page_address(request.actor, view.page, view.query, view.pk))


@require_POST
def delete_view(request: HttpRequest, slug: str, view_id: UUID) -> HttpResponse:
    """Forget a view; the page stays as it is."""
    form = SavedViewForm(request.POST, changing=True)
    form.is_valid()
    try:
        accounts.delete_view(id=view_id, actor=request.actor, at=timezone.now())
    except accounts.ViewMissing:
        raise Http404 from None
    messages.success(request, _("The view is gone; its accounts are as they were."))
    page = form.cleaned_data.get("page") or SavedView.Page.ACCOUNTS
    return redirect(page_address(request.actor, page, "", "all"))


def _refused(request: HttpRequest, page: str | None, detail: str) -> HttpResponse:
    """Back to the page as it was, with the reason."""
    messages.error(request, detail)
    query = selectors.plain_query(request.POST.get("query", "")[:2000])
    return redirect(page_address(request.actor, page or SavedView.Page.ACCOUNTS, query, "all"))
