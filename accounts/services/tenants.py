"""Tenants: how one begins, and what an admin may change. Settings that a score uses are dated facts as well."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Actor, Membership, Role, Tenant, TenantFact, User
from accounts.scope import tenant_scope
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_admin


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


@dataclass(frozen=True)
class TenantSettings:
    """What an admin may change of a tenant, whole."""

    name: str
    time_zone: str
    currency: str
    create_from_group: bool


@transaction.atomic
def change_tenant(*, settings: TenantSettings, actor: Actor, at: datetime) -> Tenant:
    """Change a tenant's settings; time zone and currency also as dated facts. Raises NotYours."""
    require_admin(actor=actor)
    tenant = Tenant.objects.select_for_update().get(pk=actor.tenant_id)
    wanted = asdict(settings)
    before = {key: getattr(tenant, key) for key, value in wanted.items() if getattr(tenant, key) != value}
    if not before:
        return tenant
    for key in before:
        setattr(tenant, key, wanted[key])
    tenant.save(update_fields=list(before))
    TenantFact.objects.bulk_create(
        [new_fact(key, wanted[key], actor, at) for key in ("time_zone", "currency") if key in before]
    )
    change = {"before": before, "after": {key: wanted[key] for key in before}}
    record_activity(
        activity=NewActivity(verb="tenant.changed", object_id=None, data=change), actor=actor, at=at
    )
    return tenant


class OwnCurrency(ValidationError):
    """One's own currency is worth itself: it has no rate."""


@transaction.atomic
def set_exchange_rate(*, currency: str, rate: Decimal | None, actor: Actor, at: datetime) -> None:
    """From now on one unit of ``currency`` is worth ``rate`` of the tenant's currency; None ends it.

    Raises NotYours, OwnCurrency.
    """
    require_admin(actor=actor)
    if currency == actor.tenant.currency:
        raise OwnCurrency(_("%(currency)s is your own currency.") % {"currency": currency})
    value = None if rate is None else str(rate)
    TenantFact.objects.bulk_create([new_fact(f"rate:{currency}", value, actor, at)])
    record_activity(
        activity=NewActivity(
            verb="tenant.rate_set", object_id=None, data={"after": {"currency": currency, "rate": value}}
        ),
        actor=actor,
        at=at,
    )


def new_fact(key: str, value: str | None, actor: Actor, at: datetime) -> TenantFact:
    return TenantFact(key=key, value=value, effective_at=at, recorded_at=at, author_id=actor.member_id)
