"""What waits in the outbox of the current tenant, what died there, and how long jobs go on."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from accounts.models import Job, Outbox


@dataclass(frozen=True)
class WaitingWork:
    """How many outbox rows wait, since when the oldest does, how many have a later date, and how many are dead."""

    pending: int
    oldest_at: datetime | None
    later: int
    dead: int


def waiting_work(*, at: datetime) -> WaitingWork:
    """The state of the current tenant's outbox. What failed waits for its next attempt; what was left for a later
    date, as the end of an override, does not wait before it."""
    later = Q(dead_at=None, attempts=0, available_at__gt=at)
    waiting = Q(dead_at=None) & ~later
    found = Outbox.objects.filter(done_at=None).aggregate(
        pending=Count("pk", filter=waiting),
        oldest_at=Min("created_at", filter=waiting),
        later=Count("pk", filter=later),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
    )
    return WaitingWork(**found)


def dead_work() -> QuerySet[Outbox]:
    """The rows that failed five times, the latest first, each with its last error: for an admin to see."""
    dead: QuerySet[Outbox] = Outbox.objects.filter(dead_at__isnull=False).order_by("-dead_at")
    return dead


def latest_jobs(count: int = 20) -> QuerySet[Job]:
    """The long jobs begun last, with who began them."""
    jobs: QuerySet[Job] = Job.objects.select_related("created_by__user").order_by("-created_at")[:count]
    return jobs
