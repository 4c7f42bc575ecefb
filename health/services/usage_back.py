"""Usage taken back: events that came by mistake, such as those of an import that is undone.

Their messages are forgotten too, so that a corrected file is taken as new.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Tenant
from accounts.scope import current_tenant
from health.models import UsageMessage
from health.services.observations import mark_dirty
from health.services.usage import NewUsage

# Equal events are one as good as the other: so many of them go as were given.
TAKE_BACK = """
WITH forgotten AS (
    DELETE FROM health_usagemessage WHERE tenant_id = %(tenant)s AND message_id = ANY(%(messages)s)
    RETURNING message_id
), given AS (
    SELECT g.external_id, g.user_key, g.feature, g.occurred_at, count(*) AS n
    FROM unnest(%(messages)s::text[], %(accounts)s::text[], %(users)s::text[], %(features)s::text[],
        %(occurred)s::timestamptz[]) AS g (message_id, external_id, user_key, feature, occurred_at)
    JOIN forgotten USING (message_id) GROUP BY 1, 2, 3, 4
), numbered AS (
    SELECT e.id, e.occurred_at, given.n, row_number() OVER (
        PARTITION BY e.account_external_id, e.user_key, e.feature, e.occurred_at ORDER BY e.id DESC) AS place
    FROM health_usageevent e JOIN given ON e.account_external_id = given.external_id
        AND e.user_key = given.user_key AND e.feature = given.feature AND e.occurred_at = given.occurred_at
    WHERE e.tenant_id = %(tenant)s AND e.occurred_at BETWEEN %(first)s AND %(last)s
), gone AS (
    DELETE FROM health_usageevent e USING numbered
    WHERE e.tenant_id = %(tenant)s AND e.id = numbered.id AND e.occurred_at = numbered.occurred_at
        AND numbered.place <= numbered.n
    RETURNING e.account_id, (e.occurred_at AT TIME ZONE %(zone)s)::date AS day, e.user_key, e.feature
), days AS (
    SELECT account_id, day, user_key, feature, count(*)::int AS n FROM gone
    WHERE account_id IS NOT NULL GROUP BY 1, 2, 3, 4
), emptied AS (
    DELETE FROM health_usageday d USING days
    WHERE d.tenant_id = %(tenant)s AND d.account_id = days.account_id AND d.day = days.day
        AND d.user_key = days.user_key AND d.feature = days.feature AND d.count <= days.n
), lowered AS (
    UPDATE health_usageday d SET count = d.count - days.n FROM days
    WHERE d.tenant_id = %(tenant)s AND d.account_id = days.account_id AND d.day = days.day
        AND d.user_key = days.user_key AND d.feature = days.feature AND d.count > days.n
)
SELECT DISTINCT account_id FROM days
"""


def known_messages(*, message_ids: Collection[str]) -> set[str]:
    """Which of these messages were ever taken."""
    known = UsageMessage.objects.filter(message_id__in=message_ids)
    return set(known.values_list("message_id", flat=True))


def take_usage_back(*, events: Sequence[NewUsage], at: datetime) -> None:
    """Remove events that were taken, from the daily counts too, and forget their messages; unknown ones are left."""
    if not events:
        return
    occurred = [event.occurred_at for event in events]
    parameters: dict[str, Any] = {
        "tenant": current_tenant(),
        "zone": Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant()),
        "messages": [event.message_id for event in events],
        "accounts": [event.account_external_id for event in events],
        "users": [event.user_key for event in events],
        "features": [event.feature for event in events],
        "occurred": occurred,
        "first": min(occurred),
        "last": max(occurred),
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, parameters)
        account_ids = [row[0] for row in cursor.fetchall()]
    mark_dirty(account_ids=account_ids, at=at)
