"""The tenant's path: ordered stages, each with what a customer there should think, feel and do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Max

from accounts import services as accounts
from accounts.models import Actor
from accounts.scope import current_tenant
from journeys.models import Placement, Stage
from journeys.services.rules import JourneyRefused, StageMissing, StageOccupied

TEXTS = ("think", "feel", "do")
LONGEST_TEXT = 2000


def hold_path() -> None:
    """Let one writer at a time change the tenant's path, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('journeys.stage'), %s)", [current_tenant()])


def require_path(*, actor: Actor | None) -> None:
    """Raise NotYours unless the actor may change the path: an admin, or a key that writes."""
    if actor is None or (actor.api_key and actor.writes_all):
        return
    accounts.require_admin(actor=actor)


@transaction.atomic
def save_stage(
    *, stage_id: UUID | None = None, values: dict[str, Any], actor: Actor | None, at: datetime
) -> Stage:
    """Add a stage (None), or change the named values of one: name, position, think, feel, do, external_id.

    A stage put at a position moves the later ones down; without one it comes last. Admins only.
    Raises JourneyRefused.
    """
    require_path(actor=actor)
    hold_path()
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
    require_path(actor=actor)
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
    require_path(actor=actor)
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
