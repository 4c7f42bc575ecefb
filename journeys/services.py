"""The ideal path and where an account stands on it: ordered stages, and dated placements moved by hand with a reason.

Placements are added, never changed: an account left a stage when it entered the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Max

from accounts import services as accounts
from accounts.models import Account, Actor, Tenant
from accounts.scope import current_tenant
from journeys.models import Placement, Stage

TEXTS = ("think", "feel", "do")
LONGEST_TEXT = 2000


class JourneyRefused(ValueError):
    """A stage or placement breaks a rule. ``field`` names the input, ``code`` the rule."""

    code = "invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class StageMissing(JourneyRefused):
    code = "missing"


class StageOccupied(JourneyRefused):
    """Accounts stand in the stage that is to be removed."""

    code = "occupied"


class AccountMissing(JourneyRefused):
    code = "missing"


class EnteredInFuture(JourneyRefused):
    code = "in_future"


class NotAllowedToBackdate(JourneyRefused):
    code = "admin_only"


class Taken(JourneyRefused):
    code = "taken"


@transaction.atomic
def save_stage(
    *, stage_id: UUID | None = None, values: dict[str, Any], actor: Actor | None, at: datetime
) -> Stage:
    """Add a stage (None), or change the named values of one: name, position, think, feel, do, external_id.

    A stage put at a position moves the later ones down; without one it comes last. Admins only.
    Raises JourneyRefused.
    """
    accounts.require_admin(actor=actor)
    stages = list(Stage.objects.select_for_update().filter(deleted_at=None).order_by("position", "pk"))
    stage = next((known for known in stages if known.pk == stage_id), None)
    if stage_id is not None and stage is None:
        raise StageMissing("stage", "There is no such stage.")
    _check_stage(values, new=stage is None)
    before = shown(stage) if stage else None
    if stage is None:
        stage = Stage(position=len(stages) + 1, created_at=at, updated_at=at)
    else:
        stages.remove(stage)
    for name in ("name", "external_id", *TEXTS):
        if name in values:
            setattr(stage, name, values[name])
    place = min(max(values.get("position") or stage.position, 1), len(stages) + 1)
    stage.position = place
    if before == shown(stage):
        return stage
    stage.updated_at = at
    stage.save()
    stages.insert(place - 1, stage)
    _number(stages, at=at)
    _log("stage.updated" if before else "stage.created", stage, before, actor=actor, at=at)
    return stage


def _check_stage(values: dict[str, Any], *, new: bool) -> None:
    name = values.get("name")
    if (new or "name" in values) and not (isinstance(name, str) and 1 <= len(name.strip()) <= 100):
        raise JourneyRefused("name", "A stage needs a name of 1 to 100 characters.")
    for field in TEXTS:
        if len(values.get(field) or "") > LONGEST_TEXT:
            raise JourneyRefused(field, f"At most {LONGEST_TEXT} characters.")


def _number(stages: Sequence[Stage], *, at: datetime) -> None:
    """Give the stages the positions 1, 2, 3 … in this order."""
    moved = []
    for position, stage in enumerate(stages, start=1):
        if stage.position != position:
            stage.position, stage.updated_at = position, at
            moved.append(stage)
    Stage.objects.bulk_update(moved, ["position", "updated_at"])


@transaction.atomic
def remove_stage(*, stage_id: UUID, actor: Actor | None, at: datetime) -> Stage:
    """Leave a tombstone in place of a stage. Raises StageMissing, or StageOccupied while accounts stand in it."""
    accounts.require_admin(actor=actor)
    stage: Stage | None = Stage.objects.select_for_update().filter(pk=stage_id, deleted_at=None).first()
    if stage is None:
        raise StageMissing("stage", "There is no such stage.")
    newest = Placement.objects.order_by("account", "-entered_on", "-recorded_at", "-pk").distinct("account")
    standing = set(newest.values_list("account_id", "stage_id"))
    if any(where == stage.pk for _account, where in standing):
        raise StageOccupied("stage", "Accounts stand in this stage: move them first.")
    stage.deleted_at = stage.updated_at = at
    stage.save(update_fields=["deleted_at", "updated_at"])
    Stage.objects.filter(deleted_at=None, position__gt=stage.position).update(
        position=F("position") - 1, updated_at=at
    )
    _log("stage.deleted", stage, shown(stage), actor=actor, at=at)
    return stage


@transaction.atomic
def restore_stage(*, stage_id: UUID, actor: Actor | None, at: datetime) -> Stage:
    """Take a removed stage back, as the last one. Raises StageMissing."""
    accounts.require_admin(actor=actor)
    stage: Stage | None = Stage.objects.select_for_update().filter(pk=stage_id).first()
    if stage is None:
        raise StageMissing("stage", "There is no such stage.")
    if stage.deleted_at is None:
        return stage
    last = Stage.objects.filter(deleted_at=None).aggregate(last=Max("position"))["last"] or 0
    stage.deleted_at, stage.updated_at, stage.position = None, at, last + 1
    stage.save(update_fields=["deleted_at", "updated_at", "position"])
    _log("stage.restored", stage, None, actor=actor, at=at)
    return stage


def shown(stage: Stage) -> dict[str, Any]:
    return {name: getattr(stage, name) for name in ("external_id", "name", "position", *TEXTS)}


def _log(
    verb: str, stage: Stage, before: dict[str, Any] | None, *, actor: Actor | None, at: datetime
) -> None:
    change = accounts.NewActivity(
        verb=verb, object_id=stage.pk, data={"before": before, "after": shown(stage)}
    )
    accounts.record_activity(activity=change, actor=actor, at=at)


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
    for placement in Placement.objects.filter(account_id__in=known):
        batch.history[placement.account_id].append(placement)
    given = {new.external_id for new in placements if new.external_id is not None}
    batch.taken = {found.external_id: found for found in Placement.objects.filter(external_id__in=given)}
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
    said = (new.account_id, new.stage_id, new.reason, new.entered_on or stored.entered_on)
    if said != (stored.account_id, stored.stage_id, stored.reason, stored.entered_on):
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
