"""The lists that REST pages through: ratings, drivers and signs."""

from django.db.models import OuterRef, Subquery

from accounts.tenancy import TenantQuerySet
from relationships.models import Driver, Rating, RatingWithdrawal, Sign


def rating_list() -> TenantQuerySet:
    """Every rating, with ``withdrawn_at``, its persona and its rater."""
    withdrawn = RatingWithdrawal.objects.filter(rating=OuterRef("pk")).values("recorded_at")[:1]
    found: TenantQuerySet = Rating.objects.select_related("rated_by__user").annotate(
        withdrawn_at=Subquery(withdrawn)
    )
    return found


def driver_list() -> TenantQuerySet:
    """The tenant's drivers in order, those switched off included."""
    drivers: TenantQuerySet = Driver.objects.order_by("position", "key")
    return drivers


def sign_list() -> TenantQuerySet:
    """The tenant's signs in order, those switched off included."""
    signs: TenantQuerySet = Sign.objects.order_by("position", "key")
    return signs
