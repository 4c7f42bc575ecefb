"""The work engine: claims rows of the outbox for a while, runs their handlers, and keeps what failed.

At least once, with handlers whose effect commits together with the mark ``done``, is exactly once in effect. A row
that fails five times is dead, with its last error, and waits for a person; to wait in vain for a lock is no failure.
"""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from accounts.models import Actor, Outbox
from accounts.services.jobs import fail_job, reopen_job
from accounts.services.log import NewActivity, record_activity, wake
from accounts.services.rights import require_admin

logger = logging.getLogger(__name__)

STEP = 5  # rows that share two transactions: a long handler keeps the others of its step waiting
LEASE = timedelta(
    seconds=5
)  # covers the gap between the two transactions; a long handler holds the row's lock
MAX_ATTEMPTS = 5
PAUSES = (1, 5, 30, 180)  # seconds after the first, second, ... failure
IN_VAIN = (
    DeadlockDetected,
    LockNotAvailable,
)  # another held what the work needs: that says nothing against the work
LOST = "The worker died while it did this."


@dataclass(frozen=True)
class Claim:
    """One row that this worker may do, and the attempt that it is."""

    row_id: UUID
    attempt: int


def claim_work(*, at: datetime, limit: int = STEP) -> list[Claim]:
    """Take up to ``limit`` rows that are due, for the length of the lease. Transaction 1.

    A row that was tried before is taken alone, so that one that kills its worker takes no other down with it.
    """
    with transaction.atomic():
        due = Outbox.objects.filter(done_at=None, dead_at=None, available_at__lte=at)
        rows = list(due.select_for_update(skip_locked=True).order_by("available_at", "pk")[:limit])
        retried = rows[:1] if rows and rows[0].attempts else []
        taken = retried or [row for row in rows if row.attempts == 0]
        if taken and taken[0].attempts >= MAX_ATTEMPTS:
            _bury(taken[0], error=taken[0].last_error or LOST, at=at)
            return []
        ids = [row.pk for row in taken]
        Outbox.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, available_at=at + LEASE)
        return [Claim(row.pk, row.attempts + 1) for row in taken]


def do_work(*, claims: Sequence[Claim], at: datetime) -> int:
    """Do the claimed rows, each in a savepoint; returns how many are done. Transaction 2.

    A row whose lease ran out and that another worker has done or claimed since is left alone. No row is skipped for
    being locked: a claim that came second locks the rows it may not have until it commits.
    """
    mine = [Q(pk=claim.row_id, attempts=claim.attempt) for claim in claims]
    if not mine:
        return 0
    with transaction.atomic():
        rows = Outbox.objects.select_for_update().filter(reduce(or_, mine), done_at=None, dead_at=None)
        done = [_do(row, at=at) for row in rows.order_by("available_at", "pk")]
        wake()  # more may have come meanwhile, and what failed has its own time
    return sum(done)


def _do(row: Outbox, *, at: datetime) -> bool:
    """Run one row's handler in a savepoint and mark the row done, waiting or dead."""
    try:
        with transaction.atomic():
            import_string(settings.OUTBOX_HANDLERS[row.kind])(ref=row.ref, at=at)
            row.done_at = at
            row.last_error = ""
            row.save(update_fields=["done_at", "last_error"])
    except Exception as error:
        if connection.connection is None or connection.connection.closed:
            raise  # PostgreSQL is gone, and with it this transaction: the lease will run out
        if isinstance(error.__cause__, IN_VAIN):
            logger.info("outbox %s %s waited for another in vain, and is tried again", row.kind, row.pk)
            _try_again(row, at=at)
            return False
        logger.exception("outbox %s %s failed, attempt %s", row.kind, row.pk, row.attempts)
        _put_off(row, error=traceback.format_exc(limit=-8)[-4000:], at=at)
        return False
    return True


def _try_again(row: Outbox, *, at: datetime) -> None:
    row.attempts -= 1
    row.available_at = at + timedelta(seconds=PAUSES[0])
    row.save(update_fields=["attempts", "available_at"])


def _put_off(row: Outbox, *, error: str, at: datetime) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _bury(row, error=error, at=at)
        return
    row.last_error = error
    row.available_at = at + timedelta(seconds=PAUSES[row.attempts - 1])
    row.save(update_fields=["available_at", "last_error"])


def _bury(row: Outbox, *, error: str, at: datetime) -> None:
    row.dead_at = at
    row.last_error = error
    row.save(update_fields=["dead_at", "last_error"])
    if row.kind == "run_job":
        fail_job(job_id=UUID(row.ref["job"]), error=error, at=at)


def retry_work(*, work_id: UUID, actor: Actor, at: datetime) -> None:
    """Give a dead row five more attempts. Raises Outbox.DoesNotExist if no such row is dead.

    Where the same work waits already, that row stands for it.
    """
    require_admin(actor=actor)
    row = Outbox.objects.select_for_update().get(pk=work_id, dead_at__isnull=False)
    waits = Outbox.objects.filter(
        kind=row.kind, dedupe_key=row.dedupe_key, attempts=0, done_at=None, dead_at=None
    ).exists()
    row.done_at, row.dead_at = (at if waits else None), None
    row.attempts, row.available_at = 0, at
    row.save(update_fields=["done_at", "dead_at", "attempts", "available_at"])
    if row.kind == "run_job":
        reopen_job(job_id=UUID(row.ref["job"]))
    wake()
    activity = NewActivity(verb="work.retried", object_id=row.pk, data={"kind": row.kind})
    record_activity(activity=activity, actor=actor, at=at)
