"""Which accounts at risk their manager has seen, and which still wait for a word. One statement.

An account is at risk since its band fell there last (since it is known, if it never did). Within three days a manager
says that they have seen it and what they will do; on the day they named they look again, if it still is at risk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from health.selectors.cases import rows, sql_array

WITHIN = dt.timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How an account at risk stands with its manager. ``by``, ``plan`` and ``at`` are empty while nobody has said a
    word since; ``due_on`` is the day until which the first or next word is due, None for none."""

    since: dt.date
    due_on: dt.date | None
    overdue: bool
    by: str
    plan: str
    at: dt.datetime | None

    @property
    def seen(self) -> bool:
        return self.at is not None


STANDING = """SELECT a.id, (coalesce(g.at, a.created_at) AT TIME ZONE z.time_zone)::date,
    (%(at)s::timestamptz AT TIME ZONE z.time_zone)::date, k.recorded_at, k.plan, k.look_again_on,
    {by}
FROM accounts_account a JOIN accounts_tenant z ON z.id = a.tenant_id
LEFT JOIN LATERAL (
    SELECT max(g.at) AS at FROM health_signal g WHERE g.tenant_id = %(tenant)s AND g.account_id = a.id
        AND g.kind = 'band' AND g.code = 'at_risk' AND g.at <= %(at)s
) g ON true
LEFT JOIN LATERAL (
    SELECT k.recorded_at, k.plan, k.look_again_on, k.author_id FROM accounts_acknowledgement k
    WHERE k.tenant_id = %(tenant)s AND k.account_id = a.id AND k.recorded_at <= %(at)s
        AND k.recorded_at >= coalesce(g.at, a.created_at)
    ORDER BY k.recorded_at DESC, k.id DESC LIMIT 1
) k ON true
{author}
WHERE a.tenant_id = %(tenant)s AND a.id = ANY(%(accounts)s::uuid[]) {now}"""
# Pages show who said it, of accounts that are at risk now; a portfolio counts those that were at its moment.
SHOWN = STANDING.format(
    by="coalesce(nullif(u.name, ''), u.email, '')",
    author="LEFT JOIN accounts_membership m ON m.tenant_id = %(tenant)s AND m.id = k.author_id "
    "LEFT JOIN accounts_user u ON u.id = m.user_id",
    now="AND EXISTS (SELECT 1 FROM health_score s "
    "WHERE s.tenant_id = %(tenant)s AND s.account_id = a.id AND s.band = 'at_risk')",
)
COUNTED = STANDING.format(by="''", author="", now="")


def acknowledged(*, account_ids: Collection[UUID], at: dt.datetime) -> dict[UUID, Acknowledged]:
    """How those of these accounts whose stored score is at risk stand with their manager; the others are absent."""
    return _standings(SHOWN, account_ids, at) if account_ids else {}


def _standings(sql: str, account_ids: Collection[UUID | str], at: dt.datetime) -> dict[UUID, Acknowledged]:
    found = rows(sql, {"accounts": sql_array(account_ids), "at": at})
    return {account_id: _standing(*rest) for account_id, *rest in found}


def _standing(
    since: dt.date, today: dt.date, at: dt.datetime | None, plan: str | None, again: dt.date | None, by: str
) -> Acknowledged:
    due_on = since + WITHIN if at is None else again
    overdue = due_on is not None and due_on < today
    return Acknowledged(since, due_on, overdue, by if at else "", plan or "", at)


def unacknowledged(*, names: dict[str, tuple[str, Any]], at: dt.datetime) -> dict[str, Any]:
    """Of accounts that are at risk at ``at``, {id: (name, arr as text)}: how many no manager has seen, and which word
    is overdue, the longest first."""
    found = _standings(COUNTED, list(names), at)
    late = sorted(
        (
            (one.due_on, str(account_id), one)
            for account_id, one in found.items()
            if one.overdue and one.due_on
        ),
        key=lambda row: row[:2],
    )
    return {
        "accounts": sum(not one.seen for one in found.values()),
        "overdue": len(late),
        "results": [
            {
                "account": account_id,
                "name": names[account_id][0],
                "arr": names[account_id][1],
                "at_risk_since": one.since.isoformat(),
                "due_on": due_on.isoformat(),
                "acknowledged": one.seen,
            }
            for due_on, account_id, one in late
        ],
    }
