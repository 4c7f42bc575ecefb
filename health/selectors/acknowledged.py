"""Which accounts their manager has seen, of those that ask for a word, and which still wait for one. One statement.

An account asks for a word since its band fell to at risk last (since it is known, if it never did), and since a flag that
is raised to management went up, whatever its band. Within three days a manager says that they have seen it and what they
will do; on the day they named they look again, if it still asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import RAISED_TO_LEADERS
from health.models import Score
from health.selectors.cases import rows, sql_array

WITHIN = dt.timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How an account that asks for a word stands with its manager. ``by``, ``plan`` and ``at`` are empty while nobody has
    said one of everything it asks for; ``due_on`` is the day until which the first or next word is due, None for none;
    ``flags`` are the codes of those that are raised to management."""

    since: dt.date
    due_on: dt.date | None
    overdue: bool
    by: str
    plan: str
    at: dt.datetime | None
    flags: tuple[str, ...] = ()
    at_risk: bool = True

    @property
    def seen(self) -> bool:
        return self.at is not None


# What asks for a word at an account, and since when: the band, and each flag that is raised to management. Since when
# requests are many moves on by itself as the oldest of them cease to count, and that is no news.
BAND = """SELECT NULL AS code, coalesce((
        SELECT max(g.at) FROM health_signal g WHERE g.tenant_id = %(tenant)s AND g.account_id = a.id
            AND g.kind = 'band' AND g.code = 'at_risk' AND g.at <= %(at)s
    ), a.created_at) AS at"""
CAUSES = f"""{BAND} FROM health_score s
    WHERE s.tenant_id = %(tenant)s AND s.account_id = a.id AND s.band = 'at_risk'
    UNION ALL
    SELECT f ->> 'code', coalesce(greatest((
        SELECT max(g.at) FROM health_signal g WHERE g.tenant_id = %(tenant)s AND g.account_id = a.id
            AND g.kind = 'flag' AND g.code = f ->> 'code' AND g.at <= %(at)s
    ), CASE WHEN f ->> 'code' <> 'many_requests' THEN (f ->> 'since')::timestamptz END), a.created_at)
    FROM health_score s, jsonb_array_elements(s.flags) f
    WHERE s.tenant_id = %(tenant)s AND s.account_id = a.id AND f ->> 'code' = ANY(%(raised)s)"""
STANDING = """SELECT a.id, (coalesce(w.unseen, w.first) AT TIME ZONE z.time_zone)::date,
    (%(at)s::timestamptz AT TIME ZONE z.time_zone)::date, CASE WHEN w.unseen IS NULL THEN k.recorded_at END, k.plan,
    k.look_again_on, {by}, w.flags, w.at_risk
FROM accounts_account a JOIN accounts_tenant z ON z.id = a.tenant_id
LEFT JOIN LATERAL (
    SELECT k.recorded_at, k.plan, k.look_again_on, k.author_id FROM accounts_acknowledgement k
    WHERE k.tenant_id = %(tenant)s AND k.account_id = a.id AND k.recorded_at <= %(at)s
    ORDER BY k.recorded_at DESC, k.id DESC LIMIT 1
) k ON true
CROSS JOIN LATERAL (
    SELECT min(c.at) AS first, min(c.at) FILTER (WHERE k.recorded_at IS NULL OR k.recorded_at < c.at) AS unseen,
        coalesce(array_agg(DISTINCT c.code) FILTER (WHERE c.code IS NOT NULL), '{{}}') AS flags,
        coalesce(bool_or(c.code IS NULL), false) AS at_risk
    FROM ({causes}) c
) w
{author}
WHERE a.tenant_id = %(tenant)s AND a.id = ANY(%(accounts)s::uuid[]) AND w.first IS NOT NULL"""
# Pages show who said it, of accounts that ask for a word now; a portfolio counts those that were at risk at its moment.
SHOWN = STANDING.format(
    by="coalesce(nullif(u.name, ''), u.email, '')",
    causes=CAUSES,
    author="LEFT JOIN accounts_membership m ON m.tenant_id = %(tenant)s AND m.id = k.author_id "
    "LEFT JOIN accounts_user u ON u.id = m.user_id",
)
COUNTED = STANDING.format(by="''", causes=BAND, author="")


def acknowledged(*, account_ids: Collection[UUID], at: dt.datetime) -> dict[UUID, Acknowledged]:
    """How those of these accounts stand with their manager whose stored score is at risk or has a flag that is raised to
    management; the others are absent."""
    return _standings(SHOWN, account_ids, at) if account_ids else {}


def raised_accounts() -> set[UUID]:
    """The accounts whose stored score has a flag that is raised to management."""
    raised = Q()
    for code in RAISED_TO_LEADERS:
        raised |= Q(flags__contains=[{"code": code}])
    return set(Score.objects.filter(raised).values_list("account_id", flat=True))


def _standings(sql: str, account_ids: Collection[UUID | str], at: dt.datetime) -> dict[UUID, Acknowledged]:
    params = {"accounts": sql_array(account_ids), "at": at, "raised": list(RAISED_TO_LEADERS)}
    return {account_id: _standing(*rest) for account_id, *rest in rows(sql, params)}


def _standing(
    since: dt.date,
    today: dt.date,
    at: dt.datetime | None,
    plan: str | None,
    again: dt.date | None,
    by: str,
    flags: list[str],
    at_risk: bool,
) -> Acknowledged:
    if at is None:
        by, plan, again = "", "", since + WITHIN
    overdue = again is not None and again < today
    return Acknowledged(since, again, overdue, by, plan or "", at, tuple(flags), at_risk)


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
