"""Settings, Connect: accounts and people that were entered twice, merged and parted again. Admins only."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services as accounts
from accounts.services.items import Refused
from relationships import services
from relationships.forms import MergeForm


@require_POST
def merge_account(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Make another account stand for this one."""
    return merged(request, services.merge_accounts, account_id)


@require_POST
def part_account(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Undo that."""
    return done(request, services.part_accounts, _("They are two again."), id=account_id)


@require_POST
def merge_persona(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """Make another person of the account stand for this one."""
    return merged(request, accounts.merge_personas, persona_id)


@require_POST
def part_persona(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """Undo that."""
    return done(request, accounts.restore_persona, _("They are two again."), id=persona_id)


def merged(request: HttpRequest, merge: Callable[..., Any], id: UUID) -> HttpResponse:
    form = MergeForm(request.POST)
    if not form.is_valid():
        raise Http404
    said = _("Merged. The one stands for the other from now on; part them again whenever you like.")
    return done(request, merge, said, id=id, into=form.cleaned_data["into"])


def done(request: HttpRequest, do: Callable[..., Any], said: str, **named: UUID) -> HttpResponse:
    """Do it and say so; what is not there is not found."""
    accounts.require_admin(actor=request.actor)
    try:
        do(**named, actor=request.actor, at=timezone.now())
    except ObjectDoesNotExist:
        raise Http404 from None
    except Refused as refused:
        if any(fault.code == "missing" for fault in refused.faults):
            raise Http404 from None
        messages.error(request, " ".join(fault.detail for fault in refused.faults))
    else:
        messages.success(request, said)
    return redirect("connect", request.actor.tenant.slug)
