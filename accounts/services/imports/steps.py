"""An import at work: preview, run and undo, each a job whose every step is one transaction.

A step takes some chunks and commits what it did to them together with the progress. A worker that dies leaves its
step undone; the next one does it again, and no row is written twice or left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Actor, Import, ImportChunk, Job
from accounts.services.arriving import RefusedRow, tell_arrival
from accounts.services.imports import staging, twins
from accounts.services.imports.errors import write_errors_file
from accounts.services.imports.files import Unreadable
from accounts.services.imports.kinds import Kind, Line, Work, kind_of
from accounts.services.items import Fault, Status
from accounts.services.log import NewActivity, record_activity
from accounts.services.owners import note_unknown_owners

State = ImportChunk.State
WRITTEN = (State.SAVED, State.LINKED)
LETTERS = {Status.CREATED: "n", Status.UPDATED: "c", Status.UNCHANGED: "s", Status.FAILED: "w"}
KEPT = ["", "kept", "It has changed since the import and stays as it is."]
MARKED, PLANNED, UNDONE = 50, 5, 5  # chunks of one step
ISSUES = 200
SAID = ("level", "field", "code", "detail")
MAX_FAULTS = 5  # of one row


def preview_step(*, job: Job, at: datetime) -> bool:
    """Job handler: read the file into chunks, judge rows against each other, then say what each would do."""
    one = Import.objects.select_for_update(of=("self",)).get(pk=job.params["import"])
    kind, work = kind_of(one.kind), staging.work_for(one=one, actor=staging.actor_of(one), at=at)
    if one.rows is None:
        more = _read_on(one, job)
        if "unreadable" in one.counts:
            _tell(one, work.actor, at)
        return more
    job.total = one.rows
    unmarked = list(ImportChunk.objects.filter(of_import=one, keys=b"").order_by("number")[:MARKED])
    if unmarked:
        for chunk in unmarked:
            staging.mark(one, kind, chunk, work)
        if len(unmarked) < MARKED:
            staging.judge(one, kind)
        return True
    chunks = list(ImportChunk.objects.filter(of_import=one, state=State.STAGED).order_by("number")[:PLANNED])
    for chunk in chunks:
        work = replace(work, in_file=staging.in_file(one, kind, chunk))
        lines = staging.lines_of(one, kind, chunk, work)
        kind.prepare(lines, work)
        kind.plan(lines, work)
        twins.leave_words(kind, chunk, lines)
        _settle(one, chunk, lines, State.PLANNED)
        _note_strangers(one, lines, at)
        job.done += chunk.length
    more = ImportChunk.objects.filter(of_import=one, state=State.STAGED).exists()
    if not more:
        twins.note_twins(one, kind)
        one.issues = _grouped(one.issues, [])
        one.errors_file = write_errors_file(one=one)
        job.result = result_of(one)
    one.save()
    return more


def _read_on(one: Import, job: Job) -> bool:
    limit = None if one.format == Import.Format.XLSX else staging.STEP_ROWS
    try:
        last, more = staging.stage(one=one, after=job.params.get("row", 0), limit=limit)
    except Unreadable as error:
        one.issues = [
            {"field": "", "code": error.code, "detail": str(error), "rows": 1, "first": 1, "level": "error"}
        ]
        one.counts = {"unreadable": 1}
        one.save()
        job.result = result_of(one)
        return False
    job.params = {**job.params, "row": last}
    job.done = max(last - 1, 0)
    if not more:
        lengths = ImportChunk.objects.filter(of_import=one).values_list("length", flat=True)
        one.rows = sum(lengths)
        one.save(update_fields=["rows"])
        job.done = 0
    return True


def run_step(*, job: Job, at: datetime) -> bool:
    """Job handler: write one chunk; when all are written, link the rows that name each other, chunk by chunk."""
    one = Import.objects.select_for_update(of=("self",)).get(pk=job.params["import"])
    kind, work = kind_of(one.kind), staging.work_for(one=one, actor=staging.actor_of(one), at=at)
    job.total = one.rows
    chunk = _next(one, State.PLANNED)
    if chunk is not None:
        _save(one, kind, chunk, replace(work, in_file=staging.in_file(one, kind, chunk)), at)
        job.done = min(job.done + chunk.length, job.total or 0)
        one.save()
        return True
    chunk = _next(one, State.SAVED) if staging.tree_ways(one, kind) else None
    if chunk is not None:
        _link(one, kind, chunk, work)
        one.save()
        return True
    one.errors_file = write_errors_file(one=one)
    one.ran_at = at
    one.save()
    job.done, job.result = job.total or 0, result_of(one)
    _tell(one, work.actor, at)
    activity = NewActivity(
        "import.ran", one.pk, data={"kind": one.kind, "filename": one.filename, **one.counts}
    )
    record_activity(activity=activity, actor=work.actor, at=at)
    return False


def _tell(one: Import, actor: Actor | None, at: datetime) -> None:
    """The Connect page shows what came of it, with each reason once: in the words of its code, since those beside it tell
    what stood in the row."""
    refused = sum(one.counts.get(key, 0) for key in (Status.FAILED.value, "unreadable"))
    wrong: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for issue in (issue for issue in one.issues if issue["level"] == "error"):
        said = issue["detail"] if "unreadable" in one.counts else issue["code"].replace("_", " ")
        wrong.setdefault((issue["field"], issue["code"], said), []).append(issue)
    rows = []
    for (field, code, said), issues in wrong.items():
        many = sum(issue["rows"] for issue in issues)
        fault = Fault(field, code, said + (f" ({many} rows)" if many > 1 else ""))
        rows.append(RefusedRow(min(issue["first"] for issue in issues), [fault]))
    tell_arrival(
        source=f"import {one.kind}",
        kind="import",
        name=one.kind,
        taken=sum(one.counts.get(status.value, 0) for status in Status if status != Status.FAILED),
        refused=refused,
        rows=rows,
        actor=actor,
        at=at,
    )


def _next(one: Import, state: int) -> ImportChunk | None:
    return ImportChunk.objects.filter(of_import=one, state=state).order_by("number").first()


def _save(one: Import, kind: Kind, chunk: ImportChunk, work: Work, at: datetime) -> None:
    lines = staging.lines_of(one, kind, chunk, work)
    kind.prepare(lines, work)
    kind.save(lines, work)
    entries = {str(place): line.undo for place, line in enumerate(lines) if line.undo}
    ids = staging.ids_packed([line.id for line in lines])
    chunk.undo = staging.pack({"ids": ids, "entries": entries})
    _settle(one, chunk, lines, State.SAVED)
    _note_strangers(one, lines, at)


def _note_strangers(one: Import, lines: Sequence[Line], at: datetime) -> None:
    """Owners of accounts who are no members wait on the Connect page."""
    named: dict[str, list[str]] = {}
    for line in lines if one.kind == "accounts" else ():
        for said in line.strangers:
            known = line.values.get("external_id") or line.id
            named.setdefault(said, []).extend([str(known)] if known else [])
    note_unknown_owners(named=named, source="import", at=at)


def _link(one: Import, kind: Kind, chunk: ImportChunk, work: Work) -> None:
    """Write the row above of each row; what is refused here is told beside the row, which stays."""
    kept = staging.unpack(chunk.undo)
    ways = staging.tree_ways(one, kind)
    places = [place for place, id in enumerate(kept["ids"]) if id]
    lines = staging.lines_of(one, kind, chunk, work, only=places) if places else []
    pairs = [
        (p, line) for p, line in zip(places, lines, strict=True) if any(line.values.get(w) for w in ways)
    ]
    kind.prepare([line for _, line in pairs], work)
    for place, line in pairs:
        line.id = UUID(bytes=kept["ids"][place])
    kind.link([line for _, line in pairs], work)
    for place, line in pairs:
        if line.undo:
            former = kept["entries"].get(str(place))
            kept["entries"][str(place)] = kind.joined(former, line.undo) if former else line.undo
    wrong = [(place, line) for place, line in pairs if line.faults]
    chunk.faults = [*chunk.faults, *_faults(wrong, "The row is in, but not this: ")]
    chunk.undo, chunk.state = staging.pack(kept), State.LINKED
    chunk.save(update_fields=["faults", "undo", "state"])
    one.issues = _grouped(one.issues, [line for _, line in wrong])


def undo_step(*, job: Job, at: datetime) -> bool:
    """Job handler: take chunks back, the last first; rows that have changed since stay, and are told."""
    one = Import.objects.select_for_update(of=("self",)).get(pk=job.params["import"])
    kind, work = kind_of(one.kind), staging.work_for(one=one, actor=staging.actor_of(one), at=at)
    written = ImportChunk.objects.filter(of_import=one, state__in=WRITTEN)
    job.total = job.total or sum(written.values_list("length", flat=True))
    chunks = list(written.order_by("-number")[:UNDONE])
    for chunk in chunks:
        _take_back(one, kind, chunk, work)
        job.done += chunk.length
    one.save()
    if len(chunks) == UNDONE and written.exists():
        return True
    one.undone_at = at
    one.errors_file = write_errors_file(one=one)
    one.save()
    job.result = result_of(one)
    activity = NewActivity("import.undone", one.pk, data={"kind": one.kind, "filename": one.filename})
    record_activity(activity=activity, actor=work.actor, at=at)
    return False


def _take_back(one: Import, kind: Kind, chunk: ImportChunk, work: Work) -> None:
    entries = staging.unpack(chunk.undo)["entries"]
    able = kind.take_back(list(entries.values()), work)
    kept = [place for place, could in zip(entries, able, strict=True) if not could]
    chunk.faults = [*chunk.faults, *([int(place), *KEPT] for place in kept)]
    chunk.state = State.UNDONE
    chunk.save(update_fields=["faults", "state"])
    counts = Counter(one.counts)
    counts["undone"] += sum(able)
    counts["kept"] += len(kept)
    one.counts = dict(counts)


def _settle(one: Import, chunk: ImportChunk, lines: Sequence[Line], state: int) -> None:
    """Keep what became of each row, and add it to what is known of the whole."""
    for line in lines:
        line.status = Status.FAILED if line.faults else line.status or Status.UNCHANGED
    chunk.statuses = "".join(LETTERS[line.status] for line in lines if line.status)
    chunk.faults = _faults([(place, line) for place, line in enumerate(lines) if line.faults])
    counts = Counter(one.counts)
    counts.update(line.status.value for line in lines if line.status)
    if state == State.PLANNED:  # what is worth a look is said before the run, and stays
        noted = [(place, line) for place, line in enumerate(lines) if line.notes]
        chunk.notes = [[place, *_told(note)] for place, line in noted for note in line.notes[:MAX_FAULTS]]
        counts += Counter({twins.TO_CHECK: len(noted)})
    chunk.state = state
    chunk.save(update_fields=["statuses", "faults", "notes", "twins", "state", "undo"])
    one.counts = dict(counts)
    one.issues = _grouped(one.issues, lines)


def _faults(wrong: Sequence[tuple[int, Line]], before: str = "") -> list[list[Any]]:
    return [[place, *_told(fault, before)] for place, line in wrong for fault in line.faults[:MAX_FAULTS]]


def _told(fault: Fault, before: str = "") -> tuple[str, str, str]:
    return fault.pointer.removeprefix("/"), fault.code, before + fault.detail


def _grouped(issues: list[dict[str, Any]], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The reasons so far and those of more lines, each with how many rows it concerns and the first of them."""
    found = {tuple(one[name] for name in SAID): one for one in issues}
    for line in lines:
        for level, faults in (("error", line.faults), ("warning", line.notes)):
            for fault in faults[:MAX_FAULTS]:
                key = (level, *_told(fault))
                if key not in found and len(found) >= ISSUES:
                    key = (level, "", "more", "Other reasons: see the file of issues.")
                names = dict(zip(SAID, key, strict=True))
                found.setdefault(key, {**names, "rows": 0, "first": line.number})["rows"] += 1
    return sorted(found.values(), key=lambda one: (-one["rows"], one["first"]))


def result_of(one: Import) -> dict[str, Any]:
    """What a job of an import ends with."""
    errors = f"/api/v1/imports/{one.pk}/errors" if one.errors_file else None
    return {"import": str(one.pk), "counts": one.counts, "errors_url": errors}
