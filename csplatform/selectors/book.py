"""The live book, one narrow row per account: what Today ranks and the risk dashboard sums.

Money is in the tenant's currency; an account whose currency has no rate has no worth, and is listed, not added.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet, Value

from accounts import selectors as accounts
from accounts.models import Account, AccountTeam, Step, Tenant
from health import selectors as health

LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)
BANDS = ("at_risk", "watch", "healthy", "unknown")
WEEK = dt.timedelta(days=7)


class BookRow(NamedTuple):
    """One live account. ``worth`` in the tenant's currency, None without a rate (or without ARR: 0).

    ``capped``: a flag that caps the band is up. ``open_step``: anybody has a step; ``due_step``: ours is due within a
    week, and not snoozed beyond it. Without a stored score the band is unknown and the numbers None.
    """

    id: UUID
    name: str
    arr: Decimal | None
    currency: str
    renewal_on: dt.date | None
    owner_id: UUID | None
    score: float | None
    evidence: float | None
    band: str
    quadrant: str
    behavioural: float | None
    emotional: float | None
    change: float | None
    capped: bool
    open_step: bool
    due_step: bool
    worth: Decimal | None

    def renewal_days(self, today: dt.date) -> int | None:
        return (self.renewal_on - today).days if self.renewal_on else None


@dataclass(frozen=True)
class BookFilter:
    """Which part of the book: ``owner``, ``team`` (works on it) and ``member`` (owns or works on it) are ids of
    memberships; ``renews`` is days until the renewal at most; ``role`` narrows whom numbers about people count, and no
    accounts. None or empty is no filter."""

    owner: UUID | None = None
    team: UUID | None = None
    member: UUID | None = None
    segment: str = ""
    tier: str = ""
    renews: int | None = None
    role: str = ""

    def accounts_filters(self, today: dt.date) -> dict[str, Any]:
        """The same filter as parameters of the Accounts page."""
        return {
            "owner": self.owner,
            "team": self.team,
            "segment": self.segment,
            "tier": self.tier,
            "renews_before": today + dt.timedelta(days=self.renews) if self.renews else None,
        }


class Among(Func):
    """An id is one of a list, as one parameter of text: a book has thousands, and to adapt each takes longer."""

    template, arg_joiner, output_field = "%(expressions)s::uuid[])", " = ANY(", BooleanField()


def among_accounts(account_ids: Collection[UUID]) -> Among:
    """A condition on rows that point at an account."""
    return Among("account_id", Value(health.sql_array(account_ids)))


def local_day(tenant: Tenant, at: dt.datetime) -> dt.date:
    """The day it is at the tenant."""
    return at.astimezone(ZoneInfo(tenant.time_zone)).date()


def money_rates(tenant: Tenant, at: dt.datetime) -> dict[str, Decimal]:
    """The tenant's currency per unit of each currency that has a rate at ``at``."""
    known = {currency: Decimal(str(rate)) for currency, rate, _since in accounts.exchange_rates(at=at)}
    return {**known, tenant.currency: Decimal(1)}


def chosen_accounts(wanted: BookFilter, *, today: dt.date, live: bool = True) -> QuerySet[Account]:
    """The accounts of the filter; ``live`` False takes in those that were lost (internal ones never count)."""
    statuses = LIVE if live else (*LIVE, Account.Status.CHURNED)
    found = Account.objects.filter(deleted_at=None, status__in=statuses)
    if wanted.owner:
        found = found.filter(owner_id=wanted.owner)
    if wanted.team:
        found = found.filter(_works(wanted.team))
    if wanted.member:
        found = found.filter(Q(owner_id=wanted.member) | _works(wanted.member))
    if wanted.segment:
        found = found.filter(segment=wanted.segment)
    if wanted.tier:
        found = found.filter(tier=wanted.tier)
    if wanted.renews:
        found = found.filter(renewal_on__lt=today + dt.timedelta(days=wanted.renews))
    return found


def _works(member_id: UUID) -> Q:
    return Q(Exists(AccountTeam.objects.filter(account=OuterRef("pk"), membership_id=member_id)))


def book(wanted: BookFilter, *, today: dt.date, rates: dict[str, Decimal]) -> list[BookRow]:
    """The live accounts of the filter by name, in one statement."""
    steps = Step.objects.filter(account=OuterRef("pk"), done_at=None, deleted_at=None)
    due = steps.filter(
        Q(due_on=None) | Q(due_on__lte=today + WEEK),
        Q(snoozed_until=None) | Q(snoozed_until__lte=today + WEEK),
        side=Step.Side.OURS,
    )
    found = (
        chosen_accounts(wanted, today=today)
        .annotate(
            open_step=Exists(steps),
            due_step=Exists(due),
        )
        .order_by("name", "pk")
        .values_list(
            "pk", "name", "arr", "currency", "renewal_on", "owner_id", "scores__score", "scores__evidence",
            "scores__band", "scores__quadrant", "scores__behavioural", "scores__emotional", "scores__change_7d",
            "scores__capped", "open_step", "due_step",
        )
    )  # fmt: skip
    return [_row(values, rates) for values in found]


def _row(values: tuple[Any, ...], rates: dict[str, Decimal]) -> BookRow:
    arr, currency = values[2], values[3]
    rate = rates.get(currency)
    worth = Decimal(0) if arr is None else None if rate is None else arr * rate
    band, quadrant = values[8] or "unknown", values[9] or "unplaced"
    steps = bool(values[13]), *values[14:]
    return BookRow._make((*values[:8], band, quadrant, *values[10:13], *steps, worth))


def words_in_use() -> tuple[list[str], list[str]]:
    """The segments and the tiers of the tenant's accounts, in order."""
    words: Collection[tuple[str, str]] = (
        Account.objects.filter(deleted_at=None).order_by().values_list("segment", "tier").distinct()
    )
    pairs = list(words)
    return sorted({s for s, _t in pairs if s}), sorted({t for _s, t in pairs if t})
