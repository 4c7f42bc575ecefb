"""Promises on pages: those to a person, those at an account, and the ledger of all with the kept-rates.

A constant number of statements, whatever the number of promises.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from accounts import selectors as accounts
from accounts.models import Account, Actor, Membership, PromiseTerm, Step, Tenant

SHOWN = 8  # on the page of a person or an account
PAGE = 200
WORST = 12  # accounts beside the ledger


@dataclass(frozen=True)
class PromiseLine:
    """A promise, how it stands, and what was said of it since."""

    step: Any
    standing: str
    terms: list[PromiseTerm]

    @property
    def moved(self) -> list[PromiseTerm]:
        """Each time its date moved, oldest first."""
        return [term for term in self.terms if term.kind == PromiseTerm.Kind.RENEGOTIATED]

    @property
    def reason(self) -> str:
        """What was said last of why it moved or was broken."""
        return next((term.reason for term in reversed(self.terms) if term.reason), "")


@dataclass(frozen=True)
class Promised:
    """Some promises, the most urgent first, and how all of them stand."""

    lines: list[PromiseLine] = field(default_factory=list)
    rate: accounts.KeptRate = field(default_factory=accounts.KeptRate)

    @property
    def in_all(self) -> int:
        """How many there are."""
        return accounts.in_all([line.step for line in self.lines])


def _urgent_first(rows: QuerySet[Step]) -> QuerySet[Step]:
    """Open ones by their day, then the settled ones, the latest first."""
    settled = Case(When(done_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    nearest = Case(When(done_at=None, then=F("due_on")))
    return rows.select_related("persona", "account", "owner__user").order_by(
        settled, nearest.asc(nulls_last=True), F("done_at").desc(nulls_last=True), "pk"
    )


def _lines(rows: QuerySet[Step], most: int) -> list[PromiseLine]:
    return [
        PromiseLine(step, step.standing, list(step.terms.all()))  # type: ignore[attr-defined]
        for step in _urgent_first(rows).annotate(in_all=accounts.IN_ALL)[:most]
    ]


def persona_promises(*, persona_id: UUID, tenant: Tenant, today: dt.date) -> Promised:
    """The most urgent of what we promised this person, and whoever was merged into them; without a rate."""
    rows = accounts.promises(tenant=tenant, today=today)
    return Promised(_lines(rows.filter(persona_id__in=accounts.selves([persona_id])), SHOWN))


def account_promises(*, account_id: UUID, tenant: Tenant, today: dt.date, most: int = SHOWN) -> Promised:
    """The ``most`` urgent of what we promised at this account, and how often we kept our word there."""
    rows = accounts.promises(tenant=tenant, today=today).filter(account_id=account_id)
    rates = accounts.kept_rates(by="account", tenant=tenant, today=today, account_ids=[account_id])
    return Promised(_lines(rows, most), rates.get(account_id, accounts.KeptRate()))


class NoPromise(LookupError):
    """The account has no such promise, or it was removed."""


def promise_of(*, account_id: UUID, promise_id: UUID, tenant: Tenant, today: dt.date) -> PromiseLine:
    """One promise with what was said of it since. Raises NoPromise."""
    rows = accounts.promises(tenant=tenant, today=today).filter(account_id=account_id, pk=promise_id)
    found = _lines(rows, 1)
    if not found:
        raise NoPromise(str(promise_id))
    return found[0]


@dataclass(frozen=True)
class Ledger:
    """The ledger: some promises of ``count``, the rate of all of them, the rates by member (everybody's, most promises
    first) and of the accounts where most went wrong (a member's own, if the ledger is of one); ``members`` who have any,
    and ``account`` if it is of one alone."""

    lines: list[PromiseLine]
    count: int
    total: accounts.KeptRate
    by_member: list[tuple[Membership | None, accounts.KeptRate]]
    by_account: list[tuple[Account, accounts.KeptRate]]
    account: Account | None


def ledger(
    *,
    actor: Actor,
    whose: str,
    owner: UUID | None = None,
    account: UUID | None = None,
    standing: str = "",
    today: dt.date,
) -> Ledger:
    """The page of all promises. ``whose`` mine or all, unless an ``owner`` is named."""
    rows = accounts.promises(tenant=actor.tenant, today=today).filter(account__deleted_at=None)
    member = owner or (actor.member_id if whose == "mine" and account is None else None)
    if member:
        rows = rows.filter(owner_id=member)
    if account:
        rows = rows.filter(account_id=account)
    if standing:
        rows = rows.filter(**{"standing": standing})
    by_owner = accounts.kept_rates(by="owner", tenant=actor.tenant, today=today)
    by_account = accounts.kept_rates(by="account", tenant=actor.tenant, today=today, owner=member)
    counted, chosen = (by_account, account) if account else (by_owner, member)
    members = {one.pk: one for one in accounts.members(tenant_id=actor.tenant_id)}
    worst = sorted(by_account, key=lambda id: (_lost(by_account[id]), by_account[id].n), reverse=True)[:WORST]
    named = {one.pk: one for one in Account.objects.filter(Q(pk__in=worst) | Q(pk=account))}
    return Ledger(
        lines=_lines(rows, PAGE),
        count=rows.order_by().count(),
        total=_sum([rate for id, rate in counted.items() if chosen is None or id == chosen]),
        by_member=sorted(
            ((members.get(id) if id else None, rate) for id, rate in by_owner.items()),
            key=lambda pair: (-pair[1].n, str(pair[0].user) if pair[0] else ""),
        ),
        by_account=[(named[id], by_account[id]) for id in worst if id in named],
        account=named.get(account) if account else None,
    )


def _lost(rate: accounts.KeptRate) -> int:
    return rate.n - rate.kept


def _sum(rates: Sequence[accounts.KeptRate]) -> accounts.KeptRate:
    names = [field.name for field in fields(accounts.KeptRate)]
    return accounts.KeptRate(**{name: sum(getattr(rate, name) for rate in rates) for name in names})
