"""What the customer of an account is shown, and the links to it.

Only columns that are shown are read, each named here. A promise was made to the customer: they see it unless somebody
said otherwise. So they do with what they asked our support. Every other step, and an escalation, is ours: they see it
where somebody said so, and not else.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Account, PromiseTerm, Share, Step, Tenant
from accounts.models import Case as SupportCase
from accounts.selectors.rows import IN_ALL, in_all

MOST = 100  # of a kind
REMEMBERED = dt.timedelta(days=365)  # how long a promise that was settled is shown
STATES = ("open", "renegotiated", "kept", "broken")


@dataclass(frozen=True)
class ShownPromise:
    """A promise of ours: ``who`` of us gave it, until when, and what became of it. ``first_due_on`` is the day that was
    said first, if it moved; ``late`` if it is open past its day."""

    id: UUID
    title: str
    who: str
    state: str
    due_on: dt.date | None
    first_due_on: dt.date | None
    settled_on: dt.date | None
    late: bool
    shown: bool


@dataclass(frozen=True)
class ShownStep:
    """An open step: ``theirs`` if the customer is waited for, ``who`` of us looks after it."""

    id: UUID
    title: str
    who: str
    theirs: bool
    due_on: dt.date | None
    late: bool
    shown: bool


@dataclass(frozen=True)
class ShownCase:
    """An open case: whether we have answered it."""

    id: UUID
    kind: str
    subject: str
    opened_on: dt.date
    answered: bool
    shown: bool

    @property
    def kind_label(self) -> str:
        return str(SupportCase.Kind(self.kind).label)

    @property
    def title(self) -> str:
        """What it is called: what kind it is where nobody wrote more."""
        return self.subject or self.kind_label


@dataclass(frozen=True)
class Contact:
    """Who of us the customer turns to."""

    name: str
    email: str


@dataclass(frozen=True)
class Shown:
    """The page of one account for its customer. ``by`` is the name of the organisation that shows it. At most 100 of a
    kind are on it; the ``_in_all`` say how many there are (0 on a page after their last)."""

    by: str
    account: str
    contact: Contact | None
    promises: list[ShownPromise]
    steps: list[ShownStep]
    cases: list[ShownCase]
    promises_in_all: int
    steps_in_all: int
    cases_in_all: int
    on: dt.date
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages the longest kind has; 0 on a page after the last."""
        return -(-max(self.promises_in_all, self.steps_in_all, self.cases_in_all) // MOST)

    @property
    def first(self) -> int:
        """The place of the first line of each kind on this page."""
        return (self.page - 1) * MOST + 1

    @property
    def ours(self) -> list[ShownStep]:
        return [step for step in self.steps if not step.theirs]

    @property
    def theirs(self) -> list[ShownStep]:
        return [step for step in self.steps if step.theirs]


def account_shares(*, account_id: UUID) -> QuerySet[Share]:
    """The links of an account with who made each, the newest first."""
    rows: QuerySet[Share] = Share.objects.filter(account_id=account_id, account__deleted_at=None)
    return rows.select_related("created_by__user").order_by("-created_at", "-pk")


def share_works(share: Share, *, today: dt.date) -> bool:
    """Whether a link of a live account still opens."""
    return share.revoked_at is None and share.expires_on >= today


def shown_to_customer(
    *, account: Account, tenant: Tenant, at: dt.datetime, whole: bool = False, page: int = 1
) -> Shown:
    """What the customer of this account (with its owner) is shown; ``whole``: with what is kept from them, marked, 100 of
    a kind to a page."""
    zone = ZoneInfo(tenant.time_zone)
    today = at.astimezone(zone).date()
    owner = account.owner
    promises, steps, cases = (
        list(rows[(page - 1) * MOST : page * MOST]) for rows in _kinds(account.pk, at, whole)
    )
    return Shown(
        by=tenant.name,
        account=account.name,
        contact=Contact(str(owner.user), owner.user.email) if owner and owner.is_active else None,
        promises=[_promise(row, today, zone) for row in promises],
        steps=[_step(row, today) for row in steps],
        cases=[_case(row, zone) for row in cases],
        promises_in_all=in_all(promises),
        steps_in_all=in_all(steps),
        cases_in_all=in_all(cases),
        on=today,
        page=page,
    )


def marked_for_customer(
    *, account_id: UUID, ids: Collection[UUID], at: dt.datetime
) -> tuple[dict[UUID, bool], ...]:
    """Which of these promises, steps and cases of an account its customer is shown, kind by kind; what is none is left
    out."""
    return tuple(
        {row["id"]: row["shown"] for row in rows.filter(pk__in=ids)} for rows in _kinds(account_id, at, True)
    )


def _kinds(account_id: UUID, at: dt.datetime, whole: bool) -> tuple[QuerySet[Any, dict[str, Any]], ...]:
    return _promises(account_id, at, whole), _steps(account_id, whole), _cases(account_id, whole)


def _unless_said(usual: Any) -> Coalesce:
    return Coalesce(F("shared"), usual, output_field=BooleanField())


WHO = ("owner__user__name", "owner__user__email")


def _rows(rows: QuerySet[Any], usual: Any, whole: bool, *order: Any) -> QuerySet[Any]:
    """The rows in order, each with how many there are; ``whole``: with those that are kept from the customer."""
    rows = rows.annotate(shown=_unless_said(usual)).order_by(*order, "pk")
    rows = rows if whole else rows.filter(shown=True)
    return rows.annotate(in_all=IN_ALL)


def _promises(account_id: UUID, at: dt.datetime, whole: bool) -> QuerySet[Any, dict[str, Any]]:
    moved = PromiseTerm.objects.filter(step=OuterRef("pk"), kind=PromiseTerm.Kind.RENEGOTIATED)
    found = Step.objects.filter(
        Q(done_at=None) | Q(done_at__gte=at - REMEMBERED),
        account_id=account_id, source=Step.PROMISE, deleted_at=None, title__gt="",
    )  # fmt: skip
    settled = F("done_at").desc(nulls_first=True)
    return (
        _rows(found, Value(True), whole, settled, F("due_on").asc(nulls_last=True))
        .annotate(first_due_on=Subquery(moved.order_by("recorded_at", "pk").values("due_on")[:1]))
        .values("id", "title", "due_on", "done_at", "broken", "first_due_on", "shown", "in_all", *WHO)
    )


def _steps(account_id: UUID, whole: bool) -> QuerySet[Any, dict[str, Any]]:
    found = Step.objects.filter(account_id=account_id, done_at=None, deleted_at=None, title__gt="")
    found = found.exclude(source=Step.PROMISE)
    return _rows(found, Value(False), whole, F("due_on").asc(nulls_last=True)).values(
        "id", "title", "side", "due_on", "shown", "in_all", *WHO
    )


def _cases(account_id: UUID, whole: bool) -> QuerySet[Any, dict[str, Any]]:
    asked = Case(When(kind=SupportCase.Kind.ESCALATION, then=Value(False)), default=Value(True))
    found = SupportCase.objects.filter(account_id=account_id, resolved_at=None, deleted_at=None)
    return _rows(found, asked, whole, F("opened_at").desc()).values(
        "id", "kind", "subject", "opened_at", "first_reply_at", "shown", "in_all"
    )


def _who(row: dict[str, Any]) -> str:
    return str(row["owner__user__name"] or row["owner__user__email"] or "")


def _promise(row: dict[str, Any], today: dt.date, zone: ZoneInfo) -> ShownPromise:
    done, due = row["done_at"], row["due_on"]
    settled = "broken" if row["broken"] else "kept"
    return ShownPromise(
        id=row["id"],
        title=row["title"],
        who=_who(row),
        state=settled if done else "renegotiated" if row["first_due_on"] else "open",
        due_on=due,
        first_due_on=row["first_due_on"],
        settled_on=done.astimezone(zone).date() if done else None,
        late=bool(due and not done and due < today),
        shown=row["shown"],
    )


def _step(row: dict[str, Any], today: dt.date) -> ShownStep:
    due = row["due_on"]
    theirs = row["side"] == Step.Side.THEIRS
    return ShownStep(row["id"], row["title"], _who(row), theirs, due, bool(due and due < today), row["shown"])


def _case(row: dict[str, Any], zone: ZoneInfo) -> ShownCase:
    return ShownCase(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        opened_on=row["opened_at"].astimezone(zone).date(),
        answered=row["first_reply_at"] is not None,
        shown=row["shown"],
    )
