"""The change feed in commit-safe order, the tenant's features, and one job."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Q

from accounts.models import Activity, TenantFact
from accounts.scope import current_tenant
from accounts.selectors.activity import veiled_line, visible_lines


def feed_after(*, after: UUID | None, limit: int) -> Sequence[Activity]:
    """Up to ``limit`` lines after the one with the id ``after`` (from the first one on for None).

    Only lines of transactions that precede every running one are given out, so that a late commit is never skipped.
    Raises Activity.DoesNotExist for an unknown ``after``.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        oldest_running = cursor.fetchone()[0]
    lines = visible_lines().filter(xact__lt=oldest_running).select_related("actor__user", "api_key")
    if after is not None:
        last = Activity.objects.only("xact").get(pk=after)
        lines = lines.filter(xact__gte=last.xact).filter(Q(xact__gt=last.xact) | Q(pk__gt=after))
    return [veiled_line(line) for line in lines.order_by("xact", "id")[:limit]]


def listed_features() -> list[str]:
    """The feature keys that the tenant has listed."""
    newest = (
        TenantFact.objects.filter(key="features").order_by("-effective_at", "-recorded_at", "-id").first()
    )
    return list(newest.value) if newest else []


def features() -> list[dict[str, object]]:
    """Every known feature key, listed or entitled: {key, listed, accounts (entitled to it)}, by key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, count(*) FROM accounts_account, unnest(entitlements) AS key "
            "WHERE tenant_id = %s AND deleted_at IS NULL GROUP BY key",
            [current_tenant()],
        )
        entitled = dict(cursor.fetchall())
    listed = set(listed_features())
    return [
        {"key": key, "listed": key in listed, "accounts": entitled.get(key, 0)}
        for key in sorted(listed | set(entitled))
    ]
