"""Who belongs where, with which keys and settings.

Memberships, invitations and keys stand outside row level security, so every query on them names its user or tenant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Model

from accounts.models import ApiKey, Invitation, Membership, Tenant, TenantFact, User


def _columns(*models: type[Model]) -> str:
    return ", ".join(
        f"{model._meta.db_table}.{field.column}" for model in models for field in model._meta.concrete_fields
    )


def _row(sql: str, params: Sequence[Any], *models: type[Model]) -> list[Any] | None:
    """The first row of a join of models as one object of each, None without a row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    if row is None:
        return None
    found, values = [], iter(row)
    for model in models:
        names = [field.attname for field in model._meta.concrete_fields]
        found.append(model.from_db(connection.alias, names, [next(values) for _ in names]))
    return found


# Every request passes one of these two doors, so their statements are written once and not compiled each time: that
# takes longer than all else that a request for a stored portfolio does.
HOLDER = f"""SELECT {_columns(ApiKey, Tenant, Membership, User)} FROM accounts_apikey
JOIN accounts_tenant ON accounts_tenant.id = accounts_apikey.tenant_id
JOIN accounts_membership ON accounts_membership.tenant_id = accounts_apikey.tenant_id
    AND accounts_membership.id = accounts_apikey.membership_id AND accounts_membership.is_active
JOIN accounts_user ON accounts_user.id = accounts_membership.user_id
WHERE accounts_apikey.prefix = %s AND accounts_apikey.revoked_at IS NULL"""

MEMBER = f"""SELECT {_columns(Membership, Tenant)} FROM accounts_membership
JOIN accounts_tenant ON accounts_tenant.id = accounts_membership.tenant_id
WHERE accounts_tenant.slug = %s AND accounts_membership.user_id = %s AND accounts_membership.is_active"""


def working_key(*, prefix: str) -> ApiKey | None:
    """The key with this prefix, its tenant, member and user with it, unless it or the member is no longer active."""
    found = _row(HOLDER, [prefix], ApiKey, Tenant, Membership, User)
    if found is None:
        return None
    key, key.tenant, key.membership, key.membership.user = found
    key.membership.tenant = key.tenant
    made: ApiKey = key
    return made


def membership_in(*, user: User, slug: str) -> Membership | None:
    """The active membership of a user in the tenant with this slug, with both."""
    found = _row(MEMBER, [slug, user.pk], Membership, Tenant)
    if found is None:
        return None
    membership: Membership
    membership, membership.tenant = found
    membership.user = user
    return membership


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
