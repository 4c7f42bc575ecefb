"""The accounts of the current tenant that wait to be scored."""

from datetime import datetime

from django.db.models import Count, Min

from health.models import DirtyMark


def dirty_accounts() -> tuple[int, datetime | None]:
    """How many accounts are marked, and when the oldest mark was set."""
    found = DirtyMark.objects.aggregate(
        accounts=Count("account_id", distinct=True), oldest_at=Min("marked_at")
    )
    return found["accounts"], found["oldest_at"]
