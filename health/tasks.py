"""The queue door of the second floor: dirty accounts are scored again in batches."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.scope import tenant_scope
from health import services as health

BATCH = 500  # accounts of one tenant in one turn: then it is the next tenant's


@shared_task
def drain_dirty(*, tenant: int) -> None:
    """One turn of one tenant."""
    with tenant_scope(tenant), transaction.atomic():
        if health.drain_dirty(at=timezone.now(), limit=BATCH):
            accounts.wake()  # more may wait
