"""Whose group is it: an admin says which account a product's group means, and takes it back."""

import datetime as dt
from typing import Any
from uuid import UUID

from accounts import services as accounts
from accounts.models import Account, Actor
from accounts.services.items import GONE, Fault, Refused
from health.models import TrackedGroup
from health.services.tracking.groups import put_traits
from health.services.usage import match_usage


def map_group(*, external_id: str, account_id: UUID, actor: Actor, at: dt.datetime) -> int:
    """From now on this group means the account: what waits under it goes there. Returns how many events did.

    Raises NotYours, or Refused if the account is not there or another one carries this very external id.
    """
    accounts.require_admin(actor=actor)
    account = Account.objects.filter(pk=account_id, deleted_at=None).first()
    if account is None:
        raise Refused([GONE])
    if Account.objects.filter(external_id=external_id, deleted_at=None).exists():
        raise Refused([Fault("/external_id", "taken", "An account carries this external id itself.")])
    if not 0 < len(external_id) <= 255 or "\x00" in external_id:
        raise Refused([Fault("/external_id", "invalid", "From 1 to 255 characters.")])
    group, _ = TrackedGroup.objects.select_for_update().get_or_create(
        external_id=external_id, defaults={"first_at": at, "last_at": at}
    )
    traits, group.traits = group.traits, {}
    group.account, group.mapped_at = account, at
    group.save()
    put_traits(traits={account.pk: traits}, actor=actor, at=at)
    matched = match_usage(external_ids=[external_id], at=at)
    data = {"after": {"group": external_id, "events": matched}}
    _log("group.mapped", account.pk, data, actor, at)
    return matched


def unmap_group(*, external_id: str, actor: Actor, at: dt.datetime) -> None:
    """From now on this group waits again; what it brought stays where it went. Raises NotYours,
    TrackedGroup.DoesNotExist."""
    accounts.require_admin(actor=actor)
    group = TrackedGroup.objects.select_for_update().get(external_id=external_id, account__isnull=False)
    account_id = group.account_id
    group.account, group.mapped_at = None, None
    group.save()
    _log("group.unmapped", account_id, {"before": {"group": external_id}}, actor, at)


def _log(verb: str, account_id: UUID, data: dict[str, Any], actor: Actor, at: dt.datetime) -> None:
    activity = accounts.NewActivity(verb, None, account_id, None, data)
    accounts.record_activity(activity=activity, actor=actor, at=at)
