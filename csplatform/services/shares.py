"""What the customer of an account is shown: which of its promises, steps and cases."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from accounts import selectors
from accounts import services as accounts
from accounts.models import Account, Actor


@transaction.atomic
def show_to_customer(
    *, account_id: UUID, listed: Collection[UUID], chosen: Collection[UUID], actor: Actor, at: dt.datetime
) -> int:
    """Show ``chosen`` of the ``listed`` ids to the customer and keep the others from them; how many changed.

    What is not listed stays as it is: it may have come since the list was read. Raises Account.DoesNotExist, NotYours.
    """
    Account.objects.get(pk=account_id, deleted_at=None)
    accounts.require_write(actor=actor, account_ids=[account_id])
    kinds = selectors.marked_for_customer(account_id=account_id, ids=listed, at=at)
    changed = 0
    for shown, save in zip(
        kinds, (accounts.save_promises, accounts.save_steps, accounts.save_cases), strict=True
    ):
        items = [
            accounts.Item(id=id, values={"shared": id in chosen})
            for id, was in shown.items()
            if was != (id in chosen)
        ]
        if items:
            save(items=items, mode=accounts.Mode.UPDATE, actor=actor, at=at)
        changed += len(items)
    return changed
