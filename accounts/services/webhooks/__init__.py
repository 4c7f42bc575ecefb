"""Webhooks out: who is told of what, and the telling, signed, at least once, for up to 72 hours."""

from accounts.services.webhooks.delivering import TRIES_KEPT, Sent, claim_deliveries, record_deliveries
from accounts.services.webhooks.endpoints import (
    WebhookOff,
    add_webhook,
    change_webhook,
    delete_webhook,
    replay_delivery,
    replay_span,
    rotate_secret,
    send_test,
    subscribe,
    unsubscribe,
)
from accounts.services.webhooks.queueing import queue_webhooks
from accounts.services.webhooks.sending import Parcel, Receipt, post_parcel
from accounts.services.webhooks.tidying import tidy_webhooks

__all__ = [
    "TRIES_KEPT",
    "Parcel",
    "Receipt",
    "Sent",
    "WebhookOff",
    "add_webhook",
    "change_webhook",
    "claim_deliveries",
    "delete_webhook",
    "post_parcel",
    "queue_webhooks",
    "record_deliveries",
    "replay_delivery",
    "replay_span",
    "rotate_secret",
    "send_test",
    "subscribe",
    "tidy_webhooks",
    "unsubscribe",
]
