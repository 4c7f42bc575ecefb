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
    *, account_id: UUID, listed: Collection[str], chosen: Collection[str], actor: Actor, at: dt.datetime
) -> int:
    """Show ``chosen`` of the ``listed`` ids to the customer and keep the others from them; how many changed.

    What is not listed stays as it is: it may have come since the list was read. Raises Account.DoesNotExist, NotYours.
    """
    account = Account.objects.select_related("owner__user").get(pk=account_id, deleted_at=None)
    accounts.require_write(actor=actor, account_ids=[account_id])
    now = selectors.shown_to_customer(account=account, tenant=actor.tenant, at=at, whole=True)
    changed = 0
    for rows, save in (
        (now.promises, accounts.save_promises),
        (now.steps, accounts.save_steps),
        (now.cases, accounts.save_cases),
    ):
        wanted = {row.id: str(row.id) in chosen for row in rows if str(row.id) in listed}  # type: ignore[attr-defined]
        items = [
            accounts.Item(id=row.id, values={"shared": wanted[row.id]})
            for row in rows  # type: ignore[attr-defined]
            if row.id in wanted and wanted[row.id] != row.shown
        ]
        if items:
            save(items=items, mode=accounts.Mode.UPDATE, actor=actor, at=at)
        changed += len(items)
    return changed
