"""Who belongs to a tenant: roles, leaving and coming back. At least one active admin always remains."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Actor, Membership, Role, Tenant
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import require_admin


class LastAdmin(ValidationError):
    """The change would leave the tenant without an active admin."""


@transaction.atomic
def change_role(*, member_id: UUID, role: str, actor: Actor, at: datetime) -> Membership:
    """Give a member another role. Raises NotYours, LastAdmin, Membership.DoesNotExist."""
    member = member_for_update(member_id=member_id, actor=actor)
    before, member.role = member.role, Role(role).value
    if member.role == before:
        return member
    if before == Role.ADMIN:
        require_another_admin(member)
    member.save(update_fields=["role"])
    change = {"before": {"role": before}, "after": {"role": member.role}}
    record_activity(
        activity=NewActivity(verb="member.role_changed", object_id=member.pk, data=change), actor=actor, at=at
    )
    return member


@transaction.atomic
def deactivate_member(*, member_id: UUID, actor: Actor, at: datetime) -> Membership:
    """Take a member's access away, and that of their keys; what they wrote stays. Raises NotYours, LastAdmin."""
    member = member_for_update(member_id=member_id, actor=actor)
    if member.is_active:
        if member.role == Role.ADMIN:
            require_another_admin(member)
        set_active(member, active=False, verb="member.deactivated", actor=actor, at=at)
    return member


@transaction.atomic
def reactivate_member(*, member_id: UUID, actor: Actor, at: datetime) -> Membership:
    """Give a former member their access back. Raises NotYours."""
    member = member_for_update(member_id=member_id, actor=actor)
    if not member.is_active:
        set_active(member, active=True, verb="member.reactivated", actor=actor, at=at)
    return member


def set_active(member: Membership, *, active: bool, verb: str, actor: Actor | None, at: datetime) -> None:
    member.is_active = active
    member.save(update_fields=["is_active"])
    record_activity(
        activity=NewActivity(
            verb=verb,
            object_id=member.pk,
            data={"before": {"is_active": not active}, "after": {"is_active": active}},
        ),
        actor=actor,
        at=at,
    )


def member_for_update(*, member_id: UUID, actor: Actor) -> Membership:
    """The member, while all changes of members of this tenant wait: two admins cannot remove each other."""
    require_admin(actor=actor)
    Tenant.objects.select_for_update().get(pk=actor.tenant_id)
    return Membership.objects.get(tenant_id=actor.tenant_id, pk=member_id)


def require_another_admin(member: Membership) -> None:
    others = Membership.objects.filter(tenant_id=member.tenant_id, role=Role.ADMIN, is_active=True)
    if not others.exclude(pk=member.pk).exists():
        raise LastAdmin(_("This is the last admin; make somebody else an admin first."))
