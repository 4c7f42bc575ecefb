"""The promise ledger: what we promised to whom, how each stands, and how often we keep our word.

A promise is kept when it was done by the last day that was agreed, late when it was done after it, broken when we said
so, overdue while it is open past its day. Kept is the share of kept among these four: a promise that is neither done
nor talked about counts against us from its day on, and one that was renegotiated in time does not.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from accounts.models import PromiseTerm, Step, Tenant

STANDINGS = ("open", "overdue", "kept", "late", "broken")


@dataclass(frozen=True)
class KeptRate:
    """How promises stand: the number of each, and ``renegotiated``, how many of them had their date moved.

    ``slipped`` are those that were not, or will not be, kept on a day that was agreed, and ``foretold`` how many of them
    we spoke of by that day each time: moved it to a later one, or said that it will not be.
    """

    kept: int = 0
    late: int = 0
    broken: int = 0
    overdue: int = 0
    open: int = 0
    renegotiated: int = 0
    slipped: int = 0
    foretold: int = 0

    @property
    def n(self) -> int:
        """The promises whose day has come or that are settled."""
        return self.kept + self.late + self.broken + self.overdue

    @property
    def rate(self) -> float | None:
        """The share of them that was kept, 0..1; None without any."""
        return self.kept / self.n if self.n else None


def promise_rows() -> QuerySet[Step]:
    """Promises, tombstones included, with owner and what was said of them since, oldest first."""
    terms = PromiseTerm.objects.select_related("author__user").order_by("recorded_at", "pk")
    rows = Step.objects.filter(source=Step.PROMISE).select_related("owner__user")
    return rows.prefetch_related(Prefetch("terms", queryset=terms))


def promises(*, tenant: Tenant, today: dt.date) -> QuerySet[Step]:
    """Promises that were not removed, each with ``standing`` (one of STANDINGS) as of today at the tenant."""
    return _standing(promise_rows().filter(deleted_at=None), tenant, today)


def _standing(rows: QuerySet[Step], tenant: Tenant, today: dt.date) -> QuerySet[Step]:
    done_on = TruncDate("done_at", tzinfo=ZoneInfo(tenant.time_zone))
    return rows.alias(done_on=done_on).annotate(
        standing=Case(
            When(broken=True, then=Value("broken")),
            When(done_at=None, due_on__lt=today, then=Value("overdue")),
            When(done_at=None, then=Value("open")),
            When(done_on__gt=F("due_on"), then=Value("late")),
            default=Value("kept"),
            output_field=CharField(),
        )
    )


def kept_rates(
    *,
    by: str,
    tenant: Tenant,
    today: dt.date,
    account_ids: Iterable[UUID] | None = None,
    owner: UUID | None = None,
    since: dt.date | None = None,
) -> dict[UUID | None, KeptRate]:
    """How promises stand by ``owner`` (the member, None for nobody's) or by ``account``, in one statement; of these
    accounts, of one member (``owner``), and of those due since a day, if that is said."""
    rows = Step.objects.filter(source=Step.PROMISE, deleted_at=None, account__deleted_at=None)
    if owner is not None:
        rows = rows.filter(owner_id=owner)
    if account_ids is not None:
        rows = rows.filter(account_id__in=list(account_ids))
    if since is not None:
        rows = rows.filter(Q(due_on=None) | Q(due_on__gte=since))
    moved = PromiseTerm.objects.filter(step=OuterRef("pk"), kind=PromiseTerm.Kind.RENEGOTIATED)
    later = Q(kind=PromiseTerm.Kind.BROKEN) | Q(moved_to=None) | Q(moved_to__gt=F("due_on"))
    said = PromiseTerm.objects.filter(later, step=OuterRef("pk"), due_on__isnull=False)
    said = said.alias(said_on=TruncDate("recorded_at", tzinfo=ZoneInfo(tenant.time_zone)))
    silent = Q(standing__in=("overdue", "late"))
    key = {"owner": "owner_id", "account": "account_id"}[by]
    counted = (
        _standing(rows, tenant, today)
        .annotate(
            moved=Exists(moved), said=Exists(said), said_late=Exists(said.filter(said_on__gt=F("due_on")))
        )
        .order_by()
        .values(key)
        .annotate(
            **{f"n_{one}": Count("pk", filter=Q(standing=one)) for one in STANDINGS},
            n_moved=Count("pk", filter=Q(moved=True)),
            n_slipped=Count("pk", filter=Q(said=True) | silent),
            n_foretold=Count("pk", filter=Q(said=True, said_late=False) & ~silent),
        )
    )
    return {
        row[key]: KeptRate(
            **{one: row[f"n_{one}"] for one in STANDINGS},
            renegotiated=row["n_moved"],
            slipped=row["n_slipped"],
            foretold=row["n_foretold"],
        )
        for row in counted
    }
