"""The lists that REST pages through: ratings, drivers and signs."""

from typing import Protocol
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from accounts.scope import reader
from accounts.tenancy import TenantQuerySet
from relationships.models import Driver, ProductArea, Rating, RatingWithdrawal, Sign


def visible() -> Q:
    """The ratings that the reader may see: not those by others of whom they are asked for blindly."""
    who = reader()
    of_them = Q(persona_id__in=who.people) | Q(persona__merged_into_id__in=who.people)
    return ~of_them | Q(rated_by_id=who.member_id) if who.people else Q()


class Said(Protocol):
    """Of whom something was said, and by whom."""

    @property
    def persona_id(self) -> UUID: ...

    @property
    def rated_by_id(self) -> UUID | None: ...


def is_hidden(rating: Said, *selves: UUID) -> bool:
    """Whether the reader may not see this rating yet; ``selves`` is who else its person is, where two are one."""
    who = reader()
    return rating.rated_by_id != who.member_id and not who.people.isdisjoint((rating.persona_id, *selves))


def rating_list() -> TenantQuerySet:
    """Every rating that the reader may see, with ``withdrawn_at``, its persona and its rater."""
    withdrawn = RatingWithdrawal.objects.filter(rating=OuterRef("pk")).values("recorded_at")[:1]
    found: TenantQuerySet = (
        Rating.objects.filter(visible())
        .select_related("rated_by__user")
        .annotate(withdrawn_at=Subquery(withdrawn))
    )
    return found


def driver_list() -> TenantQuerySet:
    """The tenant's drivers in order, those switched off included."""
    drivers: TenantQuerySet = Driver.objects.order_by("position", "key")
    return drivers


def product_area_list() -> TenantQuerySet:
    """The tenant's product areas in order, those switched off included."""
    areas: TenantQuerySet = ProductArea.objects.order_by("position", "key")
    return areas


def sign_list() -> TenantQuerySet:
    """The tenant's signs in order, those switched off included."""
    signs: TenantQuerySet = Sign.objects.order_by("position", "key")
    return signs
