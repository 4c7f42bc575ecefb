"""What happens, is delivered and answered, for the tests of webhooks out."""

import datetime as dt
import uuid

from accounts import services as accounts
from accounts import tasks
from accounts.models import (
    Outbox,
    WebhookDelivery,
)

HOUR = dt.timedelta(hours=1)


def happen(verb, *, at, actor=None, account=None, persona=None, **data):
    """A line of the log, as a service writes it, and what its readers make of it."""
    activity = accounts.NewActivity(verb, uuid.uuid4(), account, persona, data)
    accounts.record_activity(activity=activity, actor=actor, at=at)
    while claims := accounts.claim_work(at=at):
        accounts.do_work(claims=claims, at=at)
    assert not Outbox.objects.exclude(last_error="").exists()


def deliver(cast):
    tasks.deliver_webhooks(tenant=cast.northwind.pk)


def answer_once(webhook, receipt, at):
    """One attempt at one delivery whose answer is this; the rows of both, as they stand then."""
    parcels = accounts.claim_deliveries(at=at, limit=1)
    assert len(parcels) == 1
    accounts.record_deliveries(sent=[accounts.Sent(parcels[0], receipt)], at=at)
    webhook.refresh_from_db()
    return webhook, WebhookDelivery.objects.get(pk=parcels[0].delivery_id)


FAILED = accounts.Receipt(status=500, error="Answered 500.")
FINE = accounts.Receipt(status=204)
