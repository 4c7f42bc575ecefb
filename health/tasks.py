"""The queue door of the second floor: dirty accounts are scored again in batches, books that somebody wrote in are
summed again, every night begins, and old lines of what arrived are forgotten."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Tenant
from accounts.scope import tenant_scope
from health import services as health

BATCH = 250  # accounts of one tenant in one turn: then it is the next tenant's


@shared_task
def drain_dirty(*, tenant: int) -> None:
    """One turn of one tenant."""
    with tenant_scope(tenant), transaction.atomic():
        if health.drain_dirty(at=timezone.now(), limit=BATCH):
            accounts.wake()  # more may wait


@shared_task
def keep_book(*, tenant: int) -> None:
    """Sum one tenant's book anew, once it has settled."""
    with tenant_scope(tenant), transaction.atomic():
        health.keep_book(at=timezone.now())


@shared_task
def snapshot_due_tenants() -> None:
    """Begin the night of every tenant whose midnight has passed since the last look."""
    now = timezone.now()
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with tenant_scope(tenant_id), transaction.atomic():
            health.begin_night(at=now)


@shared_task
def forget_arrivals() -> None:
    """Remove, tenant by tenant, the old lines of what arrived."""
    now = timezone.now()
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with tenant_scope(tenant_id), transaction.atomic():
            health.forget_arrivals(at=now)
