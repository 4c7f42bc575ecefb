"""The portfolio: the whole book on one page, in people and in money, now or as known at a past moment.

Every number says which accounts it counts. Sums are in the tenant's currency; accounts without a rate are listed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from accounts.models import Step
from health import formulas
from health.models import Score
from health.selectors.acknowledged import unacknowledged
from health.selectors.book import (
    BookAccount,
    PortfolioFilter,
    known_book,
    money,
    read_purse,
    stored_book,
)
from health.selectors.first_action import first_actions
from health.selectors.losses import retention, surprises
from health.selectors.matrix import PeopleCount, known_people, people_matrix, stored_people
from health.selectors.reasons import cause_words, people_behind, persona_names
from health.selectors.veil import is_veiled, veiled_causes

MOVERS = 10
MOVED = 1.0  # points in seven days


def portfolio(
    chosen: PortfolioFilter | None = None,
    *,
    at: dt.datetime,
    stored: bool = True,
    listed: Callable[[Iterable[dict[str, Any]]], Any] = list,
) -> dict[str, Any]:
    """The portfolio resource at ``at``; ``listed`` makes its list of accounts of them, one after the other.

    ``stored``: from the last stored scores and present facts, with ``at`` as now; otherwise everything is computed
    as it was known at ``at``.
    """
    chosen = chosen or PortfolioFilter()
    purse = read_purse(at)
    book = stored_book(chosen, purse) if stored else known_book(chosen, purse, at)
    people = stored_people(chosen, purse, at) if stored else known_people(book, at, role=chosen.role)
    if not stored:
        _name_top(book)
    acted, acted_at = first_actions(book, chosen, at)
    return {
        "at": at,
        "currency": purse.currency,
        "totals": _totals(book, people),
        "arr_by_band": _by(book, "band", ("at_risk", "watch", "healthy", "unknown")),
        "at_risk_arr": text_of(money(account for account in book if account.band == "at_risk")),
        "quadrants": _by(book, "quadrant", formulas.QUADRANTS[::-1]),
        "accounts": listed(_point(account) | acted_at.get(account.id, {}) for account in book),
        "matrix": people_matrix(people),
        "coverage": _coverage(book),
        "single_threaded": _single(book),
        "stale_ratings": _stale(people),
        "movers": _movers(book, stored),
        "without_step": _without_step(book, at),
        "unacknowledged": unacknowledged(
            names={one.id: (one.name, text_of(one.arr)) for one in book if one.band == "at_risk"}, at=at
        ),
        "surprises": surprises(chosen, purse, at),
        "retention": retention(chosen, purse, at),
        **({"first_action": acted} if acted else {}),
        "without_rate": [
            {"account": account.id, "name": account.name, "currency": account.currency}
            for account in book
            if account.arr is None
        ],
    }


def _totals(book: Sequence[BookAccount], people: Sequence[PeopleCount]) -> dict[str, Any]:
    scored = [account.score for account in book if account.band != "unknown"]
    return {
        **_sum(book),
        "people": sum(row.people for row in people),
        "mean_score": sum(scored) / len(scored) if scored else None,
    }


def _sum(accounts: Sequence[BookAccount]) -> dict[str, Any]:
    return {"accounts": len(accounts), "arr": text_of(money(accounts))}


def _by(book: Sequence[BookAccount], what: str, values: Iterable[str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[BookAccount]] = {value: [] for value in values}
    for account in book:
        groups[getattr(account, what)].append(account)
    return {value: _sum(group) for value, group in groups.items()}


def text_of(amount: Decimal | None) -> str | None:
    """Money as it stands in an answer: a decimal with two places."""
    return None if amount is None else f"{amount:.2f}"


def _point(account: BookAccount) -> dict[str, Any]:
    """One account as the quadrant chart draws it."""
    return {
        "account": account.id,
        "name": account.name,
        "arr": text_of(account.arr),
        "score": account.score,
        "band": account.band,
        "quadrant": account.quadrant,
        "behavioural": account.behavioural,
        "emotional": account.emotional,
    }


def _coverage(book: Sequence[BookAccount]) -> dict[str, Any]:
    told = [account for account in book if not is_veiled(account.id)]
    known = [(account.coverage, float(account.arr or 0)) for account in told if account.coverage is not None]
    worth = sum(arr for _, arr in known)
    return {
        "accounts": len(known),
        "mean": sum(cover for cover, _ in known) / len(known) if known else None,
        "by_arr": sum(cover * arr for cover, arr in known) / worth if worth else None,
    }


def _name_top(book: Iterable[BookAccount]) -> None:
    hanging = [account for account in book if account.single_threaded]
    names = persona_names(account.top_persona for account in hanging if account.top_persona)
    for account in hanging:
        account.top_name = names.get(account.top_persona or "")


def _single(book: Sequence[BookAccount]) -> dict[str, Any]:
    found = [account for account in book if account.single_threaded and not is_veiled(account.id)]
    far = dt.date.max
    return {
        **_sum(found),
        "results": [
            {
                "account": account.id,
                "name": account.name,
                "arr": text_of(account.arr),
                "renewal_on": account.renewal_on.isoformat() if account.renewal_on else None,
                "threads": account.threads,
                "coverage": account.coverage,
                "if_top_leaves": account.if_top_leaves,
                "top_persona": account.top_persona,
                "top_name": account.top_name,
                "band": account.band,
            }
            for account in sorted(found, key=lambda one: (one.renewal_on or far, -(one.arr or 0), one.id))
        ],
    }


def _stale(people: Sequence[PeopleCount]) -> dict[str, Any]:
    """People who count and whom nobody rated within 120 days, by the account's owner."""
    count: Counter[str | None] = Counter()
    stale: Counter[str | None] = Counter()
    for row in people:
        count[row.owner] += row.people
        stale[row.owner] += row.stale
    owners = sorted((owner for owner in count if count[owner]), key=lambda one: (-stale[one], str(one)))
    return {
        "people": sum(stale.values()),
        "of": sum(count.values()),
        "owners": [{"owner": one, "people": count[one], "stale": stale[one]} for one in owners],
    }


def _movers(book: Sequence[BookAccount], stored: bool) -> list[dict[str, Any]]:
    """The accounts whose score moved most in seven days, with the causes in words."""
    moved = [one for one in book if one.change_7d is not None and abs(one.change_7d) >= MOVED]
    moved.sort(key=lambda one: -abs(one.change_7d or 0))
    del moved[MOVERS:]
    causes = {one.id: one.causes for one in moved}
    if stored:
        found = Score.objects.filter(account_id__in=causes).values_list("account_id", "causes")
        causes = {str(account_id): listed for account_id, listed in found}
    causes = {account: veiled_causes(account, listed) for account, listed in causes.items()}
    names = persona_names(person for listed in causes.values() for person in people_behind(listed))
    return [
        {
            "account": one.id,
            "name": one.name,
            "arr": text_of(one.arr),
            "score": one.score,
            "band": one.band,
            "change_7d": one.change_7d,
            "causes": cause_words(causes[one.id], names),
        }
        for one in moved
    ]


def _without_step(book: Sequence[BookAccount], at: dt.datetime) -> dict[str, Any]:
    """Accounts at risk for which nobody has an open step."""
    risky = [account for account in book if account.band == "at_risk"]
    open_steps = Step.objects.filter(account_id__in=[one.id for one in risky], created_at__lte=at)
    open_steps = open_steps.exclude(deleted_at__lte=at).exclude(done_at__lte=at)
    served = {str(account_id) for account_id in open_steps.values_list("account_id", flat=True)}
    found = [account for account in risky if account.id not in served]
    found.sort(key=lambda one: -(one.arr or 0))
    listed = [{"account": one.id, "name": one.name, "arr": text_of(one.arr)} for one in found]
    return {**_sum(found), "results": listed}
