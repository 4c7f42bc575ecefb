"""The shape in which many things are written at once: items in, one result each out, and why an item was refused.

Every writing service that REST reaches takes a sequence of ``Item`` and answers with one ``Saved`` per item, in
order; a single write is a sequence of one. A refused item never stops the others.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Mode(StrEnum):
    """How items meet what is there already."""

    CREATE = "create"  # a taken external_id is refused
    UPSERT = "upsert"  # matched by ``Item.id`` where given, else by external_id; created when not matched
    UPDATE = "update"  # matched by ``Item.id``; refused when missing


class Status(StrEnum):
    """What became of an item."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True)
class Item:
    """One thing to write. ``values`` are clean, by field name: an absent field stays, None clears.

    ``version``: what ``version_of`` said of the row that was edited; the item is refused if the row has changed since.
    ``effective_at`` backdates its dated facts; ``historical`` (admins only) also makes ``recorded_at`` the observed
    or effective time, as for migrated history.
    """

    values: Mapping[str, Any]
    id: UUID | None = None
    effective_at: datetime | None = None
    historical: bool = False
    version: str | None = None

    @property
    def external_id(self) -> str | None:
        return self.values.get("external_id")


@dataclass(frozen=True)
class Fault:
    """Why an item was refused. ``pointer`` is a JSON pointer relative to the item; ``code`` is stable."""

    pointer: str
    code: str
    detail: str


@dataclass
class Saved:
    """What became of one item: its id (None if it failed) and, if it failed, why."""

    status: Status
    id: UUID | None = None
    faults: list[Fault] = field(default_factory=list)


class Refused(Exception):
    """A single write was refused; ``faults`` says why, ``status`` is the code of the faults' kind."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = list(faults)


def refused(*faults: Fault) -> Saved:
    """The result of an item that failed."""
    return Saved(Status.FAILED, faults=list(faults))


def only(results: Sequence[Saved]) -> Saved:
    """The one result of a single write. Raises Refused if it failed."""
    (result,) = results
    if result.status == Status.FAILED:
        raise Refused(result.faults)
    return result


def body_digest(item: Item) -> str:
    """What identifies the body of an item of an append-only resource: same digest, same body."""
    body = {**item.values, "historical": item.historical}
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def settle_repeats(
    *, items: Sequence[Item], known: Mapping[str, tuple[UUID, str]]
) -> tuple[list[Saved | None], list[int]]:
    """Which items of an append-only resource are new, by external_id.

    ``known`` maps the external ids that are there already to (id, ``body_digest``). Answers with a list as long as
    ``items``, a result where the item is settled (``unchanged`` for the same body, ``taken`` for another, also
    inside one request) and None where it is new, and with the indexes of the new ones.
    """
    results: list[Saved | None] = []
    seen: dict[str, str] = {}
    new: list[int] = []
    for index, item in enumerate(items):
        key = item.external_id
        if key is None or (key not in known and key not in seen):
            if key is not None:
                seen[key] = body_digest(item)
            results.append(None)
            new.append(index)
        elif key in known and known[key][1] == body_digest(item):
            results.append(Saved(Status.UNCHANGED, id=known[key][0]))
        else:
            results.append(refused(TAKEN))
    return results, new


TAKEN = Fault("/external_id", "taken", "Another object has this external_id.")
STALE = Fault("", "stale", "Somebody changed this meanwhile.")
GONE = Fault("", "missing", "There is no such object.")
ERASED = Fault("/external_id", "erased", "This person was erased and does not come back.")
MERGED = Fault("", "merged", "This account was merged into another: part them instead.")
