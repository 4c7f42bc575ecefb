"""Where accounts stand on the path, how they came there (``left_on`` is the day the next placement began), and what is
prescribed for them.

Placements are never rewritten: those of an account that was merged are read as the other's while the two are one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, OuterRef, Q, Subquery, When
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from accounts import selectors as accounts
from accounts.models import Account, Tenant
from accounts.tenancy import TenantQuerySet
from health import selectors as health
from journeys import formulas
from journeys.models import Placement, Prescription, Stage
from relationships import selectors as relationships

DIVERGED = "person:diverged"


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
    stage = Subquery(_newest("pk", until=today, at=at).values("stage")[:1])
    found = Account.objects.filter(deleted_at=None).annotate(stage=stage).order_by()
    standing = dict(found.values("stage").annotate(n=Count("pk")).values_list("stage", "n"))
    return [(stage, standing.get(stage.pk, 0)) for stage in stages()]


@dataclass(frozen=True)
class Felt:
    """How the accounts of a stage feel about us: the mean emotion, 0..100, of those of which enough is known."""

    emotion: float
    accounts: int


def felt_in_stages(*, today: date, at: datetime) -> dict[UUID, Felt]:
    """What is felt in each stage, beside what should be; a stage where nothing is known is absent. Two queries."""
    standing = _standing(today=today, at=at)
    known: dict[UUID, list[float]] = {}
    for account_id, emotion in sorted(health.emotions(account_ids=standing.keys()).items()):
        known.setdefault(standing[account_id], []).append(emotion)
    return {stage: Felt(sum(values) / len(values), len(values)) for stage, values in known.items()}


# Whose a placement is now. (With COALESCE no index is used: under row level security PostgreSQL takes it to be leaky.)
HOME = Case(When(account__merged_into=None, then="account_id"), default="account__merged_into_id")
NEWEST = ("-entered_on", "-recorded_at", "-pk")


def _newest(account: str, *, until: Any, at: datetime) -> TenantQuerySet:
    """For a subquery: the placements of a row's account until a day, as known at ``at``, the one that counts first."""
    newest: TenantQuerySet = Placement.objects.filter(
        account__in=accounts.joined_accounts(OuterRef(OuterRef(account)), at=at),
        entered_on__lte=until,
        recorded_at__lte=at,
    ).order_by(*NEWEST)
    return newest


def _standing(*, today: date, at: datetime) -> dict[UUID, UUID]:
    """The id of the stage in which each account stands. One query."""
    stage = Subquery(_newest("pk", until=today, at=at).values("stage")[:1])
    found = Account.objects.filter(deleted_at=None).annotate(stage=stage).exclude(stage=None)
    return dict(found.values_list("pk", "stage"))


def current_stages(*, account_ids: Iterable[UUID], today: date, at: datetime) -> dict[UUID, CurrentStage]:
    """Where each of these accounts stands; one that was never placed is absent. One query."""
    placements = (
        Placement.objects.filter(
            account__in=accounts.joined_accounts(list(account_ids), at=at),
            entered_on__lte=today,
            recorded_at__lte=at,
        )
        .annotate(home=HOME)
        .select_related("stage")
    )
    return {
        placement.home: CurrentStage(placement.stage, placement.entered_on, placement.reason)
        for placement in placements.order_by("entered_on", "recorded_at", "pk")
    }


def in_stage(*, stage_id: UUID, today: date, at: datetime) -> Q:
    """A filter for accounts that stand in this stage."""
    return Q(Exact(Subquery(_newest("pk", until=today, at=at).values("stage")[:1]), stage_id))


def stood_in(*, stage_id: UUID, account: str, day: str, at: datetime) -> Q:
    """A filter for rows of any kind whose account stood in this stage on their day; both are names of columns."""
    return Q(Exact(Subquery(_newest(account, until=OuterRef(day), at=at).values("stage")[:1]), stage_id))


def in_no_stage(*, today: date, at: datetime) -> Q:
    """A filter for accounts that were never placed."""
    one_by_then = Q(account__merged_into=None) | Q(account__deleted_at__lte=at)
    placed = Placement.objects.filter(one_by_then, entered_on__lte=today, recorded_at__lte=at)
    placed = placed.annotate(home=HOME)
    return ~Q(pk__in=placed.values("home"))


def stage_position(*, today: date, at: datetime) -> Subquery:
    """The position of the stage in which each account of a query stands, to order by."""
    newest = Placement.objects.filter(
        account__in=accounts.joined_accounts(OuterRef(OuterRef(OuterRef("pk"))), at=at),
        entered_on__lte=today,
        recorded_at__lte=at,
    ).order_by(*NEWEST)
    return Subquery(Stage.objects.filter(pk=Subquery(newest.values("stage")[:1])).values("position")[:1])


def placements_of(account_id: UUID, *, at: datetime | None = None) -> Q:
    """A filter for the placements of an account, with those of accounts merged into it until ``at`` (None: by now)."""
    return Q(account__in=accounts.joined_accounts(account_id, at=at))


def placement_list(*, at: datetime | None = None) -> TenantQuerySet:
    """Every placement recorded until ``at`` (None: all), with ``home``: whose it is now, and ``left_on``: the day its next
    one began."""
    later = Q(entered_on__gt=OuterRef("entered_on")) | Q(
        Q(recorded_at__gt=OuterRef("recorded_at"))
        | Q(recorded_at=OuterRef("recorded_at"), pk__gt=OuterRef("pk")),
        entered_on=OuterRef("entered_on"),
    )
    known = Q() if at is None else Q(recorded_at__lte=at)
    following = (
        Placement.objects.filter(
            later, known, account__in=accounts.joined_accounts(OuterRef(OuterRef("home")), at=at)
        )
        .order_by("entered_on", "recorded_at", "pk")
        .values("entered_on")[:1]
    )
    found: TenantQuerySet = (
        Placement.objects.filter(known)
        .select_related("stage")
        .annotate(home=HOME)
        .annotate(left_on=Subquery(following))
    )
    return found


def stage_history(*, account_id: UUID, at: datetime) -> list[Placement]:
    """How one account moved, newest first, each placement with ``left_on``."""
    rows = placement_list(at=at).filter(placements_of(account_id, at=at))
    return list(rows.order_by(*NEWEST))


@dataclass(frozen=True)
class Prescribed:
    """What is prescribed at one account now: the cause and how it is called, and the step for it."""

    account_id: UUID
    cause: str
    words: str
    title: str
    side: str
    due_days: int
    remedies: list[str]
    persona_id: UUID | None


def default_prescriptions() -> dict[str, Prescription]:
    """Our own prescriptions by cause, in order of urgency, as unsaved rows."""
    return {
        cause: Prescription(
            cause=cause,
            title=default.title,
            due_days=default.due_days,
            remedies=default.remedies,
            position=position,
        )
        for position, (cause, default) in enumerate(formulas.DEFAULTS.items(), start=1)
    }


def prescription_list() -> TenantQuerySet:
    """The tenant's prescriptions, in order of urgency."""
    rows: TenantQuerySet = Prescription.objects.order_by("position", "cause")
    return rows


def prescribed(*, account_ids: Collection[UUID]) -> dict[UUID, Prescribed]:
    """What is prescribed at each of these accounts, from their stored scores: two statements. Absent where nothing asks
    for a step, or the account was never scored, or is no customer."""
    return {
        account_id: found[0]
        for account_id, found in prescriptions_at(account_ids=account_ids).items()
        if found
    }


def prescriptions_at(*, account_ids: Collection[UUID]) -> dict[UUID, list[Prescribed]]:
    """Everything that asks for a step at each of these accounts, the most pressing first; nothing at a prospect or at one
    that churned: its steps are meant for customers."""
    book = default_prescriptions() | {row.cause: row for row in Prescription.objects.all()}
    active = {cause for cause, row in book.items() if row.active}
    live = Account.objects.filter(pk__in=account_ids, deleted_at=None)
    served = live.exclude(status__in=(Account.Status.PROSPECT, Account.Status.CHURNED)).values("pk")
    return {
        account_id: [
            _prescribed(account_id, picked, book[picked.cause])
            for picked in formulas.pick(
                flags=score.flags, causes=score.causes, quadrant=score.quadrant, known=active
            )
        ]
        for account_id, score in health.current_scores(account_ids=served).items()
    }


def prescribed_for(
    *, persona_id: UUID, account_id: UUID, cause: str, tenant: Tenant, at: datetime
) -> Prescribed | None:
    """What is prescribed for one person of an account, if their cause holds now."""
    found = diverging(account_ids=[account_id], tenant=tenant, at=at) if cause == DIVERGED else []
    return next((one for one in found if one.persona_id == persona_id), None)


def diverging(*, account_ids: Collection[UUID], tenant: Tenant, at: datetime) -> list[Prescribed]:
    """What is prescribed for everyone at these accounts who shows another mood than is said of them. Two queries."""
    row = Prescription.objects.filter(cause=DIVERGED).first() or default_prescriptions()[DIVERGED]
    if not row.active:
        return []
    people = relationships.diverging_people(tenant=tenant, at=at, account_ids=account_ids)
    return [
        _prescribed(person.account_id, formulas.Picked(DIVERGED, str(person.id)), row) for person in people
    ]


def _prescribed(account_id: UUID, picked: formulas.Picked, row: Prescription) -> Prescribed:
    return Prescribed(
        account_id=account_id,
        cause=picked.cause,
        words=cause_label(picked.cause),
        title=row.title,
        side=row.side,
        due_days=row.due_days,
        remedies=[line.strip() for line in row.remedies.splitlines() if line.strip()],
        persona_id=UUID(picked.persona) if picked.persona else None,
    )


def cause_label(cause: str) -> str:
    """A cause as a person reads it; an unknown one by its key, nothing for none."""
    kind, _sign, key = cause.partition(":")
    if kind == "drop":
        return _("%(measure)s fell") % {"measure": health.measure_names().get(key, key)}
    if kind == "situation":
        return _("a situation that was met")
    words = {
        "flag:critical_escalation": _("Critical escalation open"),
        "flag:by_hand": _("Red flag raised by hand"),
        "flag:many_requests": _("Many requests"),
        "flag:renewal_uncovered": _("Renews soon, nobody covered"),
        "flag:buyer_left": _("Economic buyer left"),
        "flag:champion_left": _("Champion left"),
        "flag:buyer_negative": _("Economic buyer is negative"),
        "flag:unrated": _("No one who matters is rated"),
        "flag:no_personas": _("No people yet"),
        "flag:not_live": _("Not live yet"),
        "quadrant:disengaged": _("Disengaged: little use, little feeling"),
        "quadrant:captive": _("Captive: uses it, and is unhappy"),
        "quadrant:forgetful_fan": _("Forgetful fan: likes us, uses little"),
        "quadrant:unplaced": _("Unplaced: too little is known"),
        "quadrant:engaged": _("Engaged"),
        DIVERGED: _("Shows another mood than is said"),
    }
    return words.get(cause, key.replace("_", " "))
