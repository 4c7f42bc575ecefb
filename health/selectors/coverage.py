"""The coverage of the book: who knows us where, which renewals hang on one person, whose seats stand empty.

Rows come from the stored scores, or are assessed anew as known at a past moment; groups are sums of the rows. The
course over time is that of the daily snapshots, each what was known at its midnight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.scope import reader
from health import formulas
from health.models import ScoreSnapshot
from health.selectors.book import (
    CHOSEN,
    BookAccount,
    PortfolioFilter,
    chosen_params,
    known_book,
    money,
    read_purse,
    stored_book,
)
from health.selectors.cases import read_zones, rows, sql_array
from health.selectors.departures import departures, months_until
from health.selectors.reasons import persona_names
from health.selectors.veil import is_veiled, without_coverage

SOON = 90  # days: "which renewals in the next 90 days hang on one person?"
WEEKS = 13

# What a stored score knows of an account's coverage beside the columns of the book.
BESIDE = f"""SELECT a.id::text, s.effective_threads, s.top_share, array_to_string(s.missing_roles, ',')
FROM accounts_account a JOIN health_score s ON s.tenant_id = %(tenant)s AND s.account_id = a.id
WHERE {CHOSEN}"""


def book_coverage(
    chosen: PortfolioFilter | None = None, *, at: dt.datetime, stored: bool = True, soon: int = SOON
) -> dict[str, Any]:
    """The coverage resource of a part of the book at ``at``; ``soon``: days in which a renewal is near.

    ``stored``: from the last stored scores, with ``at`` as now; otherwise everything as it was known at ``at``.
    """
    chosen, purse, day = chosen or PortfolioFilter(), read_purse(at), read_zones().day(at)
    book = stored_book(chosen, purse) if stored else known_book(chosen, purse, at)
    beside = {row[0]: row[1:] for row in rows(BESIDE, chosen_params(chosen))} if stored else {}
    left = departures(at)
    chances = left.no_thread(
        [one.threads for one in book], [months_until(one.renewal_on, day) for one in book]
    )
    if not stored:
        names = persona_names(one.top_persona for one in book if one.top_persona)
        for one in book:
            one.top_name = names.get(one.top_persona or "")
    listed = [
        _row(one, beside.get(one.id), chance, day=day, soon=soon)
        for one, chance in zip(book, chances, strict=True)
    ]
    listed.sort(key=lambda row: (row["renewal_on"] or "9999", -float(row["arr"] or 0), row["account"]))
    whole = {row["account"]: row for row in listed}
    return {
        "at": at,
        "currency": purse.currency,
        "soon_days": soon,
        "departure_rate": left.document(),
        **_summary(book, whole),
        "owners": _owners(book, whole),
        "missing_roles": _missing(book, whole),
        "results": listed,
    }


def _row(
    one: BookAccount, beside: Sequence[Any] | None, chance: float | None, *, day: dt.date, soon: int
) -> dict[str, Any]:
    if beside is None:
        effective, share, missing = one.effective_threads, one.top_share, one.missing_roles
    else:
        effective, share, missing = beside[0], beside[1], [role for role in beside[2].split(",") if role]
    near = one.renewal_on is not None and 0 <= (one.renewal_on - day).days <= soon
    row = {
        "account": one.id,
        "name": one.name,
        "owner": one.owner,
        "arr": None if one.arr is None else f"{one.arr:.2f}",
        "renewal_on": one.renewal_on.isoformat() if one.renewal_on else None,
        "band": one.band,
        "coverage": one.coverage,
        "if_top_leaves": one.if_top_leaves,
        "threads": one.threads,
        "effective_threads": effective,
        "top_share": share,
        "single_threaded": one.single_threaded,
        "renews_soon": near,
        "top_persona": one.top_persona,
        "top_name": one.top_name if one.single_threaded else None,
        "p_no_thread_at_renewal": chance,
        "missing_roles": [] if is_veiled(one.id) else missing,
    }
    return without_coverage(one.id, row)


def _summary(book: Iterable[BookAccount], rows_of: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Means over the accounts where anyone counts, and how much hangs on one person; without those of which the reader
    may not know it."""
    book = list(book)
    told = [one for one in book if not is_veiled(one.id)]
    known = [(one.coverage, float(one.arr or 0)) for one in told if one.coverage is not None]
    worth = sum(arr for _, arr in known)
    single = [one for one in told if one.single_threaded]
    near = [one for one in single if rows_of[one.id]["renews_soon"]]
    return {
        "accounts": len(book),
        "arr": f"{money(book):.2f}",
        "mean": sum(cover for cover, _ in known) / len(known) if known else None,
        "by_arr": sum(cover * arr for cover, arr in known) / worth if worth else None,
        "single_threaded": {"accounts": len(single), "arr": f"{money(single):.2f}"},
        "hanging": {"accounts": len(near), "arr": f"{money(near):.2f}"},
    }


def _owners(book: Iterable[BookAccount], rows_of: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same by owner, who has most money hanging on one person first; owner None for accounts without one."""
    groups: dict[str | None, list[BookAccount]] = {}
    for one in book:
        groups.setdefault(one.owner, []).append(one)
    found = [
        {
            "owner": owner,
            **_summary(group, rows_of),
            "missing_seats": sum(len(rows_of[one.id]["missing_roles"]) for one in group),
        }
        for owner, group in groups.items()
    ]
    return sorted(
        found, key=lambda row: (-float(row["hanging"]["arr"]), -row["hanging"]["accounts"], str(row["owner"]))
    )


def _missing(book: Iterable[BookAccount], rows_of: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Required roles without a covered holder: at how many accounts, and what those are worth."""
    lacking: dict[str, list[BookAccount]] = {}
    for one in book:
        for role in rows_of[one.id]["missing_roles"]:
            lacking.setdefault(role, []).append(one)
    return [
        {"role": role, "accounts": len(lacking[role]), "arr": f"{money(lacking[role]):.2f}"}
        for role in formulas.ROLES
        if role in lacking
    ]


def account_coverage_history(account_id: UUID, start: dt.datetime, end: dt.datetime) -> list[dict[str, Any]]:
    """The coverage of an account at the daily snapshots with start <= at <= end, in order, each as then known; nothing
    while the reader waits for a blind rating there."""
    if is_veiled(account_id):
        return []
    found = ScoreSnapshot.objects.filter(account_id=account_id, at__gte=start, at__lte=end).order_by("at")
    return [
        {"at": at, "coverage": coverage, "threads": threads, "single_threaded": _single(single, threads)}
        for at, coverage, threads, single in found.values_list("at", "coverage", "threads", "single_threaded")
    ]


def _single(stored: bool | None, threads: int) -> bool:
    """A snapshot from before it was kept says it by its threads alone."""
    return threads <= 1 if stored is None else stored


# Snapshots of some nights, weighed by the ARR of the night at the rates of the night.
NIGHTS = """WITH worth AS MATERIALIZED (
    SELECT f.account_id, (f.value #>> '{}')::numeric AS arr, greatest(f.effective_at, f.recorded_at) AS since,
        lead(greatest(f.effective_at, f.recorded_at)) OVER (
            PARTITION BY f.account_id ORDER BY f.effective_at, f.recorded_at, f.id) AS until
    FROM accounts_accountfact f
    WHERE f.tenant_id = %(tenant)s AND f.key = 'arr'
        AND (%(accounts)s IS NULL OR f.account_id = ANY(%(accounts)s::uuid[]))
), rates AS MATERIALIZED (
    SELECT substr(f.key, 6) AS currency, (f.value #>> '{}')::numeric AS rate,
        greatest(f.effective_at, f.recorded_at) AS since,
        lead(greatest(f.effective_at, f.recorded_at)) OVER (
            PARTITION BY f.key ORDER BY f.effective_at, f.recorded_at, f.id) AS until
    FROM accounts_tenantfact f WHERE f.tenant_id = %(tenant)s AND f.key LIKE 'rate:%%'
), night AS (
    SELECT s.at, s.coverage, coalesce(s.single_threaded, s.threads <= 1) AS single, s.threads,
        (w.arr * CASE WHEN a.currency = %(currency)s THEN 1 ELSE r.rate END)::float8 AS arr
    FROM health_scoresnapshot s
    JOIN accounts_account a ON a.tenant_id = %(tenant)s AND a.id = s.account_id AND a.deleted_at IS NULL
        AND a.status NOT IN ('internal', 'prospect')
    LEFT JOIN worth w ON w.account_id = s.account_id AND w.since <= s.at AND (w.until IS NULL OR w.until > s.at)
    LEFT JOIN rates r ON r.currency = a.currency AND r.since <= s.at AND (r.until IS NULL OR r.until > s.at)
    WHERE s.tenant_id = %(tenant)s AND s.at = ANY(%(moments)s::timestamptz[])
        AND s.account_id <> ALL(%(veiled)s::uuid[])
        AND (%(accounts)s IS NULL OR s.account_id = ANY(%(accounts)s::uuid[]))
        AND (a.churned_on IS NULL OR a.churned_on > s.at::date)
)
SELECT at, count(*), avg(coverage), sum(coverage * arr) / nullif(sum(arr) FILTER (WHERE coverage IS NOT NULL), 0),
    count(*) FILTER (WHERE single), coalesce(sum(arr) FILTER (WHERE single), 0), avg(threads)::float8
FROM night GROUP BY at ORDER BY at"""


def coverage_history(
    *, account_ids: Collection[UUID] | None, nights: Collection[dt.datetime], currency: str
) -> list[dict[str, Any]]:
    """The coverage of these accounts (None: all) at these midnights, in order; nights without snapshots are absent.

    Accounts lost before a night are left out of it, those lost since are in; those are out, too, at which the reader
    waits for a blind rating. One query.
    """
    params = {
        "accounts": None if account_ids is None else sql_array(account_ids),
        "moments": sql_array(night.isoformat() for night in nights),
        "currency": currency,
        "veiled": sql_array(reader().accounts),
    }
    return [
        {
            "at": at,
            "accounts": accounts,
            "mean": mean,
            "by_arr": by_arr,
            "single_threaded": single,
            "single_threaded_arr": f"{arr:.2f}",
            "threads": threads,
        }
        for at, accounts, mean, by_arr, single, arr, threads in rows(NIGHTS, params)
    ]


def coverage_weeks(
    *, account_ids: Collection[UUID] | None, start: dt.datetime | None = None, at: dt.datetime
) -> list[dict[str, Any]]:
    """``coverage_history`` at the midnight that ``at`` follows and every seventh before it, back to ``start`` (13 weeks
    by default), in the tenant's currency."""
    start = start or at - dt.timedelta(days=7 * WEEKS + 1)
    nights = read_zones().midnights(start, at)[::-1][::7]
    if not nights:
        return []
    return coverage_history(account_ids=account_ids, nights=nights, currency=read_purse(at).currency)


def chosen_ids(chosen: PortfolioFilter) -> list[UUID] | None:
    """The live accounts that fit a filter now; None for the whole book."""
    if chosen == PortfolioFilter():
        return None
    return [
        one for (one,) in rows(f"SELECT a.id FROM accounts_account a WHERE {CHOSEN}", chosen_params(chosen))
    ]
