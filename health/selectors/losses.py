"""What was lost, and whether anything warned of it: surprises, and retention over twelve months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from health.selectors.book import FACTS, LIVE, PortfolioFilter, Purse, matches
from health.selectors.cases import make_cases, read_zones, rows, sql_array
from health.selectors.states import account_facts

YEAR = dt.timedelta(days=365)
BEFORE = (30, 60, 90)
SHOWN_BEFORE = 90

# The snapshot that stood N days before each loss; one from the week before will do.
LOST = """WITH loss AS (
    SELECT o.account_id, o.kind, o.happened_on AS day, o.arr_before, o.arr_after, o.currency
    FROM accounts_outcome o WHERE o.tenant_id = %(tenant)s AND o.deleted_at IS NULL
        AND o.kind IN ('churned', 'downsold') AND o.happened_on > %(since)s AND o.happened_on <= %(today)s
        AND o.recorded_at <= %(at)s
    UNION ALL
    SELECT c.account_id, 'escalation', c.opened_at::date, NULL, NULL, NULL
    FROM accounts_case c WHERE c.tenant_id = %(tenant)s AND c.deleted_at IS NULL AND c.kind = 'escalation'
        AND c.opened_at > %(since)s AND c.opened_at <= %(at)s AND c.created_at <= %(at)s
)
SELECT l.account_id, a.name, l.kind, l.day, l.arr_before, l.arr_after, l.currency, n.days, s.band,
    s.band IN ('healthy', 'unknown') AND s.flags = '[]'::jsonb
FROM loss l JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = l.account_id AND a.status <> 'internal'
CROSS JOIN unnest(%(days)s) AS n (days)
LEFT JOIN LATERAL (
    SELECT band, flags FROM health_scoresnapshot s WHERE s.tenant_id = %(tenant)s AND s.account_id = l.account_id
        AND s.at <= (l.day - n.days) + interval '1 day' AND s.at > (l.day - n.days) - interval '7 days'
        AND s.at > %(first)s AND s.at <= %(at)s
    ORDER BY s.at DESC LIMIT 1
) s ON true
ORDER BY l.day DESC, l.account_id, n.days"""


def surprises(chosen: PortfolioFilter, purse: Purse, at: dt.datetime) -> dict[str, Any]:
    """The churns, downsells and escalations of twelve months that nothing warned of 30, 60 and 90 days before.

    A loss of an account that had no score yet so long before counts at no such distance.
    """
    today = read_zones().day(at)
    since = today - YEAR
    params = {
        "since": since,
        "today": today,
        "at": at,
        "days": list(BEFORE),
        "first": at - YEAR - dt.timedelta(days=BEFORE[-1] + 8),
    }
    found = rows(LOST, params)
    kept = _chosen_accounts(chosen, {row[0] for row in found}, at)
    found = [row for row in found if row[0] in kept]
    known = {days: [row for row in found if row[7] == days and row[8] is not None] for days in BEFORE}
    return {
        "losses": len(found) // len(BEFORE),
        "rates": [
            {"days": days, "losses": len(listed), "surprises": sum(row[9] for row in listed)}
            for days, listed in known.items()
        ],
        "results": [_loss(row, purse) for row in known[SHOWN_BEFORE] if row[9]],
    }


def _chosen_accounts(chosen: PortfolioFilter, account_ids: set[UUID], at: dt.datetime) -> set[UUID]:
    """Which accounts, lost ones included, belong to what was asked for."""
    if chosen == PortfolioFilter() or not account_ids:
        return account_ids
    cases = make_cases([(account_id, at) for account_id in account_ids], read_zones())
    facts = account_facts(cases, FACTS)
    return {
        account_id
        for i, account_id in enumerate(cases.accounts)
        if matches(chosen, {key: values[i] for key, values in facts.items()} | {"status": LIVE[0]})
    }


def _loss(row: tuple[Any, ...], purse: Purse) -> dict[str, Any]:
    account_id, name, kind, day, before, after, currency, _, band, _ = row
    lost = None if before is None else purse.convert(before - (after or 0), currency)
    return {
        "account": str(account_id),
        "name": name,
        "kind": kind,
        "on": day.isoformat(),
        "arr": None if lost is None else f"{lost:.2f}",
        "band_before": band,
    }


# Facts of all accounts at one moment; what an account is worth today is compared with what it was a year ago.
WORTH = """SELECT account_id::text, {picked} FROM (
    SELECT DISTINCT ON (account_id, key) account_id, key, value #>> '{{}}' AS value FROM accounts_accountfact
    WHERE tenant_id = %(tenant)s AND key = ANY(%(keys)s) AND effective_at <= %(moment)s AND recorded_at <= %(at)s
        AND (%(accounts)s IS NULL OR account_id = ANY(%(accounts)s::uuid[]))
    ORDER BY account_id, key, effective_at DESC, recorded_at DESC, id DESC
) f GROUP BY account_id"""


def retention(chosen: PortfolioFilter, purse: Purse, at: dt.datetime) -> dict[str, Any]:
    """Of the accounts that were live a year ago: the share of their money and of their number that stayed.

    gross counts no growth, net does; both and logo are shares (1 is all), None without such accounts. Money is
    compared at the rates of ``at``.
    """
    then = {
        account_id: facts
        for account_id, facts in facts_of_all(at - YEAR, at).items()
        if facts["status"] in LIVE
    }
    now = facts_of_all(at, at, then) if then else {}
    start = kept = grown = Decimal(0)
    cohort = stayed = 0
    for account_id, facts in then.items():
        last = now.get(account_id, {})
        member = {key: last.get(key) for key in FACTS} | {"status": facts.get("status")}
        if not matches(chosen, member):
            continue
        live = last.get("status") in LIVE
        cohort, stayed = cohort + 1, stayed + live
        before = _amount(facts, purse)
        after = _amount(last, purse) if live else Decimal(0)
        if before is None or after is None:
            continue
        start, kept, grown = start + before, kept + min(before, after), grown + after
    return {
        "accounts": cohort,
        "arr": f"{start:.2f}",
        "gross": float(kept / start) if start else None,
        "net": float(grown / start) if start else None,
        "logo": stayed / cohort if cohort else None,
    }


def facts_of_all(
    moment: dt.datetime, at: dt.datetime, account_ids: Iterable[str] | None = None
) -> dict[str, dict[str, Any]]:
    """The facts of accounts (None: all) in force at a moment, as known at another: text, a team as its JSON text."""
    picked = ", ".join(f"max(value) FILTER (WHERE key = '{key}')" for key in FACTS)
    params = {
        "moment": moment,
        "at": at,
        "keys": list(FACTS),
        "accounts": None if account_ids is None else sql_array(account_ids),
    }
    found = rows(WORTH.format(picked=picked), params)
    return {account_id: dict(zip(FACTS, values, strict=True)) for account_id, *values in found}


def _amount(facts: Mapping[str, Any], purse: Purse) -> Decimal | None:
    arr = facts.get("arr")
    return purse.convert(None if arr is None else Decimal(arr), facts.get("currency") or purse.currency)
