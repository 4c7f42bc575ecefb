"""The queue door of the roof: the morning's digests."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts.models import Tenant
from accounts.scope import tenant_scope
from csplatform import services


@shared_task
def begin_digests() -> None:
    """Leave the digests that are due to the workers, tenant by tenant."""
    at = timezone.now()
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk), transaction.atomic():
            services.begin_digests(tenant=tenant, at=at)
