"""Kinds whose resource has a Saver: one path for preview, writing, linking and taking back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

from accounts.models import Actor
from accounts.services.drafts import Draft
from accounts.services.facts import encode
from accounts.services.imports.finding import SAID
from accounts.services.imports.kinds import Kind, Line, Work, good, items_of
from accounts.services.items import Fault, Item, Mode, Status
from accounts.services.log import NewActivity, record_activities
from accounts.services.rights import require_write
from accounts.services.saving import Saver

CREATED, CHANGED, RESTORED = "c", "u", "r"


class SaverKind(Kind):
    """A kind that is written by a Saver: upserted, and taken back by former values or a tombstone."""

    saver: ClassVar[type[Saver]]

    def plan(self, lines: Sequence[Line], work: Work) -> None:
        asked = good(lines)
        drafts = self._saver(work).plan(items=items_of(asked, work), mode=self._mode(work))
        for line, draft in zip(asked, drafts, strict=True):
            waiting = dict(line.after)  # what only the file knows, and is linked at the end
            line.settle(draft.result())
            if work.tells:
                _tell(line, draft)
                line.after |= waiting
            if waiting and line.status == Status.UNCHANGED:
                line.status = Status.UPDATED
        if not work.tells:  # what is told of single rows was noted when all were planned
            self.look_for_twins([line for line in asked if line.status == Status.CREATED])

    def save(self, lines: Sequence[Line], work: Work) -> None:
        asked = good(lines)
        saver = self._saver(work)
        results = saver.save(items=items_of(asked, work), mode=self._mode(work))
        for line, result, draft in zip(asked, results, saver.drafts, strict=True):
            line.settle(result)
            line.undo = entry_of(draft) if not draft.faults and draft.changed else None

    def link(self, lines: Sequence[Line], work: Work) -> None:
        asked = [line for line in good(lines) if line.values.get(self.tree) and line.id is not None]
        saver = self._saver(work)
        items = [Item(values={self.tree: line.values[self.tree]}, id=line.id) for line in asked]
        results = saver.save(items=items, mode=Mode.UPDATE)
        for line, result, draft in zip(asked, results, saver.drafts, strict=True):
            line.settle(result)
            line.undo = entry_of(draft) if not draft.faults and draft.changed else None

    def joined(self, saved: list[Any], linked: list[Any]) -> list[Any]:
        id, _version, did, before = saved
        return [id, linked[1], did, before if did == CREATED else {**linked[3], **before}]

    def take_back(self, entries: Sequence[list[Any]], work: Work) -> list[bool]:
        model = self.saver.model
        ids = [UUID(entry[0]) for entry in entries]
        rows = {row.pk: row for row in model.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
        able = [_as_left(rows.get(id), entry) for id, entry in zip(ids, entries, strict=True)]
        chosen = [(id, entry) for id, entry, can in zip(ids, entries, able, strict=True) if can]
        former = {
            id: {name: self.decoded(name, value) for name, value in entry[3].items()}
            for id, entry in chosen
            if entry[2] != CREATED and entry[3]
        }
        if former:
            self._saver(work).put_back(former=former)
        gone = [rows[id] for id, entry in chosen if entry[2] in (CREATED, RESTORED)]
        self.bury(gone, work)
        return able

    def look_for_twins(self, lines: Sequence[Line]) -> None:
        """Note on new rows that something like them is there. For a preview."""
        for name in self.twins:
            asked = [line for line in lines if line.values.get(name)]
            there = self.known_twins(name, asked)
            for line in asked:
                if self.twin_words(line, name) in there:
                    detail = f"Something with this {SAID[name]} is there already."
                    line.notes.append(Fault(f"/{name}", "looks_same", detail))

    def known_twins(self, name: str, lines: Sequence[Line]) -> set[str]:
        """Of the words of these rows in a field, those of something that is there. For kinds with ``twins``."""
        raise NotImplementedError

    def decoded(self, name: str, value: Any) -> Any:
        """A former value, of a column or of a part, from how it was kept."""
        column: Any = self.saver.model._meta.get_field(name)
        return value if value is None else column.to_python(value)

    def bury(self, rows: Sequence[Any], work: Work) -> None:
        """Leave tombstones of rows that this import had made."""
        bury_rows(rows, actor=work.actor, at=work.at, saver=self._saver(work))

    def _saver(self, work: Work) -> Saver:
        return self.saver(actor=work.actor, at=work.at, source="import")

    def _mode(self, work: Work) -> Mode:
        return Mode.UPSERT


def meet_own(lines: Sequence[Line], saver: type[Saver]) -> None:
    """Find the rows without an external id that a file names by their own, as exports do."""
    own: dict[Line, UUID] = {}
    for line in lines:
        with suppress(ValueError):
            own[line] = UUID(str(line.values.get("external_id", "")))
    rows = saver.model.objects.filter(pk__in=own.values(), external_id=None, deleted_at=None) if own else ()
    found = {row.pk for row in rows}
    for line, id in own.items():
        if id in found:
            line.id = id
            del line.values["external_id"]


def bury_rows(rows: Sequence[Any], *, actor: Actor | None, at: dt.datetime, saver: Saver) -> None:
    """Mark live rows of one model as deleted and log each: three statements, whatever their number."""
    rows = [row for row in rows if row.deleted_at is None]
    if not rows:
        return
    homes = {row.pk: saver.timeline(row) for row in rows}
    require_write(actor=actor, account_ids={account for account, _ in homes.values() if account})
    saver.model.objects.filter(pk__in=list(homes)).update(deleted_at=at, updated_at=at)
    record_activities(
        activities=[
            NewActivity(f"{saver.noun}.deleted", id, account, persona, {"import_undone": True})
            for id, (account, persona) in homes.items()
        ],
        actor=actor,
        at=at,
    )


def entry_of(draft: Draft) -> list[Any]:
    """What takes a written draft back: id, version that was left, what was done, former values by attribute."""
    did = CREATED if draft.is_new else RESTORED if draft.restored else CHANGED
    before = {} if draft.is_new else {name: kept(value) for name, value in draft.before.items()}
    return [str(draft.row.pk), version(draft.row.updated_at), did, before]


def version(updated_at: dt.datetime) -> int:
    """The microseconds of a row's last change."""
    return int(updated_at.timestamp() * 1_000_000)


def _as_left(row: Any, entry: list[Any]) -> bool:
    """Whether a row is as the import left it; a tombstone or an erased person stays what it is."""
    if row is None or row.deleted_at is not None or getattr(row, "erased_at", None) is not None:
        return False
    return version(row.updated_at) == entry[1]


def _tell(line: Line, draft: Draft) -> None:
    line.before = {} if draft.is_new else _shown(draft.before)
    line.after = _shown({**draft.after, **draft.backdated})


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {said(name): kept(value) for name, value in values.items()}


def said(name: str) -> str:
    """A column by the name of what it points at."""
    return name if name == "external_id" else name.removesuffix("_id")


def kept(value: Any) -> Any:
    """A value of a column or part as JSON holds it."""
    if isinstance(value, dict):
        return {str(name): kept(one) for name, one in value.items()}
    return encode(value)
