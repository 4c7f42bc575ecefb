"""Tenants: how one begins. A new tenant has its admin and its dated settings from its first moment."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Actor, Membership, Role, Tenant, TenantFact, User
from accounts.scope import tenant_scope
from accounts.services.log import NewActivity, record_activity


@dataclass(frozen=True)
class NewTenant:
    """A tenant to be. ``currency`` is an ISO 4217 code, ``time_zone`` an IANA name."""

    slug: str
    name: str
    currency: str = "EUR"
    time_zone: str = "UTC"


@transaction.atomic
def create_tenant(*, tenant: NewTenant, at: datetime) -> Tenant:
    """Make a tenant, with its settings as dated facts. Raises IntegrityError if the slug is taken."""
    made = Tenant.objects.create(
        slug=tenant.slug,
        name=tenant.name,
        currency=tenant.currency,
        time_zone=tenant.time_zone,
        created_at=at,
    )
    with tenant_scope(made.pk):
        TenantFact.objects.bulk_create(
            [
                TenantFact(key=key, value=getattr(made, key), effective_at=at, recorded_at=at)
                for key in ("time_zone", "currency")
            ]
        )
        record_activity(
            activity=NewActivity(
                verb="tenant.created", object_id=None, data={"after": {"name": made.name, "slug": made.slug}}
            ),
            actor=None,
            at=at,
        )
    return made


@transaction.atomic
def create_first_admin(*, tenant: Tenant, email: str, password: str, at: datetime) -> Actor:
    """Make the user who administers a new tenant. Raises ValidationError for a weak password."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        validate_password(password, User(email=email.lower()))
        user = User.objects.create_user(email, password)
    membership = Membership.objects.create(tenant=tenant, user=user, role=Role.ADMIN, created_at=at)
    actor = Actor(tenant=tenant, membership=membership, role=Role.ADMIN)
    with tenant_scope(tenant.pk):
        record_activity(
            activity=NewActivity(
                verb="member.joined", object_id=membership.pk, data={"after": {"role": Role.ADMIN.value}}
            ),
            actor=actor,
            at=at,
        )
    return actor
