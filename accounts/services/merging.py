"""Accounts that are one: the merged one becomes a tombstone that points to the other, and nothing of the past is
rewritten. Its people and its work move as if somebody had moved them, and come back when the two are parted again. The
links that its customer has end with it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Account, Actor, Case, Initiative, Note, Outcome, Persona, Step, Touch
from accounts.scope import Reader, reader_scope
from accounts.services.along import bring_along, merges, take_back_along
from accounts.services.items import Fault, Item, Mode, Refused, Status
from accounts.services.log import NewActivity, record_activity
from accounts.services.personas import save_personas
from accounts.services.rights import require_write
from accounts.services.shares import close_shares
from accounts.services.tombstones import raise_up
from accounts.services.touches import save_touches
from accounts.services.work import save_cases, save_initiatives, save_outcomes, save_steps

Save = Callable[..., Any]
# What moves, by its name in the log: people and initiatives first, since the others may name them.
MOVED: Mapping[str, tuple[Any, Save]] = {
    "personas": (Persona, save_personas),
    "initiatives": (Initiative, save_initiatives),
    "steps": (Step, save_steps),
    "cases": (Case, save_cases),
    "outcomes": (Outcome, save_outcomes),
    "touches": (Touch, save_touches),
}


@reader_scope(Reader())  # all that stands there moves, also what whoever asks may not see yet
def merge_accounts(*, id: UUID, into: UUID, actor: Actor | None, at: datetime) -> None:
    """Make one account stand for another. Usage and syncs that name the merged one reach the other from now on.

    Raises Account.DoesNotExist, NotYours, or Refused if they are one or the other is missing.
    """
    rows = {
        row.pk: row
        for row in Account.objects.select_for_update()
        .filter(pk__in=[id, into], deleted_at=None)
        .order_by("pk")
    }
    if id not in rows:
        raise Account.DoesNotExist
    if into not in rows:
        raise Refused([Fault("/into", "missing", "There is no such object.")])
    if id == into:
        raise Refused([Fault("/into", "same", "An account cannot be merged into itself.")])
    require_write(actor=actor, account_ids=[id, into])
    moved = {name: _standing(model, id) for name, (model, _) in MOVED.items()}
    _move(moved, to=into, actor=actor, at=at)
    notes = _move_notes(_ids(Note.objects.filter(account_id=id)), into)
    since = bring_along(model=Account, id=id, into=into, at=at)
    Account.objects.filter(pk=id).update(merged_into_id=into, deleted_at=at, updated_at=at)
    close_shares(account_ids=[id], actor=actor, at=at)
    data = {"into": str(into), "moved": _shown(moved | {"notes": notes}), "along": since}
    record_activity(activity=NewActivity("account.merged", id, into, None, data), actor=actor, at=at)


@reader_scope(Reader())
def part_accounts(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Undo a merge: the account stands for itself again, and what came from it and still is there goes back, accounts that
    had been merged into it before included.

    Raises Account.DoesNotExist if it is not merged, NotYours.
    """
    account = Account.objects.select_for_update().get(pk=id, merged_into__isnull=False)
    into = account.merged_into_id
    require_write(actor=actor, account_ids=[id, into])
    merge = merges(Account, [id]).first()
    listed = merge.data.get("moved", {}) if merge else {}
    Account.objects.filter(pk=id).update(merged_into=None)
    raise_up(model=Account, id=id, actor=actor, at=at)
    take_back_along(model=Account, id=id, into=into, at=at)
    moved = {
        name: _ids(model.objects.filter(pk__in=listed.get(name, ()), account_id=into, deleted_at=None))
        for name, (model, _) in MOVED.items()
    }
    _move(moved, to=id, actor=actor, at=at)
    _move_notes(_ids(Note.objects.filter(pk__in=listed.get("notes", ()), account_id=into)), id)
    data = {"from": str(into), "moved": _shown(moved)}
    record_activity(activity=NewActivity("account.parted", id, into, None, data), actor=actor, at=at)


def merged_through(*, id: UUID) -> list[UUID]:
    """The accounts through which a merged one came to where it is: it was merged into one that was merged itself."""
    merge = merges(Account, [id]).first()
    into = Account.objects.values_list("merged_into_id", flat=True).get(pk=id)
    if merge is None:
        return []
    beside = Account.objects.filter(merged_into_id=into).exclude(pk=id).values("pk")
    later = merges(Account, beside).filter(at__gte=merge.at, data__along__has_key=str(id))
    return list(later.order_by("object_id").values_list("object_id", flat=True).distinct())


def _standing(model: Any, account_id: UUID) -> list[UUID]:
    return _ids(model.objects.filter(account_id=account_id, deleted_at=None))


def _ids(rows: Any) -> list[UUID]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _move(moved: Mapping[str, Sequence[UUID]], *, to: UUID, actor: Actor | None, at: datetime) -> None:
    for name, (_, save) in MOVED.items():
        items = [Item({"account": to}, id=id) for id in moved[name]]
        saved = save(items=items, mode=Mode.UPDATE, actor=actor, at=at) if items else []
        faults = [one.faults for one in saved if one.status == Status.FAILED]
        if faults:
            raise Refused(faults[0])


def _move_notes(ids: list[UUID], to: UUID) -> list[UUID]:
    Note.objects.filter(pk__in=ids).update(account_id=to)
    return ids


def _shown(moved: Mapping[str, Sequence[UUID]]) -> dict[str, list[str]]:
    return {name: [str(id) for id in ids] for name, ids in moved.items() if ids}
