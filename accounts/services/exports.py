"""Files out, written by a worker: a job whose every step adds a part, and whose last step joins them. No row is left
out, however many there are, and an import reads the file back as it was."""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts import reports
from accounts.formulas import Traces
from accounts.models import Account, Actor, Job, Tenant
from accounts.scope import Reader, current_tenant, reader_scope
from accounts.selectors.exports import (
    export_count,
    export_head,
    export_jobs,
    export_kind,
    export_kinds,
    export_page,
    export_withheld,
    may_export,
)
from accounts.services.items import Fault, Refused
from accounts.services.jobs import OPEN, start_job
from accounts.services.log import NewActivity, record_activity
from accounts.services.rights import NotYours

PAGE = 2_000
PART = 20_000  # rows of one step
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


def start_export(
    *, kind: str, format: str, accounts: Sequence[UUID] | None = None, actor: Actor | None, at: datetime
) -> Job:
    """Have a file of all live rows of a kind written; the job's result names it.

    ``accounts``: of these alone, for a kind of which that may be asked. Raises Refused, or NotYours for a kind that is
    not for everyone.
    """
    if kind not in export_kinds():
        raise Refused([Fault("/kind", "invalid_choice", f"One of {', '.join(export_kinds(actor=actor))}.")])
    if format not in FORMATS:
        raise Refused([Fault("/format", "invalid_choice", f"One of {', '.join(FORMATS)}.")])
    if actor is not None and not may_export(kind=kind, actor=actor):
        raise NotYours("Leaders and admins alone may have this file.")
    asked = {"today": f"{at.astimezone(_zone()).date()}", "accounts": _known(kind, accounts)}
    params = {
        "kind": kind, "format": format, "head": export_head(kind=kind), "parts": [], "after": None, "asked": asked,
    }  # fmt: skip
    total = export_count(kind=kind, asked=asked)
    job = start_job(kind="export", params=params, actor=actor, at=at, total=total)
    activity = NewActivity("export.started", job.pk, data={"kind": kind})
    record_activity(activity=activity, actor=actor, at=at)
    return job


def _zone() -> ZoneInfo:
    return ZoneInfo(Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant()))


def _known(kind: str, accounts: Sequence[UUID] | None) -> list[str] | None:
    """The ids of the accounts asked for, as text. Raises Refused where one is missing, or they may not be named."""
    if accounts is None:
        return None
    if not export_kind(kind).of_accounts:
        raise Refused([Fault("/accounts", "not_allowed", "A file of this kind is of all accounts.")])
    live = set(Account.objects.filter(pk__in=accounts, deleted_at=None).values_list("pk", flat=True))
    faults = [
        Fault(f"/accounts/{place}", "missing", "There is no such object.")
        for place, one in enumerate(accounts)
        if one not in live
    ]
    if faults:
        raise Refused(faults)
    return [str(one) for one in accounts]


def export_step(*, job: Job, at: datetime) -> bool:
    """Job handler: write one more part, or join them all into the file, for the eyes of whoever asked for it."""
    with reader_scope(job.created_by.reader if job.created_by else Reader()):
        return _step(job)


def _step(job: Job) -> bool:
    params = dict(job.params)
    after = UUID(params["after"]) if params["after"] else None
    out = io.BytesIO()
    written = 0
    while written < PART:
        rows, last = export_page(
            kind=params["kind"], asked=params.get("asked", {}), head=params["head"], after=after, limit=PAGE
        )
        _write(out, params["format"], params["head"], rows)
        written += len(rows)
        after = last or after
        if len(rows) < PAGE:
            break
    name = f"exports/{current_tenant()}/{job.pk}-{len(params['parts'])}"
    params["parts"] = [*params["parts"], default_storage.save(name, ContentFile(out.getvalue()))]
    params["after"] = str(after) if after else None
    job.params, job.done = params, job.done + written
    job.total = max(job.total or 0, job.done)
    if written >= PART:
        return True
    job.result = {"file": _join(job, params), "url": f"/api/v1/exports/{job.pk}/file", "rows": job.done}
    withheld = export_withheld(kind=params["kind"], asked=params.get("asked", {}))
    if withheld is not None:
        job.result["no_contact"] = withheld
    return False


def _write(out: io.BytesIO, format: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if format == "jsonl":
        for row in rows:
            cells = (reports.harmless(cell) for cell in row)  # an import takes the apostrophe off
            out.write(msgspec.json.encode(dict(zip(head, cells, strict=True))) + b"\n")
        return
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    reports.write_rows(text, rows)
    text.detach()


def _join(job: Job, params: dict[str, Any]) -> str:
    """Put the parts behind each other into one file, and remove them; its name in the storage."""
    with tempfile.TemporaryFile() as whole:
        if params["format"] == "csv":
            head = io.BytesIO()
            _write(head, "csv", params["head"], [params["head"]])
            whole.write(b"\xef\xbb\xbf" + head.getvalue())
        for name in params["parts"]:
            with default_storage.open(name) as part:
                for block in part.chunks():
                    whole.write(block)
        whole.seek(0)
        file: str = default_storage.save(
            f"exports/{current_tenant()}/{job.pk}.{params['format']}", File(whole)
        )
    for name in params["parts"]:
        default_storage.delete(name)
    return file


@dataclass(frozen=True)
class Exported:
    """A written file: its name in the storage, what to call it, and what it is."""

    name: str
    filename: str
    media: str


def exported_file(*, id: UUID, actor: Actor) -> Exported:
    """The file of a finished export. Raises Job.DoesNotExist, also when the file is gone or not for this actor."""
    job = export_jobs(actor=actor).get(pk=id, state=Job.State.DONE)
    name = (job.result or {}).get("file")
    if not name or not default_storage.exists(name):
        raise Job.DoesNotExist
    kind, form = job.params["kind"], job.params["format"]
    return Exported(name, f"{kind}-{job.created_at:%Y-%m-%d}.{form}", FORMATS[form])


def forget_exports(*, traces: Traces, at: datetime) -> None:
    """Remove the files that name a person who was erased: they can be had anew. One that is being written begins anew."""
    for job in Job.objects.select_for_update().filter(kind="export", state__in=(*OPEN, Job.State.DONE)):
        parts, file = job.params.get("parts", []), (job.result or {}).get("file")
        names = [name for name in (*parts, file) if name and default_storage.exists(name)]
        if not any(_names(name, traces) for name in names):
            continue
        for name in names:
            default_storage.delete(name)
        if job.state == Job.State.DONE:
            job.result = {"erased_at": at.isoformat(), "rows": job.done}
        else:
            job.params, job.done = {**job.params, "parts": [], "after": None}, 0
        job.save(update_fields=["params", "result", "done"])


def _names(name: str, traces: Traces) -> bool:
    with default_storage.open(name) as file:
        return any(traces.may_be_in(line) for line in cast(IO[bytes], file))


def prune_exports(*, before: datetime) -> None:
    """Remove the files of exports that ended before then; their jobs go with the other old ones."""
    for job in Job.objects.filter(kind="export", ended_at__lt=before):
        for name in [*job.params.get("parts", ()), (job.result or {}).get("file")]:
            if name:
                default_storage.delete(name)
