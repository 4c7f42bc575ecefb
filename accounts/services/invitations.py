"""Invitations by e-mail: offered, sent by a worker, redeemed once.

The token is made when the mail is sent and stored as its SHA-256; sending again makes a new one, so that the
newest mail holds the only link that works.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import Actor, Invitation, Membership, Role, User, digest
from accounts.scope import current_tenant, tenant_scope
from accounts.services.log import NewActivity, enqueue, record_activity
from accounts.services.members import set_active
from accounts.services.rights import require_admin

VALID_FOR = timedelta(days=7)


class InvitationGone(ValidationError):
    """There is no open invitation behind this token: unknown, expired, revoked or already used."""


class AlreadyMember(ValidationError):
    """The invited address belongs to an active member."""


class OtherPerson(ValidationError):
    """The invitation names another address than the one signed in."""


@dataclass(frozen=True)
class NewPerson:
    """What an invited person without a login tells us."""

    name: str
    password: str


@transaction.atomic
def invite(*, email: str, role: str, actor: Actor, at: datetime) -> Invitation:
    """Offer a membership; a worker sends the mail. An open offer to the address is replaced.

    Raises NotYours, AlreadyMember.
    """
    require_admin(actor=actor)
    email = email.lower()
    members = Membership.objects.filter(tenant_id=actor.tenant_id, is_active=True)
    if members.filter(user__email=email).exists():
        raise AlreadyMember(_("%(email)s is a member already.") % {"email": email})
    open_invitations(actor.tenant_id, at).filter(email=email).update(revoked_at=at)
    invitation = Invitation.objects.create(
        tenant_id=actor.tenant_id,
        email=email,
        role=Role(role).value,
        token_digest=digest(secrets.token_urlsafe(32)),
        invited_by=actor.membership,
        created_at=at,
        expires_at=at + VALID_FOR,
    )
    enqueue_mail(invitation, at)
    log(invitation, "invitation.created", {"after": {"email": email, "role": invitation.role}}, actor, at)
    return invitation


@transaction.atomic
def resend_invitation(*, invitation_id: UUID, actor: Actor, at: datetime) -> Invitation:
    """Send the mail again, with a new link and a new week. Raises NotYours, Invitation.DoesNotExist."""
    require_admin(actor=actor)
    invitation = unanswered(actor.tenant_id).select_for_update().get(pk=invitation_id)
    invitation.expires_at = at + VALID_FOR
    invitation.save(update_fields=["expires_at"])
    enqueue_mail(invitation, at)
    log(invitation, "invitation.resent", {"after": {"email": invitation.email}}, actor, at)
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation_id: UUID, actor: Actor, at: datetime) -> Invitation:
    """Take the offer back. Raises NotYours, Invitation.DoesNotExist."""
    require_admin(actor=actor)
    invitation = unanswered(actor.tenant_id).select_for_update().get(pk=invitation_id)
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])
    log(invitation, "invitation.revoked", {"before": {"email": invitation.email}}, actor, at)
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, user: User | None, person: NewPerson | None, at: datetime) -> Membership:
    """Redeem a token: for the signed-in ``user`` it names, or for the new ``person`` it was mailed to.

    Raises InvitationGone, OtherPerson (also for a new person whose address has a login already), and
    ValidationError for a weak password.
    """
    invitation = open_invitation(token=token, at=at, lock=True)
    if user is None:
        user = make_user(email=invitation.email, person=person)
    elif user.email != invitation.email:
        raise OtherPerson(_("This invitation is for %(email)s.") % {"email": invitation.email})
    with tenant_scope(invitation.tenant_id):
        return join(invitation, user, at)


def make_user(*, email: str, person: NewPerson | None) -> User:
    if person is None or User.objects.filter(email=email).exists():
        raise OtherPerson(_("Sign in as %(email)s to accept.") % {"email": email})
    validate_password(person.password, User(email=email, name=person.name))
    return User.objects.create_user(email, person.password, name=person.name)


def join(invitation: Invitation, user: User, at: datetime) -> Membership:
    """The membership that the invitation offers: a new one, or the former one with the offered role."""
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    member, made = Membership.objects.get_or_create(
        tenant_id=invitation.tenant_id, user=user, defaults={"role": invitation.role, "created_at": at}
    )
    actor = Actor(tenant=invitation.tenant, membership=member, role=member.role)
    if not made and not member.is_active:
        member.role = invitation.role
        member.save(update_fields=["role"])
        set_active(member, active=True, verb="member.reactivated", actor=actor, at=at)
    after = {"after": {"role": member.role}, "invitation": str(invitation.pk)}
    record_activity(
        activity=NewActivity(verb="member.joined", object_id=member.pk, data=after), actor=actor, at=at
    )
    return member


def open_invitation(*, token: str, at: datetime, lock: bool = False) -> Invitation:
    """The open invitation behind a token, with its tenant. Raises InvitationGone."""
    invitations = Invitation.objects.select_related("tenant")
    if lock:
        invitations = invitations.select_for_update(of=("self",))
    invitation = invitations.filter(token_digest=digest(token)).first()
    if invitation is None or not is_open(invitation, at):
        raise InvitationGone(_("This invitation is no longer valid."))
    return invitation


def is_open(invitation: Invitation, at: datetime) -> bool:
    answered = invitation.accepted_at is not None or invitation.revoked_at is not None
    return not answered and invitation.expires_at > at


def unanswered(tenant_id: int) -> Any:
    return Invitation.objects.filter(tenant_id=tenant_id, accepted_at=None, revoked_at=None)


def open_invitations(tenant_id: int, at: datetime) -> Any:
    return unanswered(tenant_id).filter(expires_at__gt=at)


def enqueue_mail(invitation: Invitation, at: datetime) -> None:
    ref = {"invitation": str(invitation.pk)}
    enqueue(kind="send_invitation", ref=ref, dedupe_key=str(invitation.pk), at=at)


def log(invitation: Invitation, verb: str, data: dict[str, Any], actor: Actor, at: datetime) -> None:
    record_activity(activity=NewActivity(verb=verb, object_id=invitation.pk, data=data), actor=actor, at=at)


def send_invitation(*, ref: dict[str, Any], at: datetime) -> None:
    """The outbox's handler: make a new token and mail its link; nothing if the offer is gone meanwhile."""
    invitation = (
        open_invitations(current_tenant(), at)
        .select_for_update(of=("self",))
        .select_related("tenant", "invited_by__user")
        .filter(pk=ref["invitation"])
        .first()
    )
    if invitation is None:
        return
    token = secrets.token_urlsafe(32)
    invitation.token_digest = digest(token)
    invitation.save(update_fields=["token_digest"])
    context = {"invitation": invitation, "url": f"{settings.PUBLIC_URL}/invitations/{token}"}
    send_mail(
        subject=" ".join(render_to_string("accounts/invitation_subject.txt", context).split()),
        message=render_to_string("accounts/invitation.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )
