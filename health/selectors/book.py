"""The book: every live account with its money and its health, as stored or as known at a past moment.

Money is in the tenant's currency at the rates of the moment; an account without a rate keeps None and is listed,
never added.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from health import formulas
from health.selectors.assessing import assess_pairs
from health.selectors.cases import make_cases, read_zones, rows
from health.selectors.changes import cause_documents
from health.selectors.documents import coverage_documents, health_documents
from health.selectors.states import account_facts

LIVE = ("trial", "active")
WEEK = dt.timedelta(days=7)
CHUNK = 1000
FACTS = ("arr", "currency", "status", "owner", "team", "segment", "tier", "renewal_on")


@dataclass(frozen=True, slots=True)
class PortfolioFilter:
    """Which accounts of the book: by owner and team member (membership ids), segment, tier, and renewal date. ``role``
    narrows whom the numbers about people count, not the accounts."""

    owner: UUID | None = None
    team: UUID | None = None
    segment: str = ""
    tier: str = ""
    renews_before: dt.date | None = None
    role: str = ""


@dataclass(slots=True)
class BookAccount:
    """One account of a book; ids are text. ``arr`` is in the tenant's currency, None without a rate; 0 without any ARR.

    ``top_name`` is filled where the book was stored, all below it where it was computed.
    """

    id: str
    name: str
    owner: str | None
    renewal_on: dt.date | None
    currency: str
    arr: Decimal | None
    score: float
    band: str
    quadrant: str
    behavioural: float
    emotional: float
    coverage: float | None
    if_top_leaves: float | None
    threads: int
    single_threaded: bool
    top_persona: str | None
    change_7d: float | None
    top_name: str | None = None
    effective_threads: float | None = None
    top_share: float | None = None
    missing_roles: Sequence[str] = ()
    people: Sequence[dict[str, Any]] = ()
    causes: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Purse:
    """The tenant's currency and its rates at a moment."""

    currency: str
    rates: Mapping[str, Decimal]

    def convert(self, amount: Decimal | None, currency: str) -> Decimal | None:
        """An amount in the tenant's currency; None without a rate; no amount is 0."""
        if amount is None:
            return Decimal(0)
        if currency == self.currency:
            return amount
        rate = self.rates.get(currency)
        return None if rate is None else amount * rate


def read_purse(at: dt.datetime) -> Purse:
    """Currency and rates as known at a moment."""
    found = dict(
        rows(
            "SELECT DISTINCT ON (key) key, value #>> '{}' FROM accounts_tenantfact "
            "WHERE tenant_id = %(tenant)s AND (key = 'currency' OR key LIKE 'rate:%%') "
            "AND effective_at <= %(at)s AND recorded_at <= %(at)s "
            "ORDER BY key, effective_at DESC, recorded_at DESC, id DESC",
            {"at": at},
        )
    )
    currency = (
        found.pop("currency", None)
        or rows("SELECT currency FROM accounts_tenant WHERE id = %(tenant)s")[0][0]
    )
    rates = {key.removeprefix("rate:"): Decimal(value) for key, value in found.items() if value is not None}
    return Purse(currency=currency, rates=rates)


# The live accounts of a filter, under the alias a.
CHOSEN = """a.tenant_id = %(tenant)s AND a.deleted_at IS NULL AND a.status = ANY(%(live)s)
    AND (%(owner)s IS NULL OR a.owner_id = %(owner)s)
    AND (%(segment)s = '' OR a.segment = %(segment)s) AND (%(tier)s = '' OR a.tier = %(tier)s)
    AND (%(renews_before)s IS NULL OR a.renewal_on < %(renews_before)s)
    AND (%(team)s IS NULL OR EXISTS (SELECT 1 FROM accounts_accountteam t WHERE t.tenant_id = %(tenant)s
        AND t.account_id = a.id AND t.membership_id = %(team)s))"""

STORED = f"""SELECT a.id::text, a.name, a.owner_id::text, a.renewal_on, a.currency, a.arr, s.score, s.band, s.quadrant,
    s.behavioural, s.emotional, s.cover, s.if_top_leaves, s.threads, s.single_threaded, s.top_persona_id::text,
    s.change_7d, p.name
FROM accounts_account a JOIN health_score s ON s.tenant_id = %(tenant)s AND s.account_id = a.id
LEFT JOIN accounts_persona p ON p.tenant_id = %(tenant)s AND p.id = s.top_persona_id AND s.single_threaded
WHERE {CHOSEN} AND (%(after)s IS NULL OR a.id > %(after)s)
ORDER BY a.id LIMIT %(page)s"""
PAGE = 5_000  # accounts that are read at once


def chosen_params(chosen: PortfolioFilter) -> dict[str, Any]:
    """What CHOSEN is executed with."""
    return {
        "live": list(LIVE),
        "owner": chosen.owner,
        "team": chosen.team,
        "segment": chosen.segment,
        "tier": chosen.tier,
        "renews_before": chosen.renews_before,
        "role": formulas.ROLES.index(chosen.role) if chosen.role else None,
    }


def stored_book(chosen: PortfolioFilter, purse: Purse) -> list[BookAccount]:
    """The live accounts with their last stored scores. One query, and one more for each ``PAGE`` of a larger book."""
    book: list[BookAccount] = []
    words, params = _Words(), {**chosen_params(chosen), "after": None, "page": PAGE}
    more = True
    while more:
        page = [_stored(BookAccount(*row), purse, words) for row in rows(STORED, params)]
        book += page
        more = len(page) == PAGE
        params["after"] = book[-1].id if more else None
    return book


def _stored(account: BookAccount, purse: Purse, words: _Words) -> BookAccount:
    account.arr = purse.convert(account.arr, account.currency)
    account.owner, account.currency = words[account.owner], words[account.currency]
    account.band, account.quadrant = words[account.band], words[account.quadrant]
    return account


class _Words(dict[Any, Any]):
    """Words that many accounts share, each kept once: a book of 40,000 is 10 MB lighter."""

    def __missing__(self, word: Any) -> Any:
        self[word] = word
        return word


def known_book(chosen: PortfolioFilter, purse: Purse, at: dt.datetime) -> list[BookAccount]:
    """The live accounts as known at a moment, assessed anew."""
    names = dict(
        rows(
            "SELECT id, name FROM accounts_account WHERE tenant_id = %(tenant)s "
            "AND (deleted_at IS NULL OR deleted_at > %(at)s) ORDER BY id",
            {"at": at},
        )
    )
    zones, ids = read_zones(), list(names)
    book = []
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        facts = account_facts(make_cases([(one, at) for one in part], zones), FACTS)
        kept = [
            i for i in range(len(part)) if matches(chosen, {key: values[i] for key, values in facts.items()})
        ]
        pairs = [(part[i], at - WEEK, at) for i in kept]
        of = {part[i]: {key: values[i] for key, values in facts.items()} for i in kept}
        for before, after in assess_pairs(pairs, zones):
            change = formulas.split_change(before.result, after.result)
            causes = cause_documents(change)
            for i, (health, cover) in enumerate(
                zip(health_documents(after), coverage_documents(after), strict=True)
            ):
                account_id = after.cases.accounts[i]
                known_then = before.known.facts["status"][i] is not None
                book.append(
                    _account(
                        account_id, names[account_id], of[account_id], purse, health, cover,
                        float(change.delta[i]) if known_then else None, causes[i] if known_then else [],
                    )
                )  # fmt: skip
    return sorted(book, key=lambda account: account.id)


def matches(chosen: PortfolioFilter, facts: Mapping[str, Any]) -> bool:
    """Whether an account with these dated facts belongs to the book that was asked for."""
    return (
        facts["status"] in LIVE
        and (chosen.owner is None or facts["owner"] == str(chosen.owner))
        and (chosen.team is None or str(chosen.team) in (facts["team"] or ()))
        and (not chosen.segment or facts["segment"] == chosen.segment)
        and (not chosen.tier or facts["tier"] == chosen.tier)
        and (
            chosen.renews_before is None
            or (facts["renewal_on"] is not None and facts["renewal_on"] < chosen.renews_before.isoformat())
        )
    )


def _account(
    account_id: UUID,
    name: str,
    facts: Mapping[str, Any],
    purse: Purse,
    health: Mapping[str, Any],
    cover: Mapping[str, Any],
    change: float | None,
    causes: list[dict[str, Any]],
) -> BookAccount:
    arr = Decimal(facts["arr"]) if facts["arr"] is not None else None
    currency = facts["currency"] or purse.currency
    return BookAccount(
        id=str(account_id),
        name=name,
        owner=facts["owner"] or None,
        renewal_on=dt.date.fromisoformat(facts["renewal_on"]) if facts["renewal_on"] else None,
        currency=currency,
        arr=purse.convert(arr, currency),
        score=health["score"],
        band=health["band"],
        quadrant=health["quadrant"],
        behavioural=health["behavioural"]["score"],
        emotional=health["emotional"]["score"],
        coverage=cover["coverage"],
        if_top_leaves=cover["if_top_leaves"],
        threads=cover["threads"],
        single_threaded=cover["single_threaded"],
        top_persona=cover["top_persona"],
        change_7d=change,
        effective_threads=cover["effective_threads"],
        top_share=cover["top_share"],
        missing_roles=cover["missing_roles"],
        people=cover["people"],
        causes=causes,
    )


def money(accounts: Iterable[BookAccount]) -> Decimal:
    """The sum of their ARR; accounts without a rate are left out."""
    return sum((account.arr for account in accounts if account.arr is not None), Decimal(0))
