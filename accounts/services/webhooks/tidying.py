"""What ends by itself: deliveries that nobody took for 72 hours, webhooks that took nothing for as long, old lines of
the delivery log."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.models import Webhook, WebhookDelivery
from accounts.models.sealed import is_outdated
from accounts.scope import current_tenant
from accounts.services.webhooks.delivering import BREAKS_AT, switch_off
from accounts.services.webhooks.queueing import LASTS

GRACE = timedelta(hours=1)  # for the last attempt, which is made when a delivery expires
KEPT_DAYS = timedelta(days=30)
KEPT_ROWS = 20_000  # ended deliveries of one webhook
SILENT = "Nothing was delivered for 72 hours."

PRUNE = """DELETE FROM accounts_webhookdelivery WHERE tenant_id = %(tenant)s AND id IN (
    SELECT d.id FROM accounts_webhook w CROSS JOIN LATERAL (
        SELECT id, created_at, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place
        FROM accounts_webhookdelivery
        WHERE tenant_id = %(tenant)s AND webhook_id = w.id AND state <> 'waiting'
    ) d
    WHERE w.tenant_id = %(tenant)s AND (d.place > %(rows)s OR d.created_at < %(before)s)
)"""


@transaction.atomic
def tidy_webhooks(*, at: datetime) -> None:
    """Give up, switch off and prune what has had its time, for the current tenant."""
    WebhookDelivery.objects.filter(state="waiting", expires_at__lt=at - GRACE, claimed_at=None).update(
        state=WebhookDelivery.State.FAILED, ended_at=at, error=SILENT
    )
    silent = Webhook.objects.filter(
        is_active=True, failures__gte=BREAKS_AT, failing_since__lt=at - LASTS
    ).select_for_update()
    for webhook in silent.order_by("pk"):
        switch_off(webhook, reason=SILENT, at=at)
        webhook.save()
    _reseal()
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, {"tenant": current_tenant(), "rows": KEPT_ROWS, "before": at - KEPT_DAYS})


def _reseal() -> None:
    """Seal with the present key what a former one sealed, so that the former one can be forgotten."""
    stored = Webhook.objects.annotate(
        kept=Cast("secret", TextField()), former=Cast("previous_secret", TextField())
    ).select_for_update()
    for webhook in stored.order_by("pk"):
        held = {"secret": webhook.kept, "previous_secret": webhook.former}
        outdated = [name for name, sealed in held.items() if sealed and is_outdated(sealed)]
        if outdated:
            webhook.save(update_fields=outdated)
