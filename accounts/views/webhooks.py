"""Settings: who else is told of what happens here, and what became of each telling."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms import DeliveriesForm, SpanForm, WebhookForm
from accounts.models import EVENTS, Webhook, WebhookDelivery


@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest, slug: str) -> HttpResponse:
    """The webhooks, and a form for one more; a new one's secret stands on the page that answers, and nowhere else."""
    accounts.require_admin(actor=request.actor)
    form, made = WebhookForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = accounts.add_webhook(**form.cleaned_data, actor=request.actor, at=timezone.now())
            form = WebhookForm()
        except accounts.Refused as refusal:
            show_faults(form, refusal)
    page = {
        "form": form,
        "made": made,
        "events": EVENTS,
        "webhooks": selectors.webhook_list(),
        "loopback": settings.WEBHOOKS_TO_LOOPBACK,
        "now": timezone.now(),
    }
    return render(request, "accounts/webhooks.html", page, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    """One webhook: its deliveries, and a form to change it."""
    accounts.require_admin(actor=request.actor)
    row = found(webhook_id)
    form = WebhookForm(
        request.POST or None,
        initial={"url": row.url, "description": row.description, "events": row.events},
    )
    if request.method == "POST" and form.is_valid():
        try:
            accounts.change_webhook(
                webhook_id=webhook_id, **form.cleaned_data, actor=request.actor, at=timezone.now()
            )
        except accounts.Refused as refusal:
            show_faults(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("webhook", slug, webhook_id)
    return webhook_page(request, row, form)


@require_GET
def deliveries(request: HttpRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    """The delivery log alone, as it moves."""
    accounts.require_admin(actor=request.actor)
    return render(request, "accounts/_deliveries.html", log_context(request, found(webhook_id)))


@require_POST
def test_webhook(request: HttpRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    """Send a test event."""
    try:
        accounts.send_test(webhook_id=webhook_id, actor=request.actor, at=timezone.now())
    except Webhook.DoesNotExist:
        raise Http404 from None
    except accounts.WebhookOff as off:
        messages.error(request, off.faults[0].detail)
    else:
        messages.success(request, _("A test event is on its way: see the log below."))
    return redirect("webhook", slug, webhook_id)


@never_cache
@require_POST
def rotate_webhook(request: HttpRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    """Make a new secret, and show it once."""
    try:
        row = accounts.rotate_secret(webhook_id=webhook_id, actor=request.actor, at=timezone.now())
    except Webhook.DoesNotExist:
        raise Http404 from None
    form = WebhookForm(initial={"url": row.url, "description": row.description, "events": row.events})
    return webhook_page(request, row, form, secret=row.secret)


@require_POST
def switch_webhook(request: HttpRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    """Switch a webhook off, or on again."""
    active = request.POST.get("active") == "1"
    try:
        accounts.change_webhook(webhook_id=webhook_id, active=active, actor=request.actor, at=timezone.now())
    except Webhook.DoesNotExist:
        raise Http404 from None
    on, off = (
        _("On again: what waited is sent now."),
        _("Off: what happens in the next 72 hours waits for it."),
    )
    messages.success(request, on if active else off)
    return redirect("webhook", slug, webhook_id)


@require_POST
def delete_webhook(request: HttpRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    """Remove a webhook with its log."""
    try:
        accounts.delete_webhook(webhook_id=webhook_id, actor=request.actor, at=timezone.now())
    except Webhook.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("Removed."))
    return redirect("webhooks", slug)


@require_POST
def replay_webhook(request: HttpRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    """Send the deliveries of the last hours again."""
    accounts.require_admin(actor=request.actor)
    row, form = found(webhook_id), SpanForm(request.POST)
    if not form.is_valid():
        first = WebhookForm(initial={"url": row.url, "description": row.description, "events": row.events})
        return webhook_page(request, row, first, span=form)
    now = timezone.now()
    span = {"since": now - dt.timedelta(hours=form.cleaned_data["hours"]), "until": now}
    try:
        count = accounts.replay_span(
            webhook_id=webhook_id,
            **span,
            delivered=form.cleaned_data["delivered"],
            actor=request.actor,
            at=now,
        )
    except accounts.WebhookOff as off:
        messages.error(request, off.faults[0].detail)
    else:
        told = ngettext("%d delivery is sent again.", "%d deliveries are sent again.", count)
        messages.success(request, told % count)
    return redirect("webhook", slug, webhook_id)


@require_POST
def replay_delivery(request: HttpRequest, slug: str, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send one delivery again."""
    try:
        accounts.replay_delivery(
            webhook_id=webhook_id, delivery_id=delivery_id, actor=request.actor, at=timezone.now()
        )
    except (Webhook.DoesNotExist, WebhookDelivery.DoesNotExist):
        raise Http404 from None
    except accounts.WebhookOff as off:
        messages.error(request, off.faults[0].detail)
    else:
        messages.success(request, _("It is sent again, under the same id."))
    return redirect("webhook", slug, webhook_id)


def found(webhook_id: UUID) -> Webhook:
    row = selectors.webhook_list().filter(pk=webhook_id).first()
    if row is None:
        raise Http404
    return row


def show_faults(form: Form, refusal: accounts.Refused) -> None:
    for fault in refusal.faults:
        form.add_error(fault.pointer.lstrip("/") or None, fault.detail)


def webhook_page(
    request: HttpRequest, row: Webhook, form: WebhookForm, *, span: SpanForm | None = None, secret: str = ""
) -> HttpResponse:
    page = {
        **log_context(request, row),
        "form": form,
        "events": EVENTS,
        "span": span or SpanForm(),
        "secret": secret,
    }
    wrong = form.errors or (span is not None and span.errors)
    return render(request, "accounts/webhook.html", page, status=400 if wrong else 200)


def log_context(request: HttpRequest, row: Webhook) -> dict[str, Any]:
    """A page of the delivery log, as the address asks for it; nonsense there asks for the first page."""
    asked = DeliveriesForm(request.GET)
    wanted = asked.cleaned_data if asked.is_valid() else {"state": "", "before": None}
    page = selectors.delivery_page(webhook_id=row.pk, **wanted)
    kept = {"state": wanted["state"]} if wanted["state"] else {}
    older = ""
    if page.older is not None:
        older = f"{int(page.older[0].timestamp() * 1_000_000)}.{page.older[1]}"
    now = timezone.now()
    soon = now + dt.timedelta(seconds=5)
    held = row.held_until is not None and row.held_until > now
    moving = any(one.state == "waiting" and (one.claimed_at or one.available_at < soon) for one in page.rows)
    return {
        "webhook": row,
        "rows": page.rows,
        "state": wanted["state"],
        "states": WebhookDelivery.State.choices,
        "older": f"?{urlencode({**kept, 'before': older})}" if older else "",
        "newest": f"?{urlencode(kept)}" if wanted["before"] else "",
        "moving": moving and row.is_active and not held and not wanted["before"],
        "now": now,
    }
