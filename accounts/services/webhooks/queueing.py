"""From the activity log to deliveries: a reader of the log that leaves one row per event and webhook, set-based.

Rows of migrated history are no news and fire nothing. A webhook that was switched off a short while ago collects on,
so that nothing is lost while somebody repairs it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import EVENTS, TEST_EVENT, Webhook, WebhookDelivery
from accounts.scope import current_tenant
from accounts.services.log import wake

LASTS = timedelta(hours=72)  # from an event to the last attempt to tell of it

QUEUE = """INSERT INTO accounts_webhookdelivery (id, tenant_id, webhook_id, event, activity_id, persona_id, state,
    attempts, available_at, expires_at, created_at, error, answer, tries)
SELECT md5(w.id::text || a.id::text || e.name)::uuid, w.tenant_id, w.id, e.name, a.id, a.persona_id, 'waiting',
    0, %(at)s, %(expires_at)s, %(at)s, '', '', '[]'
FROM accounts_activity a
JOIN unnest(%(names)s::text[], %(verbs)s::text[], %(fields)s::text[]) AS e (name, verb, field) ON e.verb = a.verb
JOIN accounts_webhook w ON w.tenant_id = %(tenant)s AND e.name = ANY(w.events)
    AND (w.is_active OR w.disabled_at > %(collect_since)s)
WHERE a.tenant_id = %(tenant)s AND a.xact = %(xact)s AND a.data -> 'historical' IS NULL
    AND (e.field = '' OR a.data -> 'after' ->> e.field IS NOT NULL)
ON CONFLICT DO NOTHING"""


def queue_webhooks(*, ref: dict[str, Any], at: datetime) -> None:
    """Outbox handler: leave the deliveries of one transaction's events. Doing it twice leaves nothing more."""
    if not Webhook.objects.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            QUEUE,
            {
                "tenant": current_tenant(),
                "xact": ref["xact"],
                "at": at,
                "expires_at": at + LASTS,
                "collect_since": at - LASTS,
                "names": [event.name for event in EVENTS],
                "verbs": [event.verb for event in EVENTS],
                "fields": [event.field for event in EVENTS],
            },
        )
        queued = cursor.rowcount
    if queued:
        wake()


def queue_test(*, webhook: Webhook, at: datetime) -> WebhookDelivery:
    """Leave a test event for one webhook; it goes the way of every other."""
    delivery: WebhookDelivery = WebhookDelivery.objects.create(
        webhook=webhook, event=TEST_EVENT, available_at=at, expires_at=at + LASTS, created_at=at
    )
    wake()
    return delivery
