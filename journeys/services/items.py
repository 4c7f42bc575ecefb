"""Stages and placements as REST writes them: many at once, accounts and stages by any of their names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import selectors as accounts
from accounts.models import Actor
from accounts.services import Fault, Item, Mode, Refused, Saved, Status
from journeys.models import Stage
from journeys.services.placements import NewPlacement, Placed, place_accounts
from journeys.services.rules import JourneyRefused, StageOccupied
from journeys.services.stages import (
    TEXTS,
    hold_path,
    remove_stage,
    require_path,
    restore_stage,
    save_stage,
    shown,
)

TAKEN = Fault("/external_id", "taken", "Another object has this external_id.")


@transaction.atomic
def save_stages(*, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime) -> list[Saved]:
    """Write stages, one result per item: name, position, think, feel, do, external_id. Raises NotYours.

    A path has a handful of stages, and each may move the others: they are written one after the other.
    """
    require_path(actor=actor)
    hold_path()
    settled = _settled(items) if mode == Mode.UPSERT else items
    return [_save_stage(item, mode, actor=actor, at=at) for item in settled]


def _settled(items: Sequence[Item]) -> Sequence[Item]:
    """The items, without their positions where all of them together leave the path in the order that it has: of several
    that lie beyond its end each would be the last in its turn."""
    live = Stage.objects.filter(deleted_at=None).order_by("position", "pk")
    order = list(live.values_list("external_id", flat=True))
    after = list(order)
    for item in items:
        if item.external_id is None or item.external_id not in after:
            return items
        if place := item.values.get("position"):
            after.remove(item.external_id)
            after.insert(place - 1, item.external_id)
    if after != order:
        return items
    return [replace(one, values={k: v for k, v in one.values.items() if k != "position"}) for one in items]


def _save_stage(item: Item, mode: Mode, *, actor: Actor | None, at: datetime) -> Saved:
    named: Stage | None = None
    if item.external_id is not None:
        named = Stage.objects.filter(external_id=item.external_id).first()
    stage = Stage.objects.filter(pk=item.id, deleted_at=None).first() if mode == Mode.UPDATE else named
    if mode == Mode.UPDATE and stage is None:
        return _failed("", "missing", "There is no such object.")
    if named is not None and (mode == Mode.CREATE or named != stage):
        return Saved(Status.FAILED, faults=[TAKEN])
    restored = stage is not None and stage.deleted_at is not None
    if stage is not None and restored:
        restore_stage(stage_id=stage.pk, actor=actor, at=at)
    before = None if stage is None or restored else shown(stage)
    values = {name: "" if value is None and name in TEXTS else value for name, value in item.values.items()}
    try:
        saved = save_stage(stage_id=stage.pk if stage else None, values=values, actor=actor, at=at)
    except JourneyRefused as refusal:
        return _failed(f"/{refusal.field}", refusal.code, str(refusal))
    if stage is None:
        return Saved(Status.CREATED, id=saved.pk)
    return Saved(Status.UNCHANGED if before == shown(saved) else Status.UPDATED, id=saved.pk)


def delete_stage(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Leave a tombstone. Raises StageMissing, or Refused while accounts stand in the stage."""
    try:
        remove_stage(stage_id=id, actor=actor, at=at)
    except StageOccupied as occupied:
        raise Refused([Fault("", occupied.code, str(occupied))]) from occupied


def raise_stage(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a tombstone back. Raises StageMissing."""
    restore_stage(stage_id=id, actor=actor, at=at)


def save_placements(*, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime) -> list[Saved]:
    """Place accounts, one result per item: account or account_external_id, stage or stage_external_id, entered_on,
    reason, external_id. Every item is new whatever the mode; where an account stands already is unchanged."""
    found = accounts.find_accounts(
        ids={item.values["account"] for item in items if item.values.get("account")},
        external_ids={i.values["account_external_id"] for i in items if i.values.get("account_external_id")},
    )
    live = list(Stage.objects.filter(deleted_at=None).values_list("pk", "external_id"))
    known: dict[str, Mapping[Any, UUID]] = {
        "account": {key: one.id for key, one in found.by_id.items()},
        "account_external_id": {key: one.id for key, one in found.by_external_id.items()},
        "stage": {pk: pk for pk, _external_id in live},
        "stage_external_id": {external_id: pk for pk, external_id in live if external_id is not None},
    }
    read = [_read(item, known) for item in items]
    new = [one for one in read if isinstance(one, NewPlacement)]
    results = iter(place_accounts(placements=new, actor=actor, at=at))
    return [_saved(next(results)) if isinstance(one, NewPlacement) else one for one in read]


def _read(item: Item, known: Mapping[str, Mapping[Any, UUID]]) -> NewPlacement | Saved:
    targets = {}
    for name in ("account", "stage"):
        given = name if item.values.get(name) else f"{name}_external_id"
        if not item.values.get(given):
            return _failed(f"/{name}", "required", "This field is required.")
        target = known[given].get(item.values[given])
        if target is None:
            return _failed(f"/{given}", "missing", "There is no such object.")
        targets[name] = target
    return NewPlacement(
        account_id=targets["account"],
        stage_id=targets["stage"],
        reason=item.values.get("reason") or "",
        entered_on=item.values.get("entered_on"),
        external_id=item.external_id,
        historical=item.historical,
    )


def _saved(result: Placed | JourneyRefused) -> Saved:
    if isinstance(result, JourneyRefused):
        return _failed(f"/{result.field}", result.code, str(result))
    return Saved(Status.CREATED if result.created else Status.UNCHANGED, id=result.placement.pk)


def _failed(pointer: str, code: str, detail: str) -> Saved:
    return Saved(Status.FAILED, faults=[Fault(pointer, code, detail)])
