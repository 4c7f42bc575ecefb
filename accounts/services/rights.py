"""What an actor may write: csm their accounts, leader all, admin also settings, viewer nothing."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from accounts.models import Account, Actor


class NotYours(PermissionDenied):
    """The actor may not write one of these accounts."""


def require_write(*, actor: Actor | None, account_ids: Iterable[UUID]) -> None:
    """Raise NotYours unless the actor may write every one of these accounts; the platform itself (None) may."""
    if actor is None or actor.writes_all:
        return
    wanted = set(account_ids)
    if not actor.writes_some:
        raise NotYours("Your role does not let you change accounts.")
    if wanted - writable_accounts(actor=actor, account_ids=wanted):
        raise NotYours("You may change accounts that you own, are on the team of, or that have no owner.")


def may_write(*, actor: Actor | None, account_id: UUID) -> bool:
    """Whether the actor may write this account."""
    try:
        require_write(actor=actor, account_ids=[account_id])
    except NotYours:
        return False
    return True


def writable_accounts(*, actor: Actor | None, account_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these accounts, deleted ones too, that the actor may write; the platform itself (None) all."""
    found = Account.objects.filter(pk__in=set(account_ids))
    if actor is not None and not actor.writes_all:
        if not actor.writes_some:
            return set()
        mine = Q(owner=None) | Q(owner_id=actor.member_id) | Q(team__membership_id=actor.member_id)
        found = found.filter(mine)
    return set(found.values_list("pk", flat=True))


def require_admin(*, actor: Actor | None) -> None:
    """Raise NotYours unless the actor administers the tenant."""
    if actor is not None and not actor.is_admin:
        raise NotYours("Only an admin may do this.")
