"""Settings: how the product is connected, what arrives, and what waits for a person to say. Admins only."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import selectors as directory
from accounts import services as accounts
from accounts.models import Scope, UnknownOwner
from accounts.services.items import Refused
from health import services as health
from health.forms import FindForm, GroupForm, OwnerForm
from health.models import TrackedGroup
from health.selectors import connect as selectors


@never_cache
@require_GET
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """All of it: snippets, the live tail, refusals, groups, owners."""
    accounts.require_admin(actor=request.actor)
    form = FindForm(request.GET)
    find = form.cleaned_data["find"] if form.is_valid() else ""
    page = tail_of(request) | {
        "find": find,
        "groups": selectors.waiting_groups(),
        "choices": selectors.account_choices(find=find),
        "mapped": selectors.mapped_groups(),
        "ungrouped": selectors.ungrouped_events(),
        "owners": selectors.named_owners(),
        "refusals": selectors.refusals(at=timezone.now()),
        "alike": [*directory.alike_accounts(), *directory.alike_people()],
        "merged": [*directory.merged_accounts(), *directory.merged_people()],
        "origin": request.build_absolute_uri("/").rstrip("/"),
        "key": key_to_show(request),
    }
    return render(request, "health/connect.html", page)


@never_cache
@require_GET
def tail(request: HttpRequest, slug: str) -> HttpResponse:
    """What arrives, as a fragment that asks for itself again."""
    accounts.require_admin(actor=request.actor)
    return render(request, "health/_tail.html", tail_of(request))


def tail_of(request: HttpRequest) -> dict[str, Any]:
    at = timezone.now()
    return {
        "arrivals": selectors.arrivals(),
        "sources": selectors.sources(at=at),
        "since": selectors.counted_since(at=at),
    }


def key_to_show(request: HttpRequest) -> str:
    """The newest key that may send, as far as it may be shown; empty if there is none."""
    keys = directory.api_keys(tenant_id=request.actor.tenant_id)
    able = [key for key in keys if Scope.INGEST in key.scopes and key.revoked_at is None]
    return f"csk_{max(able, key=lambda key: key.created_at).prefix}_…" if able else ""


@require_POST
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """Say whose group it is, or take that back."""
    form = GroupForm(request.POST)
    if not form.is_valid():
        raise Http404
    asked, at = form.cleaned_data, timezone.now()
    try:
        if asked["account"] is None:
            health.unmap_group(external_id=asked["external_id"], actor=request.actor, at=at)
            messages.success(request, _("The group %s waits again.") % asked["external_id"])
        else:
            matched = health.map_group(
                external_id=asked["external_id"], account_id=asked["account"], actor=request.actor, at=at
            )
            words = ngettext("%(n)s waiting event found its account.", "%(n)s waiting events found their account.",
                             matched)  # fmt: skip
            messages.success(request, words % {"n": matched})
    except TrackedGroup.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        if any(fault.code == "missing" for fault in refused.faults):
            raise Http404 from None
        messages.error(request, " ".join(fault.detail for fault in refused.faults))
    return redirect("connect", slug)


@require_POST
def owner(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a program's word for who owns which accounts."""
    form = OwnerForm(request.POST)
    accounts.require_admin(actor=request.actor)
    if not form.is_valid():
        raise Http404
    if form.cleaned_data["forget"]:
        try:
            accounts.forget_unknown_owner(
                word=form.cleaned_data["email"], actor=request.actor, at=timezone.now()
            )
        except UnknownOwner.DoesNotExist:
            raise Http404 from None
        messages.success(
            request, _("%s is shown no more, until somebody names them again.") % form.cleaned_data["email"]
        )
        return redirect("connect", slug)
    taken = health.take_named_owner(email=form.cleaned_data["email"], actor=request.actor, at=timezone.now())
    words = ngettext("%(n)s account has an owner now.", "%(n)s accounts have an owner now.", taken)
    messages.success(request, words % {"n": taken})
    return redirect("connect", slug)
