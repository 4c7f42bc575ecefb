"""The queue door of the first floor: the outbox, partitions to come, and what is old.

Tasks are published by the dispatcher and by beat alone; each may run twice, or be lost, without harm.
"""

import time
from datetime import timedelta

from celery import shared_task
from django.db import OperationalError, ProgrammingError, transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Tenant
from accounts.scope import tenant_scope
from accounts.services import imports

# Rows of one tenant in one turn, and how long it goes on: then it is the next one's.
TURN, TURN_SECONDS = 50, 1.0
IMPORTS_KEPT = timedelta(days=30)  # their files and rows; so long an import can be undone


@shared_task
def drain_outbox(*, tenant: int) -> None:
    """One turn of one tenant: step by step, until it has had its share."""
    claimed, begun = 0, time.monotonic()
    with tenant_scope(tenant):
        while claimed < TURN and time.monotonic() - begun < TURN_SECONDS:
            claims = accounts.claim_work(at=timezone.now())
            if not claims:
                break
            accounts.do_work(claims=claims, at=timezone.now())
            claimed += len(claims)


@shared_task(
    autoretry_for=(OperationalError, ProgrammingError), retry_kwargs={"max_retries": 5, "countdown": 30}
)
def add_months() -> None:
    """Make the partitions of this month and the coming three, each in a transaction of its own."""
    for table, month in accounts.months_to_add(on=timezone.now().date()):
        with transaction.atomic():
            accounts.add_month(table=table, month=month)


@shared_task
def prune() -> None:
    """Remove, tenant by tenant, what nobody will ask for again."""
    at = timezone.now()
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk), transaction.atomic():
            accounts.prune_tenant(before=at - timedelta(days=7))
            imports.prune_imports(before=at - IMPORTS_KEPT)
    accounts.prune_platform(before=at - timedelta(days=90), at=at)
