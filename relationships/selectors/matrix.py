"""The 4 x 3 matrix of strength and sentiment, in people and in money, and whose ratings have gone stale."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Account, Membership, Tenant, TenantFact
from health import selectors as health
from relationships.selectors.spoken import RatedPerson, rated_people

LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)


@dataclass(frozen=True)
class MatrixCell:
    """How many people stand here, and how much recurring revenue their influence carries.

    ``strength`` or ``sentiment`` None: the cell of those not rated, or only half rated.
    """

    strength: str | None
    sentiment: str | None
    people: int
    arr: Decimal


@dataclass(frozen=True)
class Matrix:
    """The cells, which sum to the book; sums of money in the tenant's currency.

    ``without_rate`` lists the accounts whose currency has no exchange rate: they are not in the sums.
    """

    cells: list[MatrixCell]
    people: int
    arr: Decimal
    currency: str
    without_rate: list[UUID] = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]]:
        """The cells as the matrix figure takes them."""
        return [
            {
                "strength": cell.strength,
                "sentiment": cell.sentiment,
                "people": cell.people,
                "arr": float(cell.arr),
            }
            for cell in self.cells
        ]


def rating_matrix(*, tenant: Tenant, at: datetime, account_ids: Collection[UUID] | None = None) -> Matrix:
    """The matrix of these accounts (None: every live one) from what is said of their counted people at ``at``.

    An account's revenue is shared by influence over its counted people; one where nobody counts lies in the cell of
    the unrated.
    """
    accounts = _book(account_ids)
    people = rated_people(
        tenant=tenant, at=at, account_ids=None if account_ids is None else list(account_ids)
    )
    by_account: dict[UUID, list[RatedPerson]] = defaultdict(list)
    for person in people:
        by_account[person.account_id].append(person)
    rates = exchange_rates(tenant=tenant, at=at)
    influence = health.current_scorecard().body["influence"]
    counts: dict[tuple[str | None, str | None], int] = defaultdict(int)
    money: dict[tuple[str | None, str | None], Decimal] = defaultdict(Decimal)
    without_rate = []
    for account_id, arr, currency in accounts:
        rate = rates.get(currency)
        if arr and rate is None:
            without_rate.append(account_id)
        worth = (arr or Decimal(0)) * (rate or Decimal(0))
        for somebody, share in _shares(by_account[account_id], worth, influence):
            place = _place(somebody)
            counts[place] += somebody is not None
            money[place] += share
    return Matrix(
        cells=[
            MatrixCell(strength, sentiment, counts[strength, sentiment], money[strength, sentiment])
            for strength, sentiment in sorted(money, key=str)
        ],
        people=sum(counts.values()),
        arr=sum(money.values(), Decimal(0)),
        currency=tenant.currency,
        without_rate=without_rate,
    )


def _book(account_ids: Collection[UUID] | None) -> QuerySet:
    accounts = Account.objects.filter(deleted_at=None)
    chosen = accounts.filter(status__in=LIVE) if account_ids is None else accounts.filter(pk__in=account_ids)
    book: QuerySet = chosen.order_by("pk").values_list("pk", "arr", "currency")
    return book


def _place(person: RatedPerson | None) -> tuple[str | None, str | None]:
    if person is None or person.strength is None or person.overall is None:
        return None, None
    return person.strength, person.overall


def _shares(
    people: list[RatedPerson], worth: Decimal, influence: dict[str, float]
) -> Iterable[tuple[RatedPerson | None, Decimal]]:
    """An account's worth shared by influence, exactly: the last person takes what rounding leaves."""
    if not people:
        return [(None, worth)]
    weights = [Decimal(str(person.influence or influence[person.role])) for person in people]
    total = sum(weights)
    shares = [worth * weight / total for weight in weights]
    shares[-1] += worth - sum(shares)
    return zip(people, shares, strict=True)


def exchange_rates(*, tenant: Tenant, at: datetime) -> dict[str, Decimal]:
    """The tenant's currency per unit of each currency it has a rate for, as known at ``at``."""
    facts = TenantFact.objects.filter(key__startswith="rate:", effective_at__lte=at, recorded_at__lte=at)
    rates = {
        fact.key.removeprefix("rate:"): Decimal(str(fact.value))
        for fact in facts.order_by("effective_at", "recorded_at", "id")
        if fact.value is not None
    }
    return {**rates, tenant.currency: Decimal(1)}


def stale_ratings(
    *, tenant: Tenant, at: datetime, account_ids: Collection[UUID] | None = None
) -> list[dict[str, Any]]:
    """Per owner of accounts: {owner_id, owner, people, unrated, stale, inherited, due}, most due first.

    Stale is older than 120 days; due is unrated, inherited, or past the grace of 30 days.
    """
    groups: dict[UUID | None, list[RatedPerson]] = defaultdict(list)
    for person in rated_people(tenant=tenant, at=at, account_ids=account_ids):
        groups[person.owner_id].append(person)
    members = Membership.objects.select_related("user").filter(tenant=tenant, pk__in=[*groups])
    names = {member.pk: str(member) for member in members}
    rows = [
        {
            "owner_id": owner_id,
            "owner": names.get(owner_id, "") if owner_id else "",
            "people": len(people),
            "unrated": sum(not person.rated for person in people),
            "stale": sum(person.stale for person in people),
            "inherited": sum(person.inherited for person in people),
            "due": sum(person.due for person in people),
        }
        for owner_id, people in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["due"], row["owner"]))
