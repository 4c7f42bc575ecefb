"""Responses as REST writes them: many at once, accounts and people by any of their names, one result each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import selectors as accounts
from accounts.models import Actor
from accounts.services import Fault, Item, Mode, Saved, Status
from feedback.services.responses import (
    NewResponse,
    Recorded,
    ResponseRefused,
    record_responses,
    withdraw_response,
)


def save_responses(*, items: Sequence[Item], mode: Mode, actor: Actor | None, at: datetime) -> list[Saved]:
    """Record answers, one result per item: account, persona (or their external ids), kind, answer, why, asked_at,
    answered_at, source, external_id. Every item is new whatever the mode."""
    known: dict[str, Mapping[Any, accounts.Target]] = {}
    for name, find in (("account", accounts.find_accounts), ("persona", accounts.find_personas)):
        external = f"{name}_external_id"
        found = find(
            ids={item.values[name] for item in items if item.values.get(name)},
            external_ids={item.values[external] for item in items if item.values.get(external)},
        )
        known[name], known[external] = found.by_id, found.by_external_id
    read = [_read(item, known) for item in items]
    new = [one for one in read if isinstance(one, NewResponse)]
    results = iter(record_responses(responses=new, actor=actor, at=at))
    return [_saved(next(results)) if isinstance(one, NewResponse) else one for one in read]


def _read(item: Item, known: Mapping[str, Mapping[Any, accounts.Target]]) -> NewResponse | Saved:
    """The answer that an item holds, or the result that refuses it."""
    targets: dict[str, UUID] = {}
    for name in ("account", "persona"):
        given = name if item.values.get(name) else f"{name}_external_id"
        if not item.values.get(given):
            continue
        target = known[given].get(item.values[given])
        if target is None:
            return _failed(f"/{given}", "missing", "There is no such object.")
        targets[name] = target.id
    missing = [name for name in ("kind", "answer") if item.values.get(name) is None]
    if missing or not targets:
        return _failed(f"/{(missing or ['account'])[0]}", "required", "This field is required.")
    return NewResponse(
        kind=item.values["kind"],
        answer=item.values["answer"],
        account_id=targets.get("account"),
        persona_id=targets.get("persona"),
        why=item.values.get("why") or "",
        asked_at=item.values.get("asked_at"),
        answered_at=item.values.get("answered_at"),
        external_id=item.external_id,
        historical=item.historical,
        source=item.values.get("source") or "api",
    )


def _saved(result: Recorded | ResponseRefused) -> Saved:
    if isinstance(result, ResponseRefused):
        return _failed(f"/{result.field}", result.code, str(result))
    return Saved(Status.CREATED if result.created else Status.UNCHANGED, id=result.response.pk)


def _failed(pointer: str, code: str, detail: str) -> Saved:
    return Saved(Status.FAILED, faults=[Fault(pointer, code, detail)])


def withdraw_one(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Take a response back. Raises Missing."""
    withdraw_response(response_id=id, actor=actor, at=at)
