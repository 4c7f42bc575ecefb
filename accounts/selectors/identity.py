"""Who belongs where: read by the door before a tenant is open, so every query names its user or tenant."""

from accounts.models import Membership, User


def memberships_of(*, user: User) -> list[Membership]:
    """The active memberships of a user with their tenants, by the tenant's name."""
    return list(
        Membership.objects.filter(user=user, is_active=True)
        .select_related("tenant")
        .order_by("tenant__name", "tenant_id")
    )
