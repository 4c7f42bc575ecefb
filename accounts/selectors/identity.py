"""Who belongs where, with which keys and settings.

Memberships, invitations and keys stand outside row level security, so every query on them names its user or tenant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F, Model

from accounts.models import ApiKey, Invitation, Membership, Tenant, TenantFact, User


def columns_of(*models: type[Model]) -> str:
    """The columns of these models, as ``rows_of`` wants them selected."""
    return ", ".join(
        f"{model._meta.db_table}.{field.column}" for model in models for field in model._meta.concrete_fields
    )


def rows_of(sql: str, params: Sequence[Any], *models: type[Model]) -> list[list[Any]]:
    """The rows of a join of models, each as one object of every model."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_objects(row, models) for row in cursor.fetchall()]


def _objects(row: Sequence[Any], models: Sequence[type[Model]]) -> list[Any]:
    found, values = [], iter(row)
    for model in models:
        names = [field.attname for field in model._meta.concrete_fields]
        found.append(model.from_db(connection.alias, names, [next(values) for _ in names]))
    return found


# Every request passes these doors, so their statements are written once and not compiled each time: that takes longer
# than all else that a request for a stored portfolio does.
SESSION = f"SELECT {columns_of(Session)} FROM django_session WHERE session_key = %s AND expire_date > %s"

HOLDER = f"""SELECT {columns_of(ApiKey, Tenant, Membership, User)} FROM accounts_apikey
JOIN accounts_tenant ON accounts_tenant.id = accounts_apikey.tenant_id
JOIN accounts_membership ON accounts_membership.tenant_id = accounts_apikey.tenant_id
    AND accounts_membership.id = accounts_apikey.membership_id AND accounts_membership.is_active
JOIN accounts_user ON accounts_user.id = accounts_membership.user_id
WHERE accounts_apikey.prefix = %s AND accounts_apikey.revoked_at IS NULL"""

MEMBER = f"""SELECT {columns_of(Membership, Tenant)} FROM accounts_membership
JOIN accounts_tenant ON accounts_tenant.id = accounts_membership.tenant_id
WHERE accounts_tenant.slug = %s AND accounts_membership.user_id = %s AND accounts_membership.is_active"""

MEMBERSHIPS = f"""SELECT {columns_of(Membership, Tenant)} FROM accounts_membership
JOIN accounts_tenant ON accounts_tenant.id = accounts_membership.tenant_id
WHERE accounts_membership.user_id = %s AND accounts_membership.is_active
ORDER BY accounts_tenant.name, accounts_tenant.id"""


def session_of(*, key: str, at: datetime) -> Session | None:
    """The session with this key that has not run out."""
    found = rows_of(SESSION, [key, at], Session)
    return found[0][0] if found else None


def working_key(*, prefix: str) -> ApiKey | None:
    """The key with this prefix, its tenant, member and user with it, unless it or the member is no longer active."""
    found = rows_of(HOLDER, [prefix], ApiKey, Tenant, Membership, User)
    if not found:
        return None
    key, key.tenant, key.membership, key.membership.user = found[0]
    key.membership.tenant = key.tenant
    made: ApiKey = key
    return made


def membership_in(*, user: User, slug: str) -> Membership | None:
    """The active membership of a user in the tenant with this slug, with both."""
    found = rows_of(MEMBER, [slug, user.pk], Membership, Tenant)
    return _placed(user, *found[0]) if found else None


def _placed(user: User, membership: Membership, tenant: Tenant) -> Membership:
    membership.user, membership.tenant = user, tenant
    return membership


def memberships_of(*, user: User) -> list[Membership]:
    """The active memberships of a user with their tenants, by the tenant's name."""
    return [_placed(user, *row) for row in rows_of(MEMBERSHIPS, [user.pk], Membership, Tenant)]


def members(*, tenant_id: int) -> list[Membership]:
    """All members with their users, active ones first, by name."""
    return list(
        Membership.objects.filter(tenant_id=tenant_id)
        .select_related("user")
        .order_by("-is_active", "user__name", "user__email")
    )


def member_names(*, tenant_id: int) -> dict[str, str]:
    """What every member is called, by the id as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id::text, coalesce(nullif(u.name, ''), u.email) FROM accounts_membership m "
            "JOIN accounts_user u ON u.id = m.user_id WHERE m.tenant_id = %s",
            [tenant_id],
        )
        return dict(cursor.fetchall())


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
