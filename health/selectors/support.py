"""Support contacts before accounts stayed or left, and what they have to do with it. One statement.

An account counts once, by its last decision of two years: lost, or renewed, expanded or shrunk. A live account without
one stayed until today. Its contacts are the cases opened in the half year before; it must have been a customer for
three months by then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from health.formulas.support import HALF_YEAR, KINDS, Decided, Support, support_and_retention
from health.selectors.cases import read_zones, rows

YEARS = dt.timedelta(days=730)
LEAST_DAYS = 90
COUNTS = ", ".join(f"count(c.id) FILTER (WHERE c.kind = '{kind}')" for kind in KINDS)

CONTACTS = f"""WITH decision AS (
    SELECT DISTINCT ON (o.account_id) o.account_id, o.kind, o.happened_on AS day FROM accounts_outcome o
    WHERE o.tenant_id = %(tenant)s AND o.deleted_at IS NULL AND o.happened_on > %(since)s AND o.happened_on <= %(today)s
    ORDER BY o.account_id, o.happened_on DESC, o.created_at DESC, o.id DESC
), decided AS (
    SELECT a.id, coalesce(d.kind = 'churned', false) OR a.status = 'churned' AS lost,
        CASE WHEN a.status = 'churned' AND d.kind IS DISTINCT FROM 'churned' THEN a.churned_on
            ELSE coalesce(d.day, %(today)s) END AS day,
        coalesce(a.started_on, a.created_at::date) AS began
    FROM accounts_account a LEFT JOIN decision d ON d.account_id = a.id
    WHERE a.tenant_id = %(tenant)s AND a.deleted_at IS NULL AND a.status IN ('active', 'churned')
)
SELECT d.lost, least(d.day - d.began, {HALF_YEAR}), {COUNTS}
FROM decided d LEFT JOIN accounts_case c ON c.tenant_id = %(tenant)s AND c.account_id = d.id AND c.deleted_at IS NULL
    AND c.opened_at < d.day AND c.opened_at >= d.day - least(d.day - d.began, {HALF_YEAR})
WHERE d.day > %(since)s AND d.day - d.began >= {LEAST_DAYS}
GROUP BY d.id, d.lost, d.day, d.began"""


def support_contacts(*, at: dt.datetime) -> Support:
    """What support contacts have to do with staying, over the whole book, at ``at`` (now)."""
    today = read_zones().day(at)
    found = rows(CONTACTS, {"today": today, "since": today - YEARS})
    return support_and_retention(
        Decided(lost, days, dict(zip(KINDS, counts, strict=True))) for lost, days, *counts in found
    )


def support_document(support: Support) -> dict[str, Any]:
    """The same as plain data, for REST."""
    return {
        "days": HALF_YEAR,
        "accounts": support.accounts,
        "lost": support.lost,
        "enough": support.enough,
        "median_contacts": support.median,
        "groups": [{"contacts": name, **asdict(share)} for name, share in support.groups],
        "findings": [asdict(finding) for finding in support.findings],
    }
