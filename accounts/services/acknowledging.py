"""A manager's word on an account at risk: seen, and what they will do. Each word is kept; the newest stands."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import Account, Acknowledgement, Actor
from accounts.services.items import Fault, Refused
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import NotYours

LONGEST_PLAN = 2_000
FURTHEST = timedelta(days=366)


@transaction.atomic
def acknowledge(
    *,
    account_id: UUID,
    plan: str,
    look_again_on: date | None = None,
    actor: Actor,
    today: date,
    at: datetime,
) -> Acknowledgement:
    """Say of an account that it was seen, what its manager will do, and on which day they look again.

    Leaders and admins, or a key that writes. Raises NotYours, Refused, or Account.DoesNotExist.
    """
    if not actor.writes_all:
        raise NotYours("Leaders and admins alone acknowledge an account at risk.")
    account = Account.objects.get(pk=account_id, deleted_at=None)
    plan = plan.strip()
    if not 1 <= len(plan) <= LONGEST_PLAN:
        raise Refused([Fault("/plan", "invalid", f"What will you do? At most {LONGEST_PLAN:,} characters.")])
    if look_again_on is not None and not today <= look_again_on <= today + FURTHEST:
        raise Refused([Fault("/look_again_on", "invalid", "From today on, a year ahead at most.")])
    made: Acknowledgement = Acknowledgement.objects.create(
        account=account, plan=plan, look_again_on=look_again_on, author_id=actor.member_id, recorded_at=at
    )
    after = {"look_again_on": look_again_on.isoformat() if look_again_on else None}
    line = NewActivity("acknowledgement.made", made.pk, account.pk, data={"after": after})
    record_activity(activity=line, actor=actor, at=at)
    return made
