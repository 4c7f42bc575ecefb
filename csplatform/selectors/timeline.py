"""What happened at an account: touches, ratings, moments, asks, answers, steps, cases, outcomes, situations, red
flags, stages and the log in one list.

Newest first, from a position on; each source gives one page at most, so the cost does not grow with the history.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case as Chosen
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts import selectors as accounts
from accounts.models import Account, Activity, Actor, Case, Outcome, Persona, Step
from csplatform.selectors.account import Frame, account_frame
from csplatform.selectors.entries import (
    Entry,
    ask_entry,
    changed_fields,
    first_value_entry,
    happened,
    lowered_entry,
    moment_entry,
    raised_entry,
    rating_entry,
    situation_entry,
    touch_entry,
)
from feedback import selectors as feedback
from health import selectors as health
from journeys import selectors as journeys
from relationships import selectors as relationships

PAGE = 40
EXCERPT = 280  # characters of a note
ABOUT = {"persona": "person", "override": "lock"}  # the icon of a change


@dataclass(frozen=True)
class Timeline:
    """One page of entries, and the position from which older ones follow (empty at the end). ``touchpoints`` and
    ``stages`` are what it may be narrowed to, as (key or id, words)."""

    frame: Frame
    entries: list[Entry]
    older: str
    touchpoints: list[tuple[str, str]]
    stages: list[tuple[str, str]]


Position = tuple[dt.datetime, UUID]
Window = tuple[dt.datetime, dt.datetime | None]


@dataclass(frozen=True)
class Cut:
    """Which part of the history is asked for: before a position, at a touchpoint, while the account stood in a stage
    (``windows``; None is always). ``labels``: the touchpoints by key."""

    zone: ZoneInfo
    labels: dict[str, str]
    before: Position | None = None
    touchpoint: str = ""
    windows: list[Window] | None = None

    def during(self, moment: str) -> Q:
        """The condition that a moment lies in one of the windows."""
        if self.windows is None:
            return Q()
        found = Q(pk=None)
        for since, until in self.windows:
            inside = Q(**{f"{moment}__gte": since})
            found |= inside & Q(**{f"{moment}__lt": until}) if until else inside
        return found

    def holds(self, at: dt.datetime) -> bool:
        """The same of one moment that is loaded already."""
        windows = [(None, None)] if self.windows is None else self.windows
        return any(
            (since is None or at >= since) and (until is None or at < until) for since, until in windows
        )


def account_timeline(
    *,
    account_id: UUID,
    actor: Actor,
    at: dt.datetime,
    kind: str = "",
    touchpoint: str = "",
    stage: UUID | None = None,
    before: Position | None = None,
) -> Timeline:
    """The Timeline tab: ``kind`` one of SOURCES or all; a touchpoint leaves touches alone. Raises NoAccount."""
    frame = account_frame(account_id=account_id, actor=actor, at=at)
    zone = ZoneInfo(actor.tenant.time_zone)
    labels = accounts.touchpoint_labels()
    history = journeys.stage_history(account_id=account_id, at=at)
    windows = None if stage is None else _windows(history, stage, zone)
    cut = Cut(zone=zone, labels=labels, before=before, touchpoint=touchpoint, windows=windows)
    wanted = "touch" if touchpoint else kind
    found = [
        entry
        for name, source in SOURCES.items()
        if not wanted or wanted == name
        for entry in source(frame, cut)
        if cut.holds(entry.at)
    ]
    found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    if before is not None:
        found = [entry for entry in found if (entry.at, entry.id) < before]
    return Timeline(
        frame=frame,
        entries=found[:PAGE],
        older=_older(found),
        touchpoints=list(labels.items()),
        stages=list({str(placed.stage_id): placed.stage.name for placed in history}.items()),
    )


def _older(found: list[Entry]) -> str:
    if len(found) <= PAGE:
        return ""
    last = found[PAGE - 1]
    return place_of(last.at, last.id)


def place_of(at: dt.datetime, id: UUID) -> str:
    """A position as an address names it; see ``position``."""
    return f"{at.astimezone(dt.UTC).isoformat().replace('+00:00', 'Z')}~{id}"


def _windows(history: list[Any], stage: UUID, zone: ZoneInfo) -> list[Window]:
    """The times in which an account stood in a stage."""
    return [
        (_morning(placed.entered_on, zone), _morning(placed.left_on, zone) if placed.left_on else None)
        for placed in history
        if placed.stage_id == stage
    ]


def position(text: str) -> Position | None:
    """The position that an address names; None for the beginning. Raises ValueError."""
    if not text:
        return None
    at, _sign, key = text.partition("~")
    return dt.datetime.fromisoformat(at), UUID(key)


def _page(rows: QuerySet[Any], moment: str, cut: Cut) -> list[Any]:
    """One page and one more of the rows before a position, newest first."""
    rows = rows.filter(cut.during(moment))
    if cut.before is not None:
        at, key = cut.before
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "pk__lt": key}))
    return list(rows.order_by(F(moment).desc(), "-pk")[: PAGE + 1])


def _days(rows: QuerySet[Any], day: str, cut: Cut) -> list[Any]:
    """The same of rows that have a day alone."""
    if cut.before is not None:
        rows = rows.filter(**{f"{day}__lte": cut.before[0].astimezone(cut.zone).date()})
    return list(rows.order_by(f"-{day}", "-pk")[: PAGE + 1])


def _touches(frame: Frame, cut: Cut) -> list[Entry]:
    wanted = accounts.TouchFilter(account_id=frame.account.pk, touchpoint=cut.touchpoint)
    rows = accounts.touches(wanted, at=frame.at)
    return [touch_entry(touch, cut.labels) for touch in _page(rows, "at", cut)]


def _ratings(frame: Frame, cut: Cut) -> list[Entry]:
    here = Q(persona__account_id=frame.account.pk) | Q(persona__merged_into__account_id=frame.account.pk)
    rows = relationships.rating_list().filter(here, recorded_at__lte=frame.at, withdrawals=None)
    rows = rows.select_related("persona", "rated_by__user")
    return [rating_entry(rating) for rating in _page(rows, "rated_at", cut)]


def _moments(frame: Frame, cut: Cut) -> list[Entry]:
    rows = relationships.moment_rows().filter(persona__account_id=frame.account.pk, deleted_at=None)
    return [moment_entry(row) for row in _page(rows.select_related("persona"), "happened_at", cut)]


def _asks(frame: Frame, cut: Cut) -> list[Entry]:
    rows = relationships.advocate_ask_rows().filter(persona__account_id=frame.account.pk, deleted_at=None)
    return [ask_entry(row, _morning(row.asked_on, cut.zone)) for row in _days(rows, "asked_on", cut)]


def _first_values(frame: Frame, cut: Cut) -> list[Entry]:
    rows = relationships.first_value_rows().filter(account_id=frame.account.pk, deleted_at=None)
    return [
        first_value_entry(row, _morning(row.reached_on, cut.zone))
        for row in _days(rows.exclude(reached_on=None), "reached_on", cut)
    ]


def _responses(frame: Frame, cut: Cut) -> list[Entry]:
    rows = feedback.account_responses(account_id=frame.account.pk, at=frame.at)
    return [
        Entry(
            at=response.answered_at,
            id=response.pk,
            kind="response",
            icon="note",
            text=_("%(name)s answered %(kind)s with %(answer)s")
            % {
                "name": response.persona.name if response.persona else _("Somebody"),
                "kind": response.get_kind_display(),
                "answer": f"{response.answer:g}",
            },
            detail=response.why,
            persona=response.persona_id,
        )
        for response in _page(rows, "answered_at", cut)
    ]


def _steps(frame: Frame, cut: Cut) -> list[Entry]:
    rows = Step.objects.filter(account_id=frame.account.pk, deleted_at=None).select_related("owner__user")
    done = _page(rows.exclude(done_at=None), "done_at", cut)
    return [
        Entry(
            at=step.done_at,
            id=step.pk,
            kind="step",
            icon="check",
            text=_("Done: %(title)s") % {"title": step.title},
            actor=str(step.owner.user) if step.owner else "",
            persona=step.persona_id,
            editable=True,
        )
        for step in done
    ]


def _cases(frame: Frame, cut: Cut) -> list[Entry]:
    rows = Case.objects.filter(account_id=frame.account.pk, deleted_at=None)
    return [
        Entry(
            at=case.opened_at,
            id=case.pk,
            kind="case",
            icon="flag" if case.severity == Case.Severity.CRITICAL else "mail",
            text=f"{case.get_kind_display()}: {case.subject}" if case.subject else case.get_kind_display(),
            detail=case_state(case),
            persona=case.persona_id,
            editable=True,
        )
        for case in _page(rows, "opened_at", cut)
    ]


def case_state(case: Case) -> str:
    """How a case stands: what was solved, and how it felt to them, which may differ."""
    if case.resolved_at is None:
        return _("Open, %(severity)s") % {"severity": str(case.get_severity_display()).lower()}
    solved = {None: "", True: _("solved"), False: _("not solved")}[case.solved]
    felt = {None: "", "better": _("felt better"), "same": _("felt the same"), "worse": _("felt worse")}
    return ", ".join(word for word in (_("Resolved"), solved, felt[case.felt]) if word)


def _outcomes(frame: Frame, cut: Cut) -> list[Entry]:
    rows = Outcome.objects.filter(account_id=frame.account.pk, deleted_at=None)
    return [
        Entry(
            at=_morning(outcome.happened_on, cut.zone),
            id=outcome.pk,
            kind="outcome",
            icon="money",
            text=str(outcome.get_kind_display()),
            money=(outcome.arr_before, outcome.arr_after, outcome.currency),
            detail=outcome.reason,
            editable=True,
        )
        for outcome in _days(rows, "happened_on", cut)
    ]


def _situations(frame: Frame, cut: Cut) -> list[Entry]:
    until = cut.before[0].astimezone(cut.zone).date() if cut.before is not None else None
    rows = relationships.situations(account_id=frame.account.pk, until=until, most=PAGE + 1)
    return [situation_entry(row, _morning(row.began_on, cut.zone)) for row in rows]


def _flags(frame: Frame, cut: Cut) -> list[Entry]:
    """Flags raised by hand, as they went up and as they came down."""
    rows = health.raised_flags().filter(home=frame.account.pk, recorded_at__lte=frame.at)
    down = rows.annotate(
        down_at=Coalesce("cleared_at", "expires_at"),
        by=Coalesce(
            NullIf("clearings__author__user__name", Value("")), "cleared_by", output_field=CharField()
        ),
    ).filter(down_at__lte=frame.at)
    return [
        *(raised_entry(flag) for flag in _page(rows, "recorded_at", cut)),
        *(lowered_entry(flag) for flag in _page(down, "down_at", cut)),
    ]


def _stages(frame: Frame, cut: Cut) -> list[Entry]:
    return [
        Entry(
            at=_morning(placement.entered_on, cut.zone),
            id=placement.pk,
            kind="stage",
            icon="journey",
            text=_("Entered %(stage)s") % {"stage": placement.stage.name},
            actor=str(placement.author.user) if placement.author else "",
            detail=placement.reason,
        )
        for placement in journeys.stage_history(account_id=frame.account.pk, at=frame.at)
    ]


def _notes(frame: Frame, cut: Cut) -> list[Entry]:
    rows = accounts.note_rows().prefetch_related(None).filter(account_id=frame.account.pk, deleted_at=None)
    names = frame.names
    return [
        Entry(
            at=note.created_at,
            id=note.pk,
            kind="note",
            icon="note",
            text=_("A note on %(name)s") % {"name": names.get(str(note.persona_id), frame.account.name)},
            actor=str(note.author.user) if note.author else "",
            detail=note.body if len(note.body) <= EXCERPT else f"{note.body[:EXCERPT]}…",
            persona=note.persona_id,
            editable=True,
        )
        for note in _page(rows, "created_at", cut)
    ]


def _morning(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def _activity(frame: Frame, cut: Cut) -> list[Entry]:
    """What the log alone knows: what was entered and changed about the account and its people, and of those that were
    merged into it, which are named; so is who was removed."""
    whose = Chosen(When(object_type="account", then="object_id"), default="account_id")
    other = Account.objects.filter(pk=OuterRef("whose")).exclude(pk=frame.account.pk)
    gone = Persona.objects.filter(pk=OuterRef("persona_id"), erased_at=None).exclude(deleted_at=None)
    rows = (
        Activity.objects.filter(
            account_id__in=accounts.joined_accounts(frame.account.pk),
            object_type__in=("account", "persona", "override", "share"),
        )
        .select_related("actor__user")
        .annotate(whose=whose)
        .annotate(other=Subquery(other.values("name")[:1]), gone=Subquery(gone.values("name")[:1]))
    )
    names = frame.names
    return [
        Entry(
            at=line.at,
            id=line.pk,
            kind="activity",
            icon=ABOUT.get(line.object_type, "info"),
            text=happened(line, names.get(str(line.persona_id)) or line.gone or ""),
            actor=str(line.actor.user) if line.actor else "",
            detail=changed_fields(line.data),
            persona=line.persona_id,
            tags=(Truncator(line.other).chars(60),) if line.other else (),
        )
        for line in _page(rows, "at", cut)
    ]


Source = Callable[[Frame, Cut], list[Entry]]
SOURCES: dict[str, Source] = {
    "touch": _touches,
    "rating": _ratings,
    "moment": _moments,
    "ask": _asks,
    "response": _responses,
    "step": _steps,
    "case": _cases,
    "outcome": _outcomes,
    "first_value": _first_values,
    "situation": _situations,
    "flag": _flags,
    "stage": _stages,
    "note": _notes,
    "activity": _activity,
}
