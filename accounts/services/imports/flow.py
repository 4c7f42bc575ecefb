"""The life of an import: handed in, mapped, previewed, run, undone; and the mappings that are kept for next time.

Who may write every account may import. Small files are previewed at once, larger ones by a job.
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, cast
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage

from accounts.models import Actor, Import, ImportChunk, ImportMapping, Job
from accounts.selectors.matches import members_by_word
from accounts.services.imports import reading, sheets, steps
from accounts.services.imports.files import Broken, Cells, Unreadable
from accounts.services.imports.kinds import kind_of
from accounts.services.imports.matching import checked, columns_of, suggest
from accounts.services.imports.twins import TO_CHECK
from accounts.services.items import Fault, Refused
from accounts.services.jobs import start_job
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import NotYours

AT_ONCE = 4 * 1024 * 1024  # bytes of a file that is previewed while its sender waits
UNPACKED_AT_ONCE = 16 * 1024 * 1024  # the same for a workbook, once it is unpacked
LOOKED_AT = 1_000  # rows by which columns are matched
LOOKED_THROUGH = 4_000_000  # cells and letters of these rows at most
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


def require_import(*, actor: Actor | None) -> None:
    """Raise NotYours unless the actor may write every account."""
    if actor is not None and not actor.writes_all:
        raise NotYours("Importing needs the right to change every account.")


def upload_import(
    *,
    kind: str,
    filename: str,
    file: BinaryIO,
    size: int,
    actor: Actor | None,
    at: datetime,
    encoding: str = "",
    mapping: Mapping[str, Any] | None = None,
    saved_mapping: str = "",
) -> Import:
    """Keep a file and match its columns; a given ``mapping``, or a kept one by its name, takes the place of the
    suggested one.

    Raises UnknownKind, Unreadable for a file of which nothing can be read, Refused for a mapping that does not fit it.
    """
    require_import(actor=actor)
    _refuse_history(mapping, actor)
    meant = kind_of(kind)
    form, columns, first = _look_at(file, size, encoding)
    names = [column["name"] for column in columns]
    wanted = mapping or _kept_mapping(kind, saved_mapping, names)
    if not wanted:
        wanted = suggest(kind=meant, columns=columns, rows=first, members=members_by_word())
    one = Import(
        kind=kind,
        filename=_filename(filename),
        size=size,
        format=form.name,
        encoding=form.encoding,
        delimiter=form.delimiter,
        columns=columns,
        mapping=checked(kind=meant, names=names, mapping=wanted),
        created_by_id=actor.member_id if actor else None,
        api_key=actor.api_key if actor else None,
        created_at=at,
    )
    one.stamp()
    file.seek(0)
    one.file = default_storage.save(f"imports/{one.tenant_id}/{one.pk}", File(file))
    one.save()
    activity = NewActivity("import.uploaded", one.pk, data={"kind": kind, "filename": one.filename})
    record_activity(activity=activity, actor=actor, at=at)
    return one


def _look_at(
    file: BinaryIO, size: int, encoding: str
) -> tuple[reading.Format, list[dict[str, Any]], list[Any]]:
    """What a file is, its columns, and its first rows. Raises Unreadable."""
    form = reading.recognise(file, size=size, encoding=encoding)
    rows = reading.read(_kept_open(file), form)
    head = next(rows, None)
    if not isinstance(head, list):
        raise Unreadable("no_head", "The first row holds no names of columns.")
    names = reading.named(head)
    first = list(_first(rows))
    return form, columns_of(names, first), first


def _first(rows: Iterator[Any]) -> Iterator[Any]:
    """So many rows, and of very long ones fewer, that the sender need not wait for them."""
    seen = 0
    for row in itertools.islice(rows, LOOKED_AT):
        yield row
        seen += (
            len(row.text)
            if isinstance(row, Broken)
            else sum(len(cell) if isinstance(cell, str) else 1 for cell in row)
        )
        if seen > LOOKED_THROUGH:
            return


class _Open:
    """A file that stays open when its reader is done with it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def close(self) -> None:
        pass


def _kept_open(file: BinaryIO) -> BinaryIO:
    return _Open(file)  # type: ignore[return-value]


def _filename(given: str) -> str:
    name = PurePosixPath(given.replace("\\", "/").replace("\x00", "")).name[-200:]
    return name.encode("utf-8", "replace").decode() or "file"


def _refuse_history(mapping: Mapping[str, Any] | None, actor: Actor | None) -> None:
    if mapping and mapping.get("historical") and actor is not None and not actor.is_admin:
        raise Refused([Fault("/mapping/historical", "forbidden", "Only an admin may write history.")])


def change_mapping(*, id: UUID, mapping: Mapping[str, Any], actor: Actor | None, at: datetime) -> Import:
    """Read the columns of an import in another way; what is absent stays. Its preview has to be made again.

    Raises Import.DoesNotExist, or Refused: also while it is at work, and once rows of it are written.
    """
    require_import(actor=actor)
    _refuse_history(mapping, actor)
    one = _locked(id)
    _refuse_busy(one)
    if ImportChunk.objects.filter(of_import=one, state__in=steps.WRITTEN).exists():
        raise Refused([Fault("/mapping", "written", "Rows of this import are written; undo it first.")])
    names = [column["name"] for column in one.columns]
    one.mapping = checked(kind=kind_of(one.kind), names=names, mapping={**one.mapping, **mapping})
    one.stage, one.job = Import.Stage.DRAFT, None
    one.save()
    _forget_preview(one)
    return one


def _forget_preview(one: Import) -> None:
    ImportChunk.objects.filter(of_import=one).update(
        state=ImportChunk.State.STAGED,
        keys=b"",
        targets=b"",
        parents=b"",
        twins=b"",
        refused={},
        statuses="",
        faults=[],
        notes=[],
        undo=b"",
    )
    one.counts, one.issues, one.undone_at = {}, [], None
    one.save(update_fields=["counts", "issues", "undone_at"])


def preview_import(*, id: UUID, actor: Actor | None, at: datetime) -> Import:
    """Say what every row would do: at once for a small file, else by a job. Raises Import.DoesNotExist, Refused."""
    require_import(actor=actor)
    one = _locked(id)
    _refuse_busy(one)
    if ImportChunk.objects.filter(of_import=one, state__in=steps.WRITTEN).exists():
        raise Refused([Fault("", "written", "Rows of this import are written; undo it first.")])
    _forget_preview(one)
    return _begin(one, Import.Stage.PREVIEW, actor, at, at_once=_is_small(one))


def _is_small(one: Import) -> bool:
    if one.size > AT_ONCE or one.format != Import.Format.XLSX or not default_storage.exists(one.file):
        return one.size <= AT_ONCE
    with default_storage.open(one.file) as file:
        return sheets.unpacked_size(cast(IO[bytes], file)) <= UNPACKED_AT_ONCE


def run_import(*, id: UUID, actor: Actor | None, at: datetime) -> Import:
    """Write the rows that are not wrong, by a job; one that was cancelled or failed goes on where it stopped.

    Raises Import.DoesNotExist, or Refused without a finished preview.
    """
    require_import(actor=actor)
    one = _locked(id)
    _refuse_busy(one)
    begun = one.stage == Import.Stage.RUN and one.ran_at is None
    if not begun and state_of(one) != "ready":
        raise Refused([Fault("", "not_ready", "Preview the import first; nothing is left to run.")])
    if not begun:
        one.counts = {name: count for name, count in one.counts.items() if name == TO_CHECK}
        one.issues = [issue for issue in one.issues if issue["level"] == "warning"]
    return _begin(one, Import.Stage.RUN, actor, at)


def undo_import(*, id: UUID, actor: Actor | None, at: datetime) -> Import:
    """Take every row of an import back that has not changed since, by a job. Raises Import.DoesNotExist, Refused."""
    require_import(actor=actor)
    one = _locked(id)
    _refuse_busy(one)
    if not ImportChunk.objects.filter(of_import=one, state__in=steps.WRITTEN).exists():
        raise Refused([Fault("", "nothing_to_undo", "Nothing of this import is written.")])
    return _begin(one, Import.Stage.UNDO, actor, at)


def _begin(one: Import, stage: str, actor: Actor | None, at: datetime, *, at_once: bool = False) -> Import:
    one.stage = stage
    params = {"import": str(one.pk)}
    done = sum(_lengths(one)) if stage == Import.Stage.RUN else 0
    if not at_once:
        one.job = start_job(kind=f"{stage}_import", params=params, actor=actor, at=at, total=one.rows)
        Job.objects.filter(pk=one.job.pk).update(done=done)
        one.save()
        return one
    one.job = Job.objects.create(
        kind=f"{stage}_import", params=params, created_at=at, started_at=at, created_by_id=actor.member_id if actor else None
    )  # fmt: skip
    one.save()
    while steps.preview_step(job=one.job, at=at):
        pass
    one.job.state, one.job.ended_at = Job.State.DONE, at
    one.job.save()
    one.refresh_from_db()
    return one


def _lengths(one: Import) -> list[int]:
    written = ImportChunk.objects.filter(of_import=one, state__in=steps.WRITTEN)
    return list(written.values_list("length", flat=True))


def _locked(id: UUID) -> Import:
    one: Import = Import.objects.select_for_update(of=("self",)).select_related("job").get(pk=id)
    return one


def _refuse_busy(one: Import) -> None:
    if one.job is not None and one.job.state in OPEN:
        raise Refused([Fault("", "busy", "The import is at work; cancel that first, or wait.")])


def state_of(one: Import) -> str:
    """Where an import stands: draft, previewing, ready, running, done, undoing, undone, cancelled, failed."""
    if one.job is None:  # not begun yet, or so long ago that its job is forgotten
        return "undone" if one.undone_at else "done" if one.ran_at else "draft"
    if one.job.state in (Job.State.CANCELLED, Job.State.FAILED):
        return str(one.job.state)
    open_still = one.job.state in OPEN
    if one.stage == Import.Stage.PREVIEW:
        unreadable = "unreadable" in one.counts
        return "previewing" if open_still else "failed" if unreadable else "ready"
    if one.stage == Import.Stage.RUN:
        return "running" if open_still else "done"
    return "undoing" if open_still else "undone"


def keep_mapping(
    *, kind: str, name: str, mapping: Mapping[str, Any], actor: Actor | None, at: datetime
) -> ImportMapping:
    """Keep a mapping under a name, in place of a former one of that name. Raises UnknownKind, Refused."""
    require_import(actor=actor)
    names = list(mapping.get("columns") or {})
    kept = checked(kind=kind_of(kind), names=names, mapping=mapping)
    one, created = ImportMapping.objects.update_or_create(
        kind=kind,
        name=name,
        defaults={"mapping": kept, "updated_at": at},
        create_defaults={"mapping": kept, "updated_at": at, "created_at": at},
    )
    verb = "import_mapping.created" if created else "import_mapping.updated"
    record_activity(activity=NewActivity(verb, one.pk, data={"kind": kind, "name": name}), actor=actor, at=at)
    return one


def forget_mapping(*, id: UUID, actor: Actor | None, at: datetime) -> None:
    """Remove a kept mapping. Raises ImportMapping.DoesNotExist."""
    require_import(actor=actor)
    one = ImportMapping.objects.select_for_update().get(pk=id)
    one.delete()
    activity = NewActivity("import_mapping.deleted", id, data={"kind": one.kind, "name": one.name})
    record_activity(activity=activity, actor=actor, at=at)


def _kept_mapping(kind: str, name: str, names: Cells) -> dict[str, Any] | None:
    """A kept mapping for a file that has these columns: those that it has not are left out. Raises Refused."""
    if not name:
        return None
    kept = ImportMapping.objects.filter(kind=kind, name=name).first()
    if kept is None:
        raise Refused([Fault("/saved_mapping", "missing", "There is no such mapping.")])
    columns = {name: field for name, field in kept.mapping["columns"].items() if name in names}
    return {**kept.mapping, "columns": columns}


def prune_imports(*, before: datetime) -> None:
    """Remove the files and rows of imports handed in before then; what they did, and the log, stay."""
    old = Import.objects.filter(created_at__lt=before).exclude(file="")
    for one in old:
        for name in (one.file, one.errors_file):
            if name:
                default_storage.delete(name)
    ImportChunk.objects.filter(of_import__in=old).delete()
    old.update(file="", errors_file="")
