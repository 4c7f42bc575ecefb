"""Accounts that are one, with their usage: what the merged one did counts for the other from now on, and an earlier
moment does not know it. Parting them takes it back; what came in between stays where it went."""

import datetime as dt
from uuid import UUID

from django.db import connection

from accounts import services as accounts
from accounts.models import Account, Actor
from accounts.scope import current_tenant
from health.services.observations import mark_dirty

ADD = """
INSERT INTO health_usageday AS d (id, tenant_id, account_id, day, user_key, feature, count, recorded_at)
SELECT gen_random_uuid(), %(tenant)s, %(into)s, day, user_key, feature, count, %(at)s
FROM health_usageday WHERE tenant_id = %(tenant)s AND account_id = %(former)s
ORDER BY day, user_key, feature  -- one order for all writers: no deadlock
ON CONFLICT (tenant_id, account_id, day, user_key, feature) DO UPDATE SET count = d.count + excluded.count
"""
ITS_DAYS = """ health_usageday f
WHERE f.tenant_id = %(tenant)s AND f.account_id = %(former)s AND d.tenant_id = %(tenant)s AND d.account_id = %(into)s
    AND d.day = f.day AND d.user_key = f.user_key AND d.feature = f.feature
"""
TAKE = f"UPDATE health_usageday d SET count = d.count - f.count FROM {ITS_DAYS} AND d.count > f.count"
DROP = f"DELETE FROM health_usageday d USING {ITS_DAYS} AND d.count <= f.count"


def merge_accounts(*, id: UUID, into: UUID, actor: Actor | None, at: dt.datetime) -> None:
    """Make one account stand for another, as ``accounts.merge_accounts`` does, with its usage."""
    accounts.merge_accounts(id=id, into=into, actor=actor, at=at)
    _run([ADD], former=id, into=into, at=at)


def part_accounts(*, id: UUID, actor: Actor | None, at: dt.datetime) -> None:
    """Undo a merge, as ``accounts.part_accounts`` does, with its usage."""
    into = Account.objects.values_list("merged_into_id", flat=True).get(pk=id, merged_into__isnull=False)
    through = accounts.merged_through(id=id)
    accounts.part_accounts(id=id, actor=actor, at=at)
    for one in (into, *through):
        _run([DROP, TAKE], former=id, into=one, at=at)


def _run(statements: list[str], *, former: UUID, into: UUID, at: dt.datetime) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, {"tenant": current_tenant(), "former": former, "into": into, "at": at})
    mark_dirty(account_ids=[former, into], at=at)
