"""Owners whom a program named: an ingest key may not set an owner, an admin may take its word."""

import datetime as dt

from accounts import services as accounts
from accounts.models import Actor
from accounts.services.items import Item, Mode, Status
from health.selectors.connect import named_owners


def take_named_owner(*, email: str, actor: Actor, at: dt.datetime) -> int:
    """Make the member whom this e-mail or name means the owner of every account without one that names it; returns how
    many.

    Raises NotYours; nothing happens for a word that means no member.
    """
    accounts.require_admin(actor=actor)
    named = next((one for one in named_owners() if one.word == email and one.email), None)
    if named is None:
        return 0
    items = [Item({"owner_email": named.email}, id=account.pk) for account in named.accounts]
    saved = accounts.save_accounts(items=items, mode=Mode.UPDATE, actor=actor, at=at)
    return sum(one.status == Status.UPDATED for one in saved)
