"""Who belongs where, with which keys and settings.

Memberships, invitations and keys stand outside row level security, so every query on them names its user or tenant.
"""

from datetime import datetime

from django.db.models import F

from accounts.models import ApiKey, Invitation, Membership, TenantFact, User


def memberships_of(*, user: User) -> list[Membership]:
    """The active memberships of a user with their tenants, by the tenant's name."""
    return list(
        Membership.objects.filter(user=user, is_active=True)
        .select_related("tenant")
        .order_by("tenant__name", "tenant_id")
    )


def members(*, tenant_id: int) -> list[Membership]:
    """All members with their users, active ones first, by name."""
    return list(
        Membership.objects.filter(tenant_id=tenant_id)
        .select_related("user")
        .order_by("-is_active", "user__name", "user__email")
    )


def open_invitations(*, tenant_id: int) -> list[Invitation]:
    """The invitations that wait for an answer, the newest first; expired ones too, so that they can be sent again."""
    return list(
        Invitation.objects.filter(tenant_id=tenant_id, accepted_at=None, revoked_at=None)
        .select_related("invited_by__user")
        .order_by("-created_at", "-id")
    )


def api_keys(*, tenant_id: int) -> list[ApiKey]:
    """All keys with the members they act as: working ones first, then the newest."""
    return list(
        ApiKey.objects.filter(tenant_id=tenant_id)
        .select_related("membership__user")
        .order_by(F("revoked_at").desc(nulls_first=True), "-created_at", "-id")
    )


def exchange_rates(*, at: datetime) -> list[tuple[str, str, datetime]]:
    """The tenant's rates as of ``at``: (currency, tenant currency per unit, since when), by currency."""
    facts = TenantFact.objects.filter(key__startswith="rate:", effective_at__lte=at, recorded_at__lte=at)
    newest = facts.order_by("key", "-effective_at", "-recorded_at", "-id").distinct("key")
    return [
        (fact.key.removeprefix("rate:"), fact.value, fact.effective_at)
        for fact in newest
        if fact.value is not None
    ]
