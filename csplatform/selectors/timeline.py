"""What happened at an account: the log, ratings, answers, steps, cases, outcomes and stages in one list.

Newest first, from a position on; each source gives one page at most, so the cost does not grow with the history.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Activity, Actor, Case, Outcome, Step
from csplatform.selectors.account import Frame, account_frame
from feedback import selectors as feedback
from journeys import selectors as journeys
from relationships import selectors as relationships

PAGE = 40


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when, which kind, in words, who did it, and whose page it leads to."""

    at: dt.datetime
    id: UUID
    kind: str
    icon: str
    text: str
    actor: str = ""
    detail: str = ""
    persona: UUID | None = None


@dataclass(frozen=True)
class Timeline:
    """One page of entries, and the position from which older ones follow (empty at the end)."""

    frame: Frame
    entries: list[Entry]
    older: str


Position = tuple[dt.datetime, UUID]


def account_timeline(
    *, account_id: UUID, actor: Actor, at: dt.datetime, kind: str = "", before: Position | None = None
) -> Timeline:
    """The Timeline tab: ``kind`` one of SOURCES or all. Raises NoAccount."""
    frame = account_frame(account_id=account_id, actor=actor, at=at)
    zone = ZoneInfo(actor.tenant.time_zone)
    found = [
        entry
        for name, source in SOURCES.items()
        if not kind or kind == name
        for entry in source(frame, zone, before)
    ]
    found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    if before is not None:
        found = [entry for entry in found if (entry.at, entry.id) < before]
    shown = found[:PAGE]
    more = len(found) > PAGE
    last = shown[-1] if more else None
    older = f"{last.at.astimezone(dt.UTC).isoformat().replace('+00:00', 'Z')}~{last.id}" if last else ""
    return Timeline(frame=frame, entries=shown, older=older)


def position(text: str) -> Position | None:
    """The position that an address names; None for the beginning. Raises ValueError."""
    if not text:
        return None
    at, _sign, key = text.partition("~")
    return dt.datetime.fromisoformat(at), UUID(key)


def _page(rows: QuerySet[Any], moment: str, before: Position | None) -> list[Any]:
    """One page and one more of the rows before a position, newest first."""
    if before is not None:
        at, key = before
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "pk__lt": key}))
    return list(rows.order_by(F(moment).desc(), "-pk")[: PAGE + 1])


def _ratings(frame: Frame, zone: ZoneInfo, before: Position | None) -> list[Entry]:
    rows = relationships.rating_list().filter(
        recorded_at__lte=frame.at, persona__account_id=frame.account.pk, withdrawals=None
    )
    rows = rows.select_related("persona", "rated_by__user")
    return [
        Entry(
            at=rating.rated_at,
            id=rating.pk,
            kind="rating",
            icon="rate",
            text=_("%(name)s was rated %(said)s") % {"name": rating.persona.name, "said": _said(rating)},
            actor=str(rating.rated_by.user) if rating.rated_by else "",
            detail=rating.note,
            persona=rating.persona_id,
        )
        for rating in _page(rows, "rated_at", before)
    ]


def _said(rating: Any) -> str:
    facets = (rating.sentiment_brand, rating.sentiment_product, rating.sentiment_service)
    words = {
        "negative": _("negative"),
        "neutral": _("neutral"),
        "positive": _("positive"),
    }
    mood = next((word for key, word in words.items() if key in facets), "")
    strength = str(rating.get_strength_display()).lower() if rating.strength else ""
    return ", ".join(word for word in (strength, mood) if word)


def _responses(frame: Frame, zone: ZoneInfo, before: Position | None) -> list[Entry]:
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
        for response in _page(rows, "answered_at", before)
    ]


def _steps(frame: Frame, zone: ZoneInfo, before: Position | None) -> list[Entry]:
    rows = Step.objects.filter(account_id=frame.account.pk, deleted_at=None).select_related("owner__user")
    done = _page(rows.exclude(done_at=None), "done_at", before)
    return [
        Entry(
            at=step.done_at,
            id=step.pk,
            kind="step",
            icon="check",
            text=_("Done: %(title)s") % {"title": step.title},
            actor=str(step.owner.user) if step.owner else "",
        )
        for step in done
    ]


def _cases(frame: Frame, zone: ZoneInfo, before: Position | None) -> list[Entry]:
    rows = Case.objects.filter(account_id=frame.account.pk, deleted_at=None)
    return [
        Entry(
            at=case.opened_at,
            id=case.pk,
            kind="case",
            icon="flag" if case.severity == Case.Severity.CRITICAL else "mail",
            text=f"{case.get_kind_display()}: {case.subject}" if case.subject else case.get_kind_display(),
            detail=_("Resolved") if case.resolved_at else _("Open"),
            persona=case.persona_id,
        )
        for case in _page(rows, "opened_at", before)
    ]


def _outcomes(frame: Frame, zone: ZoneInfo, before: Position | None) -> list[Entry]:
    rows = Outcome.objects.filter(account_id=frame.account.pk, deleted_at=None).order_by(
        "-happened_on", "-pk"
    )
    if before is not None:
        rows = rows.filter(happened_on__lte=before[0].astimezone(zone).date())
    return [
        Entry(
            at=_morning(outcome.happened_on, zone),
            id=outcome.pk,
            kind="outcome",
            icon="money",
            text=str(outcome.get_kind_display()),
            detail=outcome.reason,
        )
        for outcome in rows[: PAGE + 1]
    ]


def _stages(frame: Frame, zone: ZoneInfo, before: Position | None) -> list[Entry]:
    return [
        Entry(
            at=_morning(placement.entered_on, zone),
            id=placement.pk,
            kind="stage",
            icon="journey",
            text=_("Entered %(stage)s") % {"stage": placement.stage.name},
            actor=str(placement.author.user) if placement.author else "",
            detail=placement.reason,
        )
        for placement in journeys.stage_history(account_id=frame.account.pk, at=frame.at)
    ]


def _morning(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def _activity(frame: Frame, zone: ZoneInfo, before: Position | None) -> list[Entry]:
    """What the log alone knows: what was entered and changed about the account and its people."""
    rows = Activity.objects.filter(
        account_id=frame.account.pk, object_type__in=("account", "persona", "override")
    ).select_related("actor__user")
    names = frame.names
    return [
        Entry(
            at=line.at,
            id=line.pk,
            kind="activity",
            icon="person"
            if line.object_type == "persona"
            else "lock"
            if line.object_type == "override"
            else "info",
            text=_happened(line, names.get(str(line.persona_id), "")),
            actor=str(line.actor.user) if line.actor else "",
            detail=_changed(line.data),
            persona=line.persona_id,
        )
        for line in _page(rows, "at", before)
    ]


def _happened(line: Activity, name: str) -> str:
    words = {
        "account.created": _("The account was added"),
        "account.updated": _("The account was changed"),
        "account.restored": _("The account was restored"),
        "persona.created": _("%(name)s was added"),
        "persona.updated": _("%(name)s was changed"),
        "persona.merged": _("%(name)s was merged with another entry"),
        "persona.moved": _("%(name)s moved to another account"),
        "persona.deleted": _("A person was removed"),
        "persona.erased": _("A person was erased"),
        "override.set": _("The band was set by hand"),
        "override.cleared": _("The band set by hand was taken back"),
    }
    text = words.get(line.verb, line.verb.replace(".", " "))
    if line.verb == "persona.updated" and (line.data.get("after") or {}).get("left_on"):
        text = _("%(name)s left")
    return text % {"name": name or _("A person")}


def _changed(data: dict[str, Any]) -> str:
    """The names of the fields that changed; their values stand in the activity log."""
    before, after = data.get("before"), data.get("after")
    if not before or not isinstance(after, dict):
        return ""
    return ", ".join(sorted(name.replace("_", " ") for name in after))


Source = Callable[[Frame, ZoneInfo, Position | None], list[Entry]]
SOURCES: dict[str, Source] = {
    "rating": _ratings,
    "response": _responses,
    "step": _steps,
    "case": _cases,
    "outcome": _outcomes,
    "stage": _stages,
    "activity": _activity,
}
