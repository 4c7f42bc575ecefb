"""Webhooks and the log of their deliveries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import Webhook, WebhookDelivery
from accounts.scope import reader

PAGE = 50


def webhook_rows() -> QuerySet[Webhook]:
    """Every webhook."""
    return Webhook.objects.all()


def delivery_rows(*, webhook_id: UUID) -> QuerySet[WebhookDelivery]:
    """Every delivery of one webhook that is still kept, but those about people whom the reader is asked for blindly: a
    receiver may say again what it was told."""
    rows = WebhookDelivery.objects.filter(webhook_id=webhook_id)
    return rows.exclude(persona_id__in=reader().people) if reader().people else rows


def webhook_list() -> QuerySet[Webhook]:
    """Webhooks for the page, the oldest first: with ``waiting`` and ``delivered_at``, the last success."""
    return Webhook.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state="waiting")),
        delivered_at=Max("deliveries__ended_at", filter=Q(deliveries__state="delivered")),
    ).order_by("created_at", "pk")


@dataclass(frozen=True)
class DeliveryPage:
    """Lines of the delivery log, the newest first, and the position from which older ones follow (None at the end)."""

    rows: list[WebhookDelivery]
    older: tuple[datetime, UUID] | None


def delivery_page(
    *, webhook_id: UUID, state: str = "", before: tuple[datetime, UUID] | None = None
) -> DeliveryPage:
    """Up to 50 deliveries of a webhook, in one state or in any, before a position."""
    rows = delivery_rows(webhook_id=webhook_id)
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        moment, last = before
        rows = rows.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=last))
    found = list(rows.order_by("-created_at", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    return DeliveryPage(shown, (shown[-1].created_at, shown[-1].pk) if len(found) > PAGE else None)
