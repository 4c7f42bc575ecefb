"""What waits in the outbox of the current tenant, and what died there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from accounts.models import Outbox


@dataclass(frozen=True)
class WaitingWork:
    """How many outbox rows wait, since when the oldest does, and how many are dead."""

    pending: int
    oldest_at: datetime | None
    dead: int


def waiting_work() -> WaitingWork:
    """The state of the current tenant's outbox."""
    waiting = Q(done_at=None, dead_at=None)
    found = Outbox.objects.filter(done_at=None).aggregate(
        pending=Count("pk", filter=waiting),
        oldest_at=Min("created_at", filter=waiting),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
    )
    return WaitingWork(**found)


def dead_work() -> QuerySet[Outbox]:
    """The rows that failed five times, the latest first, each with its last error: for an admin to see."""
    dead: QuerySet[Outbox] = Outbox.objects.filter(dead_at__isnull=False).order_by("-dead_at")
    return dead
