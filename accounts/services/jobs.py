"""Long work that a person waits for, done in steps: each step is one turn of the outbox.

Between two steps progress is visible, a cancel is honoured, other tenants get their turn, and a worker that dies
loses at most the step it was in.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Actor, Job
from accounts.services.log import NewActivity, enqueue, record_activity
from accounts.services.rights import NotYours

OPEN = (Job.State.QUEUED, Job.State.RUNNING)


def start_job(
    *, kind: str, params: dict[str, Any], actor: Actor | None, at: datetime, total: int | None = None
) -> Job:
    """Queue long work; ``kind`` names a handler in settings.JOB_HANDLERS, ``total`` its size where it is known."""
    job: Job = Job.objects.create(
        kind=kind,
        params=params,
        total=total,
        created_by_id=actor.member_id if actor else None,
        created_at=at,
    )
    enqueue(kind="run_job", ref={"job": str(job.pk)}, dedupe_key=str(job.pk), at=at)
    return job


def run_job(*, ref: dict[str, Any], at: datetime) -> None:
    """Do one step of a job, and leave the next one in the outbox.

    The handler is called with ``job`` and ``at``, moves ``job.done`` (and may set ``job.params``, ``job.total`` and
    ``job.result``), and returns True while there is more. A step should take seconds, not minutes.
    """
    job = Job.objects.filter(pk=ref["job"], state__in=OPEN).first()
    if job is None:
        return
    more = import_string(settings.JOB_HANDLERS[job.kind])(job=job, at=at)
    # A cancel that committed meanwhile stands: the filter sees it, and the row is left alone.
    open_still = Job.objects.filter(pk=job.pk, state__in=OPEN).update(
        state=Job.State.RUNNING if more else Job.State.DONE,
        started_at=job.started_at or at,
        ended_at=None if more else at,
        done=job.done,
        total=job.total,
        params=job.params,
        result=job.result,
    )
    if more and open_still:
        enqueue(kind="run_job", ref=ref, dedupe_key=ref["job"], at=at)


def fail_job(*, job_id: UUID, error: str, at: datetime) -> None:
    """Close a job whose step failed for good; the last line of the error is what a person reads."""
    last_line = error.strip().rpartition("\n")[2]
    Job.objects.filter(pk=job_id, state__in=OPEN).update(state=Job.State.FAILED, error=last_line, ended_at=at)


def reopen_job(*, job_id: UUID) -> None:
    """Let a failed job go on where its last good step ended."""
    Job.objects.filter(pk=job_id, state=Job.State.FAILED).update(
        state=Job.State.RUNNING, error="", ended_at=None
    )


def cancel_job(*, job: Job, actor: Actor | None, at: datetime) -> None:
    """Stop a job after the step it is in; whoever started it may, and an admin. Ended jobs stay as they are."""
    if actor is not None and not actor.is_admin and job.created_by_id != actor.member_id:
        raise NotYours("Only who started this job, or an admin, may cancel it.")
    if Job.objects.filter(pk=job.pk, state__in=OPEN).update(state=Job.State.CANCELLED, ended_at=at):
        activity = NewActivity(verb="job.cancelled", object_id=job.pk, data={"kind": job.kind})
        record_activity(activity=activity, actor=actor, at=at)
