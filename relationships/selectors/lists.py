"""The lists that REST pages through: ratings and drivers."""

from datetime import datetime

from django.db.models import Min

from accounts.tenancy import TenantQuerySet
from relationships.models import Driver, Rating


def rating_list(*, at: datetime) -> TenantQuerySet:
    """Every rating recorded until ``at``, with ``withdrawn_at``, its persona and its rater."""
    found: TenantQuerySet = (
        Rating.objects.filter(recorded_at__lte=at)
        .select_related("persona", "rated_by__user")
        .annotate(withdrawn_at=Min("withdrawals__recorded_at"))
    )
    return found


def driver_list() -> TenantQuerySet:
    """The tenant's drivers in order, those switched off included."""
    drivers: TenantQuerySet = Driver.objects.order_by("position", "key")
    return drivers
