"""Where accounts stand: dated placements, moved by hand with a reason or synced from elsewhere.

Placements are added, never changed: an account left a stage when it entered the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import selectors as directory
from accounts import services as accounts
from accounts.models import Account, Actor, Tenant
from accounts.scope import current_tenant
from journeys.models import Placement, Stage
from journeys.selectors import placement_list
from journeys.services.rules import (
    AccountMissing,
    EnteredFarAway,
    EnteredInFuture,
    JourneyRefused,
    NotAllowedToBackdate,
    StageMissing,
    Taken,
)


@dataclass(frozen=True, kw_only=True)
class NewPlacement:
    """One account to place. ``entered_on`` None is today at the tenant; ``historical`` makes it known since then."""

    account_id: UUID
    stage_id: UUID
    reason: str = ""
    entered_on: date | None = None
    external_id: str | None = None
    historical: bool = False


@dataclass(frozen=True)
class Placed:
    """A placement that stands, and whether this call made it (False: the account stood there already)."""

    placement: Placement
    created: bool


@transaction.atomic
def move_to_stage(*, placement: NewPlacement, actor: Actor | None, at: datetime) -> Placed:
    """Place one account on a stage. Raises JourneyRefused or NotYours."""
    (result,) = place_accounts(placements=[placement], actor=actor, at=at)
    if isinstance(result, JourneyRefused):
        raise result
    return result


@transaction.atomic
def place_accounts(
    *, placements: Sequence[NewPlacement], actor: Actor | None, at: datetime
) -> list[Placed | JourneyRefused]:
    """Place many accounts; the result holds, in order, each placement or the rule that refused it.

    Raises NotYours if the actor may not write one of the accounts.
    """
    wanted = {new.account_id for new in placements}
    known = set(Account.objects.filter(pk__in=wanted, deleted_at=None).values_list("pk", flat=True))
    accounts.require_write(actor=actor, account_ids=known)
    tenant = actor.tenant if actor else Tenant.objects.get(pk=current_tenant())
    batch = _Batch(
        actor=actor,
        at=at,
        today=at.astimezone(ZoneInfo(tenant.time_zone)).date(),
        accounts=known,
        stages=set(Stage.objects.filter(deleted_at=None).values_list("pk", flat=True)),
        history={pk: [] for pk in known},
        taken={},
    )
    stored = placement_list()
    for placement in stored.filter(account__in=directory.joined_accounts(known)):
        batch.history[placement.home].append(placement)
    given = {new.external_id for new in placements if new.external_id is not None}
    batch.taken = {found.external_id: found for found in stored.filter(external_id__in=given)}
    results: list[Placed | JourneyRefused] = []
    for new in placements:
        try:
            results.append(_settle(new, batch))
        except JourneyRefused as refusal:
            results.append(refusal)
    _write([result for result in results if isinstance(result, Placed)], batch)
    return results


@dataclass
class _Batch:
    actor: Actor | None
    at: datetime
    today: date
    accounts: set[UUID]
    stages: set[UUID]
    history: dict[UUID, list[Placement]]
    taken: dict[str | None, Placement]


def _settle(new: NewPlacement, batch: _Batch) -> Placed:
    if new.account_id not in batch.accounts:
        raise AccountMissing("account", "There is no such account.")
    if new.stage_id not in batch.stages:
        raise StageMissing("stage", "There is no such stage.")
    entered_on = new.entered_on or batch.today
    if entered_on > batch.today + timedelta(days=1):
        raise EnteredInFuture("entered_on", "An account cannot enter a stage in the future.")
    if accounts.is_far(entered_on):
        raise EnteredFarAway("entered_on", accounts.FAR)
    if new.historical and batch.actor is not None and not batch.actor.is_admin:
        raise NotAllowedToBackdate("historical", "Only an admin key may record past placements.")
    if new.external_id is not None and new.external_id in batch.taken:
        return Placed(_same(new, batch.taken[new.external_id]), created=False)
    earlier = [known for known in batch.history[new.account_id] if known.entered_on <= entered_on]
    standing = max(earlier, key=lambda known: (known.entered_on, known.recorded_at, known.pk), default=None)
    if standing is not None and standing.stage_id == new.stage_id and new.external_id is None:
        return Placed(standing, created=False)
    placement = Placement(
        account_id=new.account_id,
        stage_id=new.stage_id,
        external_id=new.external_id,
        entered_on=entered_on,
        reason=new.reason,
        author_id=batch.actor.member_id if batch.actor else None,
        recorded_at=min(midnight(entered_on), batch.at) if new.historical else batch.at,
    )
    batch.history[new.account_id].append(placement)
    if new.external_id is not None:
        batch.taken[new.external_id] = placement
    return Placed(placement, created=True)


def midnight(day: date) -> datetime:
    """The start of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def _same(new: NewPlacement, stored: Placement) -> Placement:
    """The stored placement if it says the same as the new one; raises Taken otherwise."""
    home = getattr(stored, "home", stored.account_id)  # absent on one of the same request
    said = (new.account_id, new.stage_id, new.reason, new.entered_on or stored.entered_on)
    if said != (home, stored.stage_id, stored.reason, stored.entered_on):
        raise Taken("external_id", "Another placement has this external id.")
    return stored


def _write(results: Sequence[Placed], batch: _Batch) -> None:
    made = [result.placement for result in results if result.created]
    Placement.objects.bulk_create(made, batch_size=1000)
    accounts.record_activities(
        activities=[
            accounts.NewActivity(
                verb="placement.recorded",
                object_id=placement.pk,
                account_id=placement.account_id,
                data={
                    "stage": str(placement.stage_id),
                    "entered_on": placement.entered_on.isoformat(),
                    "reason": placement.reason,
                },
            )
            for placement in made
        ],
        actor=batch.actor,
        at=batch.at,
    )
