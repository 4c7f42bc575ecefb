"""The queue door: rounds are looked after once each tenant's day."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts.models import Tenant
from accounts.scope import tenant_scope
from relationships import services


@shared_task
def begin_tending() -> None:
    """Leave the rounds of every tenant whose day has begun to the workers."""
    at = timezone.now()
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk), transaction.atomic():
            services.begin_tending(tenant=tenant, at=at)
