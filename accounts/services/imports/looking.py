"""Rows of an import as a person looks at them: what each would change, or what it changed, cell by cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Account, Actor, Import, ImportChunk, Membership, Persona
from accounts.scope import current_tenant
from accounts.services.imports import staging, steps
from accounts.services.imports.kinds import Kind, kind_of
from accounts.services.imports.savers import said
from accounts.services.imports.twins import TO_CHECK

PAGE = 50
WORDS = {"n": "created", "c": "updated", "s": "unchanged", "w": "failed"}
LETTERS = {word: letter for letter, word in WORDS.items()}


@dataclass
class Seen:
    """One row: its number in the file, its cells, what becomes of it, and the values that change."""

    number: int
    status: str
    cells: list[Any]
    faults: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def rows_of(
    *, one: Import, status: str = "", after: int = 0, limit: int = PAGE, actor: Actor | None, at: datetime
) -> list[Seen]:
    """Rows behind row ``after``, of one status (created, updated, unchanged, failed), those to check, or all; with what
    each changes.

    Before the import ran, the changes are worked out against what is there now; afterwards they are those written.
    """
    seen: list[Seen] = []
    for chunk, places in _places(one, status, after, limit):
        seen += _looked_at(one, chunk, places, actor, at)
    _name_ids(seen, kind_of(one.kind))
    return seen


def _places(one: Import, status: str, after: int, limit: int) -> Iterator[tuple[ImportChunk, list[int]]]:
    chunks = ImportChunk.objects.filter(of_import=one).order_by("number")
    if status == TO_CHECK:
        chunks = chunks.exclude(notes=[])
    elif status:
        chunks = chunks.filter(statuses__contains=LETTERS[status])
    left = limit
    start = chunks.filter(first__lte=after).values_list("number", flat=True).last() or 0
    for chunk in chunks.filter(number__gte=start).iterator(chunk_size=5):
        numbers = staging.unpack(chunk.rows)["numbers"]
        chosen = _chosen(chunk, status, len(numbers))
        places = [place for place in chosen if numbers[place] > after][:left]
        if places:
            yield chunk, places
        left -= len(places)
        if left <= 0:
            return


def _chosen(chunk: ImportChunk, status: str, length: int) -> Sequence[int]:
    """The places of a chunk whose rows are of a status."""
    if status == TO_CHECK:
        return sorted({place for place, *_ in chunk.notes})
    if not status:
        return range(length)
    return [place for place, letter in enumerate(chunk.statuses) if letter == LETTERS[status]]


def _looked_at(
    one: Import, chunk: ImportChunk, places: Sequence[int], actor: Actor | None, at: datetime
) -> list[Seen]:
    content = staging.unpack(chunk.rows)
    faults, notes = _by_place(chunk.faults), _by_place(chunk.notes)
    seen = []
    for place in places:
        row = content["rows"][place]
        cells = [row["text"]] if isinstance(row, dict) else row
        status = WORDS.get(chunk.statuses[place : place + 1], "")
        seen.append(
            Seen(content["numbers"][place], status, cells, faults.get(place, []), notes.get(place, []))
        )
    if chunk.state in steps.WRITTEN:
        kept = staging.unpack(chunk.undo)["entries"]
        for place, each in zip(places, seen, strict=True):
            each.before = (kept.get(str(place)) or [None] * 4)[3] or {}
        return seen
    if chunk.statuses:
        _compare(one, chunk, places, seen, actor, at)
    return seen


def _by_place(told: Sequence[Sequence[Any]]) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    for place, name, code, detail in told:
        found.setdefault(place, []).append({"field": name, "code": code, "detail": detail})
    return found


def _compare(
    one: Import,
    chunk: ImportChunk,
    places: Sequence[int],
    seen: Sequence[Seen],
    actor: Actor | None,
    at: datetime,
) -> None:
    """Work out again what these rows alone would do."""
    kind = kind_of(one.kind)
    work = staging.work_for(one=one, actor=actor, at=at)
    work = replace(work, in_file=staging.in_file(one, kind, chunk), tells=True)
    lines = staging.lines_of(one, kind, chunk, work, only=list(places))
    kind.prepare(lines, work)
    kind.plan(lines, work)
    for each, line in zip(seen, lines, strict=True):
        each.before, each.after = line.before, line.after


def _name_ids(seen: Sequence[Seen], kind: Kind) -> None:
    """Put names in the place of ids."""
    wanted = {
        UUID(value)
        for each in seen
        for side in (each.before, each.after)
        for value in _flat(side)
        if isinstance(value, str) and _is_id(value)
    }
    if not wanted:
        return
    names = {str(id): name for id, name in kind.names(wanted).items()}
    for model in (Account, Persona):
        names |= {str(pk): name for pk, name in model.objects.filter(pk__in=wanted).values_list("pk", "name")}
    members = Membership.objects.filter(tenant_id=current_tenant(), pk__in=wanted)
    names |= {str(pk): email for pk, email in members.values_list("pk", "user__email")}
    for each in seen:
        each.before, each.after = (_renamed(side, names) for side in (each.before, each.after))


def _flat(side: dict[str, Any]) -> Iterator[Any]:
    for value in side.values():
        yield from value if isinstance(value, list) else [value]


def _renamed(side: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        said(name): [names.get(str(one), one) for one in value]
        if isinstance(value, list)
        else names.get(value, value)
        if isinstance(value, str)
        else value
        for name, value in side.items()
    }


def _is_id(said: str) -> bool:
    return len(said) == 36 and said.count("-") == 4
