"""The webhooks of a tenant: added, changed, switched off and on, tested, replayed; their secrets shown once and rotated.

Admins only. The log names the host of an address, never the whole of it: an address may itself be a secret.
"""

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import EVENT_NAMES, Actor, Webhook, WebhookDelivery, digest
from accounts.services.items import Fault, Refused
from accounts.services.log import NewActivity, record_activity, wake
from accounts.services.rights import require_admin
from accounts.services.webhooks.guard import BadAddress, check_url
from accounts.services.webhooks.queueing import LASTS, queue_test
from accounts.services.webhooks.sending import SECRET_MARK

OVERLAP = timedelta(hours=24)  # how long a rotated secret signs beside the new one
MOST = 50  # webhooks of one tenant
BY_HAND = "Switched off by hand."


class WebhookOff(Refused):
    """Nothing is sent to a webhook that is switched off."""

    def __init__(self) -> None:
        super().__init__([Fault("", "occupied", _("The webhook is off: switch it on first."))])


@transaction.atomic
def add_webhook(
    *, url: str, events: Sequence[str], description: str = "", actor: Actor | None, at: datetime
) -> Webhook:
    """A new webhook with a new secret, which the caller shows once. Raises NotYours, Refused."""
    require_admin(actor=actor)
    faults = [*_url_faults(url), *_event_faults(events)]
    if not faults and Webhook.objects.filter(url=url).exists():
        faults = [Fault("/url", "taken", _("Another webhook has this address."))]
    if not faults and Webhook.objects.count() >= MOST:
        faults = [Fault("/url", "too_many", _("At most %d webhooks.") % MOST)]
    if faults:
        raise Refused(faults)
    webhook: Webhook = Webhook.objects.create(
        url=url,
        events=_in_order(events),
        description=description,
        secret=new_secret(),
        created_at=at,
        updated_at=at,
    )
    _log("webhook.created", webhook, actor, at, {"before": None, "after": shown(webhook)})
    return webhook


@transaction.atomic
def change_webhook(
    *,
    webhook_id: UUID,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    active: bool | None = None,
    actor: Actor | None,
    at: datetime,
) -> Webhook:
    """Change a webhook; None leaves a value as it is. One that is switched on begins afresh, with what waited for it.

    Raises NotYours, Refused, Webhook.DoesNotExist.
    """
    require_admin(actor=actor)
    webhook: Webhook = Webhook.objects.select_for_update().get(pk=webhook_id)
    before = shown(webhook)
    if url is not None and url != webhook.url:
        _take_url(webhook, url)
    if events is not None:
        _refuse(_event_faults(events))
        webhook.events = _in_order(events)
    webhook.description = webhook.description if description is None else description
    if active is not None and active != webhook.is_active:
        _switch(webhook, active, at)
    if before != shown(webhook):
        webhook.updated_at = at
        webhook.save()
        _log("webhook.updated", webhook, actor, at, {"before": before, "after": shown(webhook)})
        wake()
    return webhook


@transaction.atomic
def delete_webhook(*, webhook_id: UUID, actor: Actor | None, at: datetime) -> None:
    """Remove a webhook with its secret and its deliveries, for good. Raises NotYours, Webhook.DoesNotExist."""
    require_admin(actor=actor)
    webhook: Webhook = Webhook.objects.select_for_update().get(pk=webhook_id)
    _log("webhook.deleted", webhook, actor, at, {"before": shown(webhook), "after": None})
    webhook.delete()


@transaction.atomic
def rotate_secret(*, webhook_id: UUID, actor: Actor | None, at: datetime) -> Webhook:
    """Give a webhook a new secret; for 24 hours both sign, so that the receiver can change over in between.

    Raises NotYours, Webhook.DoesNotExist.
    """
    require_admin(actor=actor)
    webhook: Webhook = Webhook.objects.select_for_update().get(pk=webhook_id)
    webhook.previous_secret, webhook.previous_until = webhook.secret, at + OVERLAP
    webhook.secret, webhook.updated_at = new_secret(), at
    webhook.save(update_fields=["secret", "previous_secret", "previous_until", "updated_at"])
    _log("webhook.rotated", webhook, actor, at, {})
    return webhook


@transaction.atomic
def subscribe(*, url: str, event: str, actor: Actor | None, at: datetime) -> tuple[Webhook, bool]:
    """Tell this address of this event, beside what it is told of already. Returns the webhook and whether it is new.

    Raises NotYours, Refused.
    """
    require_admin(actor=actor)
    webhook = Webhook.objects.select_for_update().filter(url=url).first()
    if webhook is None:
        return add_webhook(url=url, events=[event], actor=actor, at=at), True
    events = [*webhook.events, event]
    return change_webhook(webhook_id=webhook.pk, events=events, active=True, actor=actor, at=at), False


@transaction.atomic
def unsubscribe(*, url: str, event: str | None, actor: Actor | None, at: datetime) -> None:
    """Tell this address no more of this event (None: of anything); with the last event the webhook goes.

    Raises NotYours, Webhook.DoesNotExist.
    """
    require_admin(actor=actor)
    webhook: Webhook = Webhook.objects.select_for_update().get(url=url)
    left = [name for name in webhook.events if event is not None and name != event]
    if left:
        change_webhook(webhook_id=webhook.pk, events=left, actor=actor, at=at)
    else:
        delete_webhook(webhook_id=webhook.pk, actor=actor, at=at)


@transaction.atomic
def send_test(*, webhook_id: UUID, actor: Actor | None, at: datetime) -> WebhookDelivery:
    """Send a test event the way of every other; one that is held is tried at once. Raises NotYours, WebhookOff,
    Webhook.DoesNotExist."""
    require_admin(actor=actor)
    webhook = _working(webhook_id)
    return queue_test(webhook=webhook, at=at)


@transaction.atomic
def replay_delivery(
    *, webhook_id: UUID, delivery_id: UUID, actor: Actor | None, at: datetime
) -> WebhookDelivery:
    """Send one delivery again, under the same id. Raises NotYours, WebhookOff, DoesNotExist of either."""
    require_admin(actor=actor)
    webhook = _working(webhook_id)
    delivery: WebhookDelivery = WebhookDelivery.objects.get(pk=delivery_id, webhook=webhook)
    _again(WebhookDelivery.objects.filter(pk=delivery.pk), at=at)
    data = {"event": delivery.event, "delivery": str(delivery.pk)}
    _log("webhook.replayed", webhook, actor, at, data)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay_span(
    *,
    webhook_id: UUID,
    since: datetime,
    until: datetime,
    delivered: bool,
    actor: Actor | None,
    at: datetime,
) -> int:
    """Send again what was left for a webhook from ``since`` to ``until``: what was given up or still waits, and with
    ``delivered`` everything. Returns how many deliveries. Raises NotYours, WebhookOff, Refused, Webhook.DoesNotExist.
    """
    require_admin(actor=actor)
    if since > until:
        raise Refused([Fault("/since", "order", _("The span ends before it begins."))])
    webhook = _working(webhook_id)
    rows = WebhookDelivery.objects.filter(webhook=webhook, created_at__gte=since, created_at__lte=until)
    if not delivered:
        rows = rows.exclude(state=WebhookDelivery.State.DELIVERED)
    count = _again(rows, at=at)
    data = {"since": since.isoformat(), "until": until.isoformat(), "deliveries": count}
    _log("webhook.replayed", webhook, actor, at, data)
    return count


def _again(rows: Any, *, at: datetime) -> int:
    """Make deliveries wait anew. What is under way stays with who sends it."""
    ready = rows.filter(claimed_at=None)
    count: int = ready.update(
        state=WebhookDelivery.State.WAITING, attempts=0, available_at=at, expires_at=at + LASTS, ended_at=None
    )
    wake()
    return count


def _working(webhook_id: UUID) -> Webhook:
    """A webhook that is on, held no longer: a person asks now. Raises WebhookOff, Webhook.DoesNotExist."""
    webhook: Webhook = Webhook.objects.select_for_update().get(pk=webhook_id)
    if not webhook.is_active:
        raise WebhookOff
    webhook.held_until = None
    webhook.save(update_fields=["held_until"])
    return webhook


def _switch(webhook: Webhook, active: bool, at: datetime) -> None:
    webhook.is_active = active
    webhook.disabled_at = None if active else at
    webhook.disabled_reason = "" if active else BY_HAND
    webhook.failures, webhook.failing_since, webhook.held_until = 0, None, None


def _take_url(webhook: Webhook, url: str) -> None:
    _refuse(_url_faults(url))
    if Webhook.objects.filter(url=url).exists():
        _refuse([Fault("/url", "taken", _("Another webhook has this address."))])
    webhook.url = url
    webhook.failures, webhook.failing_since, webhook.held_until = 0, None, None


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Refused(faults)


def _url_faults(url: str) -> list[Fault]:
    try:
        check_url(url)
    except BadAddress as error:
        return [Fault("/url", "invalid", str(error))]
    return []


def _event_faults(events: Sequence[str]) -> list[Fault]:
    if not events:
        return [Fault("/events", "required", _("Name at least one event."))]
    unknown = sorted(set(events) - set(EVENT_NAMES))
    return [Fault("/events", "unknown", _("There is no event %s.") % name) for name in unknown]


def _in_order(events: Iterable[str]) -> list[str]:
    """Each event once, as the catalogue has them."""
    wanted = set(events)
    return [name for name in EVENT_NAMES if name in wanted]


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: 32 random bytes."""
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(32)).decode()


def shown(webhook: Webhook) -> dict[str, Any]:
    """What the log says of a webhook; ``address`` tells two addresses apart without naming them."""
    return {
        "host": urlsplit(webhook.url).hostname,
        "address": digest(webhook.url)[:8],
        "events": list(webhook.events),
        "description": webhook.description,
        "active": webhook.is_active,
    }


def _log(verb: str, webhook: Webhook, actor: Actor | None, at: datetime, data: dict[str, Any]) -> None:
    record_activity(activity=NewActivity(verb, webhook.pk, data=data), actor=actor, at=at)
