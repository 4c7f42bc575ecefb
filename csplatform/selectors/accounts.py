"""The book as a table: accounts filtered, sorted, summed and paged in a constant number of statements.

Every number on a dashboard drills to this list, so the names of the filters are a promise; see ``Wanted``.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower

from accounts import selectors as accounts
from accounts.models import TELLING_FLAGS, Account, AccountTeam, Actor, Step
from accounts.scope import reader
from csplatform.selectors.acting import Acting, acting
from health import selectors as health
from journeys import selectors as journeys

PAGE = 50
LIVE = (Account.Status.ACTIVE, Account.Status.TRIAL)
BANDS = ("at_risk", "watch", "healthy", "unknown")

# What a table may be sorted by: the query parameter's name and the path to order by.
SORTS = {
    "name": "name",
    "score": "scores__score",
    "change": "scores__change_7d",
    "sure": "scores__evidence",
    "band": "scores__band",
    "quadrant": "scores__quadrant",
    "arr": "worth",
    "renewal": "renewal_on",
    "stage": "stage_position",
    "owner": "owner__user__name",
    "segment": "segment",
    "tier": "tier",
    "region": "region",
    "status": "status",
    "coverage": "cover",
    "seats": "seats",
}


@dataclass(frozen=True)
class Wanted:
    """The query parameters of the Accounts page, by the same names. Empty is no filter.

    ``q`` beginnings of words of name, domain or external id; ``status`` empty for live accounts (active and trial),
    ``all``, or one status; ``band`` the band shown; ``owner`` a membership's id, ``me`` or ``none``; ``team`` the id of a
    member of the team; ``segment``, ``tier``, ``region`` the exact word; ``stage`` a stage's id or ``none``;
    ``flag`` a flag's code; ``quadrant``; ``renews_before`` a day: renewal before it, as the portfolio has it;
    ``single_threaded``; ``cell`` = ``strength:sentiment`` or ``unrated``: somebody who counts is in this cell of the matrix;
    ``no_step`` without an open step; ``sort`` one of SORTS, with ``-`` in front for the reverse; ``page`` from 1.
    """

    q: str = ""
    status: str = ""
    band: str = ""
    owner: str = ""
    team: UUID | None = None
    segment: str = ""
    tier: str = ""
    region: str = ""
    stage: str = ""
    flag: str = ""
    quadrant: str = ""
    renews_before: dt.date | None = None
    single_threaded: bool = False
    cell: str = ""
    no_step: bool = False
    sort: str = "name"
    page: int = 1


@dataclass(frozen=True)
class AccountRow:
    """One line of the table. ``evidence`` 0..1, ``coverage`` 0..100; None where nothing can be said."""

    id: UUID
    name: str
    external_id: str
    domain: str
    status: str
    status_label: str
    segment: str
    tier: str
    region: str
    band: str
    override: bool
    score: float | None
    change: float | None
    evidence: float | None
    quadrant: str
    arr: Decimal | None
    currency: str
    seats: int | None
    renewal_on: dt.date | None
    renewal_days: int | None
    stage: str
    owner: str
    coverage: float | None
    flags: list[dict[str, Any]]
    acting: Acting


@dataclass(frozen=True)
class Totals:
    """How many accounts, what they are worth a year in the tenant's currency, and how many have no rate for that."""

    accounts: int
    arr: Decimal
    without_rate: int


@dataclass(frozen=True)
class Choices:
    """What the filters offer: members, and the words and stages in use, as (value, label)."""

    members: list[tuple[str, str]]
    segments: list[tuple[str, str]]
    tiers: list[tuple[str, str]]
    regions: list[tuple[str, str]]
    stages: list[tuple[str, str]]


@dataclass(frozen=True)
class AccountsPage:
    """One page of the list, what all of it sums to, and how many there are in each band if the band is let go."""

    rows: list[AccountRow]
    first: int
    page: int
    pages: int
    totals: Totals
    bands: dict[str, int]
    choices: Choices
    today: dt.date


def accounts_page(*, wanted: Wanted, actor: Actor, at: dt.datetime) -> AccountsPage:
    """The list as this member asked for it, 50 rows a page; a page too far is the last."""
    today = at.astimezone(ZoneInfo(actor.tenant.time_zone)).date()
    rates = _rates(actor, at)
    chosen = _chosen(wanted, actor=actor, today=today, at=at)
    totals, bands = _totals(chosen, wanted.band, rates)
    pages = max(1, -(-totals.accounts // PAGE))
    page = min(max(wanted.page, 1), pages)
    rows = _rows(
        _ordered(chosen.filter(_band(wanted.band)), wanted.sort, rates=rates, today=today, at=at)[
            (page - 1) * PAGE : page * PAGE
        ],
        today=today,
        at=at,
    )
    return AccountsPage(
        rows=rows,
        first=(page - 1) * PAGE + 1 if rows else 0,
        page=page,
        pages=pages,
        totals=totals,
        bands=bands,
        choices=_choices(actor),
        today=today,
    )


def accounts_rows(*, wanted: Wanted, actor: Actor, at: dt.datetime, limit: int) -> list[AccountRow]:
    """Up to ``limit`` rows of the list, whatever the page: what an export holds."""
    today = at.astimezone(ZoneInfo(actor.tenant.time_zone)).date()
    chosen = _chosen(wanted, actor=actor, today=today, at=at).filter(_band(wanted.band))
    ordered = _ordered(chosen, wanted.sort, rates=_rates(actor, at), today=today, at=at)
    return _rows(ordered[:limit], today=today, at=at)


def accounts_ids(*, wanted: Wanted, actor: Actor, at: dt.datetime, limit: int) -> list[UUID]:
    """Up to ``limit`` ids of the whole list, in one order: what is done to all of it is done to these."""
    today = at.astimezone(ZoneInfo(actor.tenant.time_zone)).date()
    chosen = _chosen(wanted, actor=actor, today=today, at=at).filter(_band(wanted.band))
    return list(chosen.order_by("pk").values_list("pk", flat=True)[:limit])


def _rates(actor: Actor, at: dt.datetime) -> dict[str, Decimal]:
    """The tenant's currency per unit of each currency that has a rate."""
    known = {currency: Decimal(str(rate)) for currency, rate, _since in accounts.exchange_rates(at=at)}
    return {**known, actor.tenant.currency: Decimal(1)}


def _chosen(wanted: Wanted, *, actor: Actor, today: dt.date, at: dt.datetime) -> QuerySet[Account]:
    """The accounts that every filter but the band lets through."""
    found = Account.objects.filter(_status(wanted.status), deleted_at=None)
    for word in ("segment", "tier", "region"):
        if value := getattr(wanted, word):
            found = found.filter(**{word: value})
    if wanted.q:
        found = found.filter(pk__in=accounts.accounts_with_words(wanted.q))
    if wanted.owner:
        mine = {"none": None, "me": actor.member_id}
        found = found.filter(owner_id=mine[wanted.owner] if wanted.owner in mine else UUID(wanted.owner))
    if wanted.team:
        found = found.filter(Exists(_on_team(wanted.team)))
    if wanted.renews_before:
        found = found.filter(renewal_on__lt=wanted.renews_before)
    if wanted.no_step:
        open_steps = Step.objects.filter(account=OuterRef("pk"), done_at=None, deleted_at=None)
        found = found.filter(~Exists(open_steps))
    if wanted.stage:
        found = found.filter(_placed(wanted.stage, today, at))
    return found.filter(_scored(wanted))


def _placed(stage: str, today: dt.date, at: dt.datetime) -> Q:
    if stage == "none":
        return journeys.in_no_stage(today=today, at=at)
    return journeys.in_stage(stage_id=UUID(stage), today=today, at=at)


def _status(status: str) -> Q:
    if status == "all":
        return Q()
    return Q(status=status) if status else Q(status__in=LIVE)


def _on_team(member_id: UUID) -> QuerySet[Any]:
    return AccountTeam.objects.filter(account=OuterRef("pk"), membership_id=member_id)


def _scored(wanted: Wanted) -> Q:
    """The filters on the stored score, in one condition so that they share one join."""
    found = Q()
    if wanted.quadrant == "unplaced":
        found &= Q(scores__quadrant="unplaced") | Q(scores__isnull=True)
    elif wanted.quadrant:
        found &= Q(scores__quadrant=wanted.quadrant)
    if wanted.flag:
        found &= Q(scores__flags__contains=[{"code": wanted.flag}]) & _open(wanted.flag in TELLING_FLAGS)
    if wanted.single_threaded:
        found &= Q(scores__single_threaded=True) & _open(True)
    if wanted.cell:
        found &= _cell(wanted.cell) & _open(True)
    return found


def _open(telling: bool) -> Q:
    """Where a filter tells what was said of a person, without accounts of which the reader shall not know it yet."""
    veiled = reader().accounts
    return ~Q(pk__in=veiled) if telling and veiled else Q()


def _coverage() -> Case | Cast:
    """How much of each account's relationships is covered, 0..100, where the reader may know it."""
    stored = Cast(KeyTextTransform("coverage", "scores__coverage"), FloatField())
    veiled = reader().accounts
    return Case(When(pk__in=veiled, then=Value(None)), default=stored) if veiled else stored


def _cell(cell: str) -> Q:
    """Accounts with somebody in a cell; whom nobody rated, or only half, stands in the cell of the unrated."""
    if cell == "unrated":
        return Q(scores__people_cell__contains=[0]) | Q(scores__people_cell=[])
    strength, _, sentiment = cell.partition(":")
    return Q(scores__people_cell__contains=[health.matrix_cell(strength, sentiment)])


def _band(band: str) -> Q:
    """An account without a score yet is as unknown as one whose evidence is thin."""
    if band == "unknown":
        return Q(scores__band="unknown") | Q(scores__isnull=True)
    return Q(scores__band=band) if band else Q()


def _totals(chosen: QuerySet[Account], band: str, rates: dict[str, Decimal]) -> tuple[Totals, dict[str, int]]:
    """Sums of the list, and its size in every band, in one statement."""
    groups = (
        chosen.order_by()
        .values("scores__band", "currency")
        .annotate(n=Count("pk"), priced=Count("arr"), sum=Sum("arr"))
    )
    bands, accounts_, arr, without_rate = dict.fromkeys(BANDS, 0), 0, Decimal(0), 0
    for group in groups:
        here = group["scores__band"] or "unknown"
        bands[here] += group["n"]
        if band and band != here:
            continue
        accounts_ += group["n"]
        if (rate := rates.get(group["currency"])) is None:
            without_rate += group["priced"]
        else:
            arr += (group["sum"] or Decimal(0)) * rate
    return Totals(accounts_, arr, without_rate), bands


def _ordered(
    found: QuerySet[Account], sort: str, *, rates: dict[str, Decimal], today: dt.date, at: dt.datetime
) -> QuerySet[Account]:
    """In the order asked for, names deciding between equals; what has no value comes last either way."""
    key, backwards = sort.removeprefix("-"), sort.startswith("-")
    made: dict[str, Any] = {}
    if key == "arr":
        money = DecimalField(max_digits=24, decimal_places=8)
        cases = [When(currency=name, then=F("arr") * rate) for name, rate in rates.items()]
        made["worth"] = Case(*cases, output_field=money)
    elif key == "coverage":
        made["cover"] = _coverage()
    elif key == "stage":
        made["stage_position"] = journeys.stage_position(today=today, at=at)
    path = Lower("name") if key == "name" else F(SORTS[key])
    order = path.desc(nulls_last=True) if backwards else path.asc(nulls_last=True)
    return found.annotate(**made).order_by(order, Lower("name"), "pk")


SHOWN = (
    "pk", "name", "external_id", "domain", "status", "segment", "tier", "region", "arr", "currency", "seats",
    "renewal_on", "owner__user__name", "owner__user__email", "scores__band", "scores__override",
    "scores__score", "scores__change_7d", "scores__evidence", "scores__quadrant", "scores__flags", "coverage",
)  # fmt: skip


def _rows(found: QuerySet[Account], *, today: dt.date, at: dt.datetime) -> list[AccountRow]:
    values = list(found.annotate(coverage=_coverage()).values(*SHOWN))
    ids = [row["pk"] for row in values]
    stages = journeys.current_stages(account_ids=ids, today=today, at=at)
    doing = acting(account_ids=ids, today=today, at=at, prescribe=False)
    labels = dict(Account.Status.choices)
    return [
        AccountRow(
            id=row["pk"],
            name=row["name"],
            external_id=row["external_id"] or "",
            domain=row["domain"],
            status=row["status"],
            status_label=str(labels[row["status"]]),
            segment=row["segment"],
            tier=row["tier"],
            region=row["region"],
            band=row["scores__band"] or "unknown",
            override=row["scores__override"] is not None,
            score=row["scores__score"],
            change=row["scores__change_7d"],
            evidence=row["scores__evidence"],
            quadrant=row["scores__quadrant"] or "unplaced",
            arr=row["arr"],
            currency=row["currency"],
            seats=row["seats"],
            renewal_on=row["renewal_on"],
            renewal_days=(row["renewal_on"] - today).days if row["renewal_on"] else None,
            stage=stages[row["pk"]].stage.name if row["pk"] in stages else "",
            owner=row["owner__user__name"] or row["owner__user__email"] or "",
            coverage=row["coverage"],
            flags=health.veiled_flags(row["pk"], row["scores__flags"] or []),
            acting=doing[row["pk"]],
        )
        for row in values
    ]


def _choices(actor: Actor) -> Choices:
    members = accounts.members(tenant_id=actor.tenant_id)
    words = (
        Account.objects.filter(deleted_at=None).order_by().values_list("segment", "tier", "region").distinct()
    )
    segments, tiers, regions = ({word for word in column if word} for column in _columns(words))
    return Choices(
        members=[(str(member.pk), str(member.user)) for member in members if member.is_active],
        segments=[(word, word) for word in sorted(segments)],
        tiers=[(word, word) for word in sorted(tiers)],
        regions=[(word, word) for word in sorted(regions)],
        stages=[(str(stage.pk), stage.name) for stage in journeys.stages()],
    )


def _columns(words: Collection[Sequence[str]]) -> list[Sequence[str]]:
    return [list(column) for column in zip(*words, strict=True)] or [[], [], []]
