"""Which accounts, personas, initiatives and members are meant by the ids, external ids and e-mails that a request names.

One query per kind, whatever the number; a tombstone is as good as missing, a merged persona stands for the one it
was merged into.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Lower

from accounts.models import Account, Initiative, Membership, Persona
from accounts.scope import current_tenant


@dataclass(frozen=True)
class Target:
    """An object that was named: its id, and the account it belongs to (itself for an account)."""

    id: UUID
    account_id: UUID


@dataclass
class Found:
    """The named objects that exist, by the way they may be named."""

    by_id: dict[UUID, Target] = field(default_factory=dict)
    by_external_id: dict[str, Target] = field(default_factory=dict)


def find_accounts(*, ids: Collection[UUID] = (), external_ids: Collection[str] = ()) -> Found:
    """The live accounts among these; a merged one stands for the one it was merged into."""
    live = Q(deleted_at=None) | Q(merged_into__deleted_at=None, merged_into__isnull=False)
    home = Coalesce("merged_into_id", "pk")
    rows = (
        Account.objects.filter(live)
        .filter(Q(pk__in=ids) | Q(external_id__in=external_ids))
        .values_list("pk", "external_id", home, home)
    )
    return _found(rows) if ids or external_ids else Found()


def joined_accounts(
    which: UUID | OuterRef | Collection[UUID], *, at: datetime | None = None
) -> QuerySet[Any]:
    """The ids of an account, or of some, and of those that were merged into them until ``at`` (None: by now): what was
    said of either is never rewritten, and read as of the one while they are merged."""
    how = "__in" if isinstance(which, Collection) else ""
    known = {} if at is None else {"deleted_at__lte": at}
    found: QuerySet[Any] = Account.objects.filter(
        Q(**{f"pk{how}": which}) | Q(**{f"merged_into{how}": which}, **known)
    ).values("pk")
    return found


def accounts_named(external_id: str) -> QuerySet[Any]:
    """The ids of the account with this external id, and of those that were merged into it by now."""
    named = Q(external_id=external_id) | Q(merged_into__external_id=external_id)
    found: QuerySet[Any] = Account.objects.filter(named).values("pk")
    return found


def joined_people(persona_id: UUID) -> QuerySet[Any]:
    """The ids of a persona and of those who were merged into them: what names either is read as of the one."""
    found: QuerySet[Any] = Persona.objects.filter(Q(pk=persona_id) | Q(merged_into=persona_id)).values("pk")
    return found


def find_personas(*, ids: Collection[UUID] = (), external_ids: Collection[str] = ()) -> Found:
    """The live personas among these, of live accounts; ``account_id`` of a target is their account."""
    live = Q(deleted_at=None) | Q(merged_into__deleted_at=None, merged_into__isnull=False)
    rows = (
        Persona.objects.filter(live, account__deleted_at=None)
        .filter(Q(pk__in=ids) | Q(external_id__in=external_ids))
        .values_list("pk", "external_id", Coalesce("merged_into_id", "pk"), "account_id")
    )
    return _found(rows) if ids or external_ids else Found()


def find_initiatives(*, ids: Collection[UUID] = (), external_ids: Collection[str] = ()) -> Found:
    """The live initiatives among these; ``account_id`` of a target is their account."""
    rows = Initiative.objects.filter(
        Q(pk__in=ids) | Q(external_id__in=external_ids), deleted_at=None
    ).values_list("pk", "external_id", "pk", "account_id")
    return _found(rows) if ids or external_ids else Found()


def find_members(*, emails: Collection[str]) -> dict[str, UUID]:
    """The ids of the tenant's active members by e-mail in lower case."""
    if not emails:
        return {}
    wanted = {email.lower() for email in emails}
    rows = Membership.objects.filter(tenant_id=current_tenant(), is_active=True, user__email__in=wanted)
    return dict(rows.values_list(Lower("user__email"), "pk"))


def _found(rows: Collection[tuple[UUID, str | None, UUID, UUID]]) -> Found:
    found = Found()
    for id, external_id, stands_for, account_id in rows:
        target = Target(stands_for, account_id)
        found.by_id[id] = target
        if external_id is not None:
            found.by_external_id[external_id] = target
    return found
