"""The first value of an account: whether it came, how long it took, and of whom we do not know what is in it for them.

As long as the latter are any, first value is not closed: what nobody gains from is no value.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.models import Account, Persona, ProfileFact
from accounts.tenancy import TenantQuerySet
from relationships.models import FirstValue

WIIFM = "wiifm"


@dataclass(frozen=True)
class FirstValueStand:
    """Where an account stands: ``row`` is None where nobody has said what first value is to be; ``missing`` are the
    people who count and of whom we do not know what is in it for them, of ``people``."""

    row: FirstValue | None
    missing: list[Persona]
    people: int
    started_on: dt.date | None
    today: dt.date

    @property
    def days(self) -> int | None:
        """Days from the start of the contract until it came, or until today; None without a start."""
        if self.started_on is None:
            return None
        reached = self.row.reached_on if self.row else None
        return ((reached or self.today) - self.started_on).days

    @property
    def reached(self) -> bool:
        return self.row is not None and self.row.reached_on is not None

    @property
    def late(self) -> bool:
        due = self.row.due_on if self.row else None
        return due is not None and not self.reached and due < self.today


def first_value_rows() -> TenantQuerySet:
    """First values, tombstones included."""
    rows: TenantQuerySet = FirstValue.objects.all()
    return rows


def counting_people(*, account_ids: Collection[UUID], today: dt.date) -> TenantQuerySet:
    """Who counts at these accounts and works there, by name; ``knows``: we know what is in it for them. What we assume,
    and what has expired, is not known."""
    known = ProfileFact.objects.filter(
        Q(expires_on=None) | Q(expires_on__gt=today), persona=OuterRef("pk"), key=WIIFM
    ).exclude(basis="assumed")
    rows: TenantQuerySet = (
        Persona.objects.filter(
            Q(left_on=None) | Q(left_on__gt=today),
            account_id__in=list(account_ids),
            deleted_at=None,
            merged_into=None,
            tracked=True,
        )
        .annotate(knows=Exists(known))
        .order_by("name", "pk")
    )
    return rows


def first_value(*, account: Account, today: dt.date) -> FirstValueStand:
    """Where an account stands. Two statements."""
    row = first_value_rows().filter(account_id=account.pk, deleted_at=None).select_related("persona").first()
    people = list(counting_people(account_ids=[account.pk], today=today))
    missing = [person for person in people if not person.knows]
    return FirstValueStand(row, missing, len(people), account.started_on, today)
