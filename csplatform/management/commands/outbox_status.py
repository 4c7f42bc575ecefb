"""How much work waits, how long, and what died, over all tenants."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import Tenant
from accounts.scope import tenant_scope
from health import selectors as health


class Command(BaseCommand):
    help = (
        "Show the work of all tenants: pending (outbox rows that wait, and dirty accounts that wait to be scored), "
        "oldest_age in seconds (null when nothing waits), and dead (outbox rows that failed five times)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        status = work_status(at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(status))
            return
        for name, value in status.items():
            self.stdout.write(f"{name:<12} {value}")


def work_status(*, at: datetime) -> dict[str, float | None]:
    """The figures that the command prints; one tenant, one transaction."""
    pending = dirty = dead = 0
    oldest: list[datetime] = []
    for tenant in Tenant.objects.order_by("pk"):
        with tenant_scope(tenant.pk), transaction.atomic():
            work = accounts.waiting_work(at=at)
            marked, marked_at = health.dirty_accounts()
        pending, dirty, dead = pending + work.pending + marked, dirty + marked, dead + work.dead
        oldest += [moment for moment in (work.oldest_at, marked_at) if moment]
    age = round(max((at - min(oldest)).total_seconds(), 0), 3) if oldest else None
    return {"pending": pending, "oldest_age": age, "dead": dead, "dirty": dirty}
