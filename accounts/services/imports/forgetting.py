"""Rows and files of an import without a person who was erased.

Where rows tell of people a row of theirs is emptied, so that a later run does not bring them back; elsewhere only the
words go. What takes an import back stays able to.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, cast
from uuid import UUID
from zlib import decompress

from django.core.files.storage import default_storage

from accounts.formulas import Traces
from accounts.models import Import, ImportChunk, Job
from accounts.services.imports import reading
from accounts.services.imports.errors import write_errors_file
from accounts.services.imports.files import Broken, Unreadable
from accounts.services.imports.kinds import Kind, kind_of
from accounts.services.imports.staging import pack, unpack

EMPTY = {"code": "erased", "detail": "The person of this row was erased.", "text": ""}
GONE = "A person of this file was erased: hand it in again without them."
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True)
class Forgotten:
    """Who was erased: the persona, all that stood for it, their ids in other programs, and what they were called."""

    persona: UUID
    ids: frozenset[UUID]
    external_ids: frozenset[str]
    traces: Traces

    def key_of(self, said: str) -> str:
        """What usage under this key is called now, as the listed function names it."""
        return "erased-" + hashlib.md5(f"{said}{self.persona}".encode(), usedforsecurity=False).hexdigest()


def forget_in_import(*, one: Import, gone: Forgotten, at: datetime) -> None:
    """Take a person out of the rows and files of an import, which the caller has locked."""
    kind = kind_of(one.kind)
    columns = _id_columns(one)
    found = False
    for chunk in ImportChunk.objects.filter(of_import=one).order_by("number").iterator(chunk_size=20):
        if _may_hold(chunk, gone, bool(columns)):
            found |= _forget_in_chunk(chunk, kind, columns, gone)
    if one.rows is None:
        _forget_unread(one, gone, at)
    elif found and one.file:  # all rows of it are in the chunks
        default_storage.delete(one.file)
    if one.errors_file and (found or _names(one.errors_file, gone.traces)):
        one.errors_file = write_errors_file(one=one)
    one.save(update_fields=["errors_file", "counts", "issues"])


def _id_columns(one: Import) -> list[int]:
    """The columns in which a person's external id stands."""
    means = "external_id" if one.kind == "personas" else "persona_external_id"
    meant = one.mapping.get("columns", {})
    return [index for index, column in enumerate(one.columns) if meant.get(column["name"]) == means]


def _may_hold(chunk: ImportChunk, gone: Forgotten, by_id: bool) -> bool:
    """Whether a chunk is worth a closer look: bytes are searched as they are."""
    rows = decompress(bytes(chunk.rows))
    undo = decompress(bytes(chunk.undo)) if chunk.undo else b""
    if gone.traces.may_be_in(rows) or gone.traces.may_be_in(undo):
        return True
    if any(id.bytes in undo or str(id).encode() in undo for id in gone.ids):
        return True
    return by_id and any(id.encode() in rows for id in gone.external_ids)


def _forget_in_chunk(chunk: ImportChunk, kind: Kind, columns: Sequence[int], gone: Forgotten) -> bool:
    content, undo = unpack(chunk.rows), unpack(chunk.undo)
    ids = undo["ids"] if undo else []
    mine = {place for place, id in enumerate(ids) if id and UUID(bytes=id) in gone.ids}
    rows = [
        _row(row, place in mine or _says_id(row, columns, gone), kind, gone)
        for place, row in enumerate(content["rows"])
    ]
    if undo:
        undo["entries"] = {place: _entry(entry, gone) for place, entry in undo["entries"].items()}
    if rows == content["rows"] and undo == unpack(chunk.undo):
        return False
    chunk.rows = pack({**content, "rows": rows})
    chunk.undo = pack(undo) if undo else b""
    chunk.save(update_fields=["rows", "undo"])
    return True


def _says_id(row: Any, columns: Sequence[int], gone: Forgotten) -> bool:
    if isinstance(row, dict):
        return False
    return any(str(row[index]) in gone.external_ids for index in columns if index < len(row))


def _row(row: Any, is_theirs: bool, kind: Kind, gone: Forgotten) -> Any:
    if is_theirs or (gone.traces.names(row) and (kind.about_people or isinstance(row, dict))):
        return EMPTY
    return row if isinstance(row, dict) else gone.traces.without(row)


def _entry(entry: list[Any], gone: Forgotten) -> list[Any]:
    """What takes a row back, without the person: their own former values go, their key in usage has become another."""
    if str(entry[0]) in {str(id) for id in gone.ids} and len(entry) == 4:
        return [*entry[:3], {}]
    return [
        gone.key_of(one)
        if isinstance(one, str) and gone.traces.alone.fullmatch(one)
        else gone.traces.without(one)
        for one in entry
    ]


def _forget_unread(one: Import, gone: Forgotten, at: datetime) -> None:
    """A file whose rows are not all read yet is removed if it names the person; its import ends, and says why."""
    if not one.file or not default_storage.exists(one.file) or not _file_names(one, gone):
        return
    default_storage.delete(one.file)
    ImportChunk.objects.filter(of_import=one).delete()
    one.counts = {"unreadable": 1}
    one.issues = [{"field": "", "code": "erased", "detail": GONE, "rows": 1, "first": 1, "level": "error"}]
    if one.job_id is not None:
        ended = {"state": Job.State.FAILED, "error": GONE, "ended_at": at}
        Job.objects.filter(pk=one.job_id, state__in=OPEN).update(**ended)


def _file_names(one: Import, gone: Forgotten) -> bool:
    form = reading.Format(one.format, one.encoding, one.delimiter)
    with default_storage.open(one.file) as file:
        try:
            rows = reading.read(cast(IO[bytes], file), form)
            return any(gone.traces.names(row.text if isinstance(row, Broken) else list(row)) for row in rows)
        except Unreadable:
            return True  # what cannot be read may hold anybody


def _names(name: str, traces: Traces) -> bool:
    """Whether a file that we wrote, in UTF-8, is there and names the person."""
    if not default_storage.exists(name):
        return False
    with default_storage.open(name) as file:
        return any(traces.may_be_in(line) for line in cast(IO[bytes], file))
