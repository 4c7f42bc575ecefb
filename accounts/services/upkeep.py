"""Housekeeping that happens by itself: partitions of the coming months, and rows that have served their time."""

from collections.abc import Iterator
from datetime import date, datetime

from django.apps import apps
from django.db import connection

from accounts.models import ApiUse, IdempotentReply, Job, Outbox, PeriodicRun, PlatformRun

MONTHS_AHEAD = 3


def partitioned_tables() -> list[str]:
    """The tables that are partitioned by month."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if any(getattr(field, "partitions", False) for field in model._meta.local_fields)
    )


def months_to_add(*, on: date) -> Iterator[tuple[str, date]]:
    """Each partitioned table with each month from that of ``on`` to three ahead."""
    first = on.year * 12 + on.month - 1
    for table in partitioned_tables():
        for index in range(first, first + MONTHS_AHEAD + 1):
            yield table, date(index // 12, index % 12 + 1, 1)


def add_month(*, table: str, month: date) -> bool:
    """Make one partition; False if it stands already. Run it in a transaction of its own: it locks the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT add_month(%s::regclass, %s)", [table, month])
        return bool(cursor.fetchone()[0])


def prune_tenant(*, before: datetime) -> None:
    """Remove the current tenant's stored replies, request counts, and work done before then; dead work stays."""
    IdempotentReply.objects.filter(created_at__lt=before).delete()
    ApiUse.objects.filter(minute__lt=before).delete()
    Outbox.objects.filter(done_at__lt=before).delete()
    Job.objects.filter(ended_at__lt=before, state__in=[Job.State.DONE, Job.State.CANCELLED]).delete()
    PeriodicRun.objects.filter(created_at__lt=before).delete()


def prune_platform(*, before: datetime, at: datetime) -> None:
    """Remove old marks of platform-wide jobs, and expired login throttles."""
    PlatformRun.objects.filter(created_at__lt=before).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM csplatform_cache WHERE expires < %s", [at])


def refresh_statistics(*tables: str) -> None:
    """ANALYZE tables after a large load, before their children are written: foreign key checks keep the plan made
    while the parent was empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT refresh_statistics(%s::regclass[])", [list(tables)])
