"""What nobody owns: accounts, steps and promises of ours, and situations that nobody answers for, or whose owner is no
longer here. A risk without a name is a risk that nobody takes.

Three statements, whatever there is.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.models import Account, Membership, Step
from relationships import selectors as relationships

LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)
KINDS = ("account", "step", "promise", "situation")
MOST = 200
NOBODY = Q(owner=None) | Q(owner__is_active=False)


@dataclass(frozen=True)
class Item:
    """One thing without an owner. ``former`` is whose it was, who is no longer a member; ``due_on`` an account's renewal,
    a step's day; ``band`` that of an account; ``helper`` who owns the account, and could say whose it is."""

    kind: str
    id: UUID
    title: str
    account_id: UUID
    account: str
    former: Membership | None
    due_on: dt.date | None
    helper: Membership | None
    arr: Decimal | None = None
    currency: str = ""
    band: str = ""


@dataclass(frozen=True)
class Unowned:
    """How many there are of each kind, and the most pressing of the kind that was asked for, or of all."""

    counts: dict[str, int]
    items: list[Item]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def unowned(*, kind: str = "", most: int = MOST) -> Unowned:
    """Everything at live accounts that has no owner today, by the day it is due; ``kind`` one of KINDS or all."""
    found: dict[str, list[Item]] = {
        "account": [_account(row) for row in _accounts()],
        "step": [],
        "promise": [],
        "situation": [_situation(row) for row in _situations()],
    }
    for row in _steps():
        name = "promise" if row.source == Step.PROMISE else "step"
        found[name].append(_item(name, row, row.title, row.due_on))
    counts = {name: len(rows) for name, rows in found.items()}
    wanted = [item for name in KINDS if kind in ("", name) for item in found[name]]
    wanted.sort(
        key=lambda item: (item.due_on or dt.date.max, KINDS.index(item.kind), item.title.lower(), item.id)
    )
    return Unowned(counts, wanted[:most])


def _accounts() -> QuerySet[Account]:
    rows: QuerySet[Account] = Account.objects.filter(NOBODY, status__in=LIVE, deleted_at=None)
    return rows.select_related("owner__user").annotate(band=F("scores__band"))


def _steps() -> QuerySet[Step]:
    """Open steps of ours at live accounts."""
    rows: QuerySet[Step] = Step.objects.filter(
        NOBODY, side=Step.Side.OURS, done_at=None, deleted_at=None,
        account__status__in=LIVE, account__deleted_at=None,
    )  # fmt: skip
    return rows.select_related("owner__user", "account__owner__user")


def _situations() -> QuerySet[Any]:
    """Situations under way at live accounts."""
    rows = relationships.situation_rows().filter(
        NOBODY, result=None, deleted_at=None, account__status__in=LIVE, account__deleted_at=None
    )
    return rows.select_related("owner__user", "account__owner__user", "type").annotate(kind=F("type__label"))


def _account(row: Any) -> Item:
    item = Item("account", row.pk, row.name, row.pk, row.name, row.owner, row.renewal_on, None)
    return Item(**{**vars(item), "arr": row.arr, "currency": row.currency, "band": row.band or "unknown"})


def _situation(row: Any) -> Item:
    return _item("situation", row, row.kind, None)


def _item(kind: str, row: Any, title: str, due_on: dt.date | None) -> Item:
    helper = row.account.owner if row.account.owner and row.account.owner.is_active else None
    return Item(kind, row.pk, title, row.account_id, row.account.name, row.owner, due_on, helper)
