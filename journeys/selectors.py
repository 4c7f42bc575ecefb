"""Where accounts stand on the path, and how they came there. ``left_on`` is the day the next placement began."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.lookups import Exact

from accounts.tenancy import TenantQuerySet
from journeys.models import Placement, Stage


@dataclass(frozen=True)
class CurrentStage:
    """The stage an account stands in, since when, and why it was moved there."""

    stage: Stage
    entered_on: date
    reason: str


def stages() -> TenantQuerySet:
    """The path, in order."""
    path: TenantQuerySet = Stage.objects.filter(deleted_at=None).order_by("position", "pk")
    return path


def stage_list() -> TenantQuerySet:
    """Every stage, removed ones included."""
    everything: TenantQuerySet = Stage.objects.order_by("position", "pk")
    return everything


def stages_with_counts(*, today: date, at: datetime) -> list[tuple[Stage, int]]:
    """The path in order, with how many accounts stand in each stage."""
    standing = dict(
        Stage.objects.filter(deleted_at=None)
        .annotate(
            n=Count(
                "placements__account",
                filter=Q(
                    placements__pk__in=_newest(today=today, at=at), placements__account__deleted_at=None
                ),
                distinct=True,
            )
        )
        .values_list("pk", "n")
    )
    return [(stage, standing.get(stage.pk, 0)) for stage in stages()]


def _newest(*, today: date, at: datetime) -> TenantQuerySet:
    """The ids of the placements that count: per account the one entered last, as known at ``at``."""
    newest: TenantQuerySet = (
        Placement.objects.filter(entered_on__lte=today, recorded_at__lte=at)
        .order_by("account", "-entered_on", "-recorded_at", "-pk")
        .distinct("account")
        .values("pk")
    )
    return newest


def current_stages(*, account_ids: Iterable[UUID], today: date, at: datetime) -> dict[UUID, CurrentStage]:
    """Where each of these accounts stands; one that was never placed is absent. One query."""
    placements = (
        Placement.objects.filter(account_id__in=account_ids, entered_on__lte=today, recorded_at__lte=at)
        .order_by("account", "-entered_on", "-recorded_at", "-pk")
        .distinct("account")
        .select_related("stage")
    )
    return {
        placement.account_id: CurrentStage(placement.stage, placement.entered_on, placement.reason)
        for placement in placements
    }


def in_stage(*, stage_id: UUID, today: date, at: datetime) -> Q:
    """A filter for accounts that stand in this stage."""
    newest = (
        Placement.objects.filter(account=OuterRef("pk"), entered_on__lte=today, recorded_at__lte=at)
        .order_by("-entered_on", "-recorded_at", "-pk")
        .values("stage")[:1]
    )
    return Q(Exact(Subquery(newest), stage_id))


def stood_in(*, stage_id: UUID, account: str, day: str, at: datetime) -> Q:
    """A filter for rows of any kind whose account stood in this stage on their day; both are names of columns."""
    newest = (
        Placement.objects.filter(
            account=OuterRef(account), entered_on__lte=OuterRef(day), recorded_at__lte=at
        )
        .order_by("-entered_on", "-recorded_at", "-pk")
        .values("stage")[:1]
    )
    return Q(Exact(Subquery(newest), stage_id))


def in_no_stage(*, today: date, at: datetime) -> Q:
    """A filter for accounts that were never placed."""
    placed = Placement.objects.filter(account=OuterRef("pk"), entered_on__lte=today, recorded_at__lte=at)
    return Q(~Exists(placed))


def stage_position(*, today: date, at: datetime) -> Subquery:
    """The position of the stage in which each account of a query stands, to order by."""
    newest = Placement.objects.filter(account=OuterRef("pk"), entered_on__lte=today, recorded_at__lte=at)
    return Subquery(newest.order_by("-entered_on", "-recorded_at", "-pk").values("stage__position")[:1])


def placement_list(*, at: datetime | None = None) -> TenantQuerySet:
    """Every placement recorded until ``at`` (None: all), with ``left_on``: the day the account's next one began."""
    later = Q(entered_on__gt=OuterRef("entered_on")) | Q(
        Q(recorded_at__gt=OuterRef("recorded_at"))
        | Q(recorded_at=OuterRef("recorded_at"), pk__gt=OuterRef("pk")),
        entered_on=OuterRef("entered_on"),
    )
    known = Q() if at is None else Q(recorded_at__lte=at)
    following = (
        Placement.objects.filter(later, known, account=OuterRef("account"))
        .order_by("entered_on", "recorded_at", "pk")
        .values("entered_on")[:1]
    )
    found: TenantQuerySet = (
        Placement.objects.filter(known).select_related("stage").annotate(left_on=Subquery(following))
    )
    return found


def stage_history(*, account_id: UUID, at: datetime) -> list[Placement]:
    """How one account moved, newest first, each placement with ``left_on``."""
    return list(
        placement_list(at=at).filter(account_id=account_id).order_by("-entered_on", "-recorded_at", "-pk")
    )
