"""The account's page: Overview, Usage and Timeline; and the frame of every tab."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from accounts.models import LEFT_SEATS, Tenant
from csplatform import reports
from csplatform.forms import StepForm, TimelineForm
from csplatform.selectors import account as selectors
from csplatform.selectors import panels
from csplatform.selectors import timeline as timelines
from csplatform.selectors.links import account_href, persona_href, rate_href, seat_href
from csplatform.selectors.moves import ANSWERS
from csplatform.views.promised import promises_context
from csplatform.views.writing import member_choices, notes_context
from journeys import selectors as journeys


@require_GET
def overview(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """How the account is, why, and what is next."""
    return show_overview(request, account_id)


def show_overview(
    request: HttpRequest, account_id: UUID, *, form: StepForm | None = None, status: int = 200
) -> HttpResponse:
    """The Overview tab; with a step that was refused, its form says why."""
    found = _found(selectors.account_overview, request, account_id)
    frame, tenant = found.frame, request.actor.tenant
    score = frame.score.score if frame.score else None
    page = frame_context(request, frame, "overview") | {
        "waterfall": reports.waterfall_chart(
            found.parts,
            score=score,
            href=lambda persona: persona_href(tenant, persona) if persona else "",
            title=_("Why the score is what it is"),
            empty=_("Not scored yet"),
        ),
        "trend": reports.trend_chart(found.history, title=_("Health over a year"), empty=_("No history yet")),
        "change": _change(request, frame, found.moves),
        "measures": _measures(found.parts),
        "steps": [_step(step, found, tenant) for step in found.steps],
        "steps_in_all": accounts.in_all(found.steps),
        "cases_in_all": accounts.in_all(found.cases),
        "panels": panels.account_panels(found, tenant=tenant),
        "prescribed": found.prescribed,
        "touch": found.touch,
        "manager": found.manager,
        "initiatives": [_initiative(one, tenant) for one in found.initiatives],
        "initiatives_in_all": accounts.in_all(found.initiatives),
        "cases": [
            {
                "id": case.pk,
                "text": case.subject or case.get_kind_display(),
                "kind": case.get_kind_display(),
                "severity": case.get_severity_display(),
                "critical": case.severity == "critical",
                "at": case.opened_at,
            }
            for case in found.cases
        ],
        "step_form": (form or StepForm(members=member_choices(request.actor, frame.members)))
        if frame.writable
        else None,
        "responses": [_response(request, response) for response in found.responses],
        **notes_context(found.notes, members=frame.members),
        **promises_context(request, found.promised, frame),
    }
    return render(request, "csplatform/account_overview.html", page, status=status)


@require_GET
def usage(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """What they do in the product."""
    found = _found(selectors.account_usage, request, account_id)
    seen = found.usage
    page = frame_context(request, found.frame, "usage") | {
        "usage": reports.usage_chart(
            [vars(day) for day in seen.days],
            title=_("Active users by day"),
            empty=_("No usage in the last 16 weeks"),
        ),
        "features": seen.features,
        "users": [(user, found.by_email.get(user.email)) for user in seen.top_users],
        "measures": _measures(found.parts),
        "first_on": seen.first_on,
        "handed_in": any(part["value"] is not None for part in found.parts),
        "last_on": seen.last_on,
    }
    return render(request, "csplatform/account_usage.html", page)


@require_GET
def timeline(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """What happened, newest first, of one kind, at one touchpoint, or while the account stood in one stage."""
    form = TimelineForm(request.GET)
    if not form.is_valid():
        raise Http404
    clean = form.cleaned_data
    try:
        found = timelines.account_timeline(
            account_id=account_id,
            actor=request.actor,
            at=timezone.now(),
            kind=clean["kind"],
            touchpoint=clean["touchpoint"],
            stage=clean["stage"],
            before=timelines.position(clean["before"]),
        )
    except (selectors.NoAccount, ValueError) as missing:
        raise Http404 from missing
    kept = {name: str(clean[name]) for name in ("kind", "touchpoint", "stage") if clean[name]}
    page = frame_context(request, found.frame, "timeline") | _timeline(request, found, kept)
    return render(request, "csplatform/account_timeline.html", page)


def _timeline(request: HttpRequest, found: timelines.Timeline, kept: dict[str, str]) -> dict[str, Any]:
    tenant, frame = request.actor.tenant, found.frame
    here, kind = account_href(tenant, frame.account.pk, "timeline"), kept.get("kind", "")
    beside = {"stage": kept["stage"]} if "stage" in kept else {}
    offered = (
        ("touchpoint", _("Touchpoint"), found.touchpoints),
        ("stage", _("Stage then"), found.stages),
    )
    return {
        "entries": [
            entry_context(tenant, entry, frame.account.pk if frame.writable else None)
            for entry in found.entries
        ],
        "kinds": [
            {
                "label": label,
                "href": f"{here}?{urlencode({'kind': name, **beside} if name else beside)}".rstrip("?"),
                "current": name == kind,
            }
            for name, label in KINDS()
        ],
        "kind": "" if "touchpoint" in kept else kind,
        "filters": [
            {"name": name, "label": label, "value": kept.get(name, ""), "options": options}
            for name, label, options in offered
            if options
        ],
        "next": f"{here}?{urlencode({**kept, 'before': found.older})}" if found.older else "",
    }


def entry_context(tenant: Any, entry: Any, editable_at: UUID | None = None) -> dict[str, Any]:
    """An entry for _timeline.html: whom it leads to, and its own page where the reader may write the account."""
    plural = "touches" if entry.kind == "touch" else f"{entry.kind}s"
    home = f"/t/{tenant.slug}" if entry.kind == "note" else account_href(tenant, editable_at or "")
    return {
        **vars(entry),
        "href": persona_href(tenant, entry.persona) if entry.persona else "",
        "edit": f"{home}/{plural}/{entry.id}" if editable_at and entry.editable else "",
    }


def KINDS() -> list[tuple[str, str]]:  # noqa: N802 (words, made when the language is known)
    return [
        ("", _("Everything")),
        ("touch", _("Touches")),
        ("rating", _("Ratings")),
        ("moment", _("Moments")),
        ("ask", _("Asks")),
        ("response", _("Answers")),
        ("step", _("Steps done")),
        ("case", _("Cases")),
        ("outcome", _("Outcomes")),
        ("first_value", _("First value")),
        ("situation", _("Situations")),
        ("flag", _("Red flags")),
        ("stage", _("Stages")),
        ("note", _("Notes")),
        ("activity", _("Changes")),
    ]


def SOURCES() -> dict[str, str]:  # noqa: N802 (words, made when the language is known)
    return {
        "prescription": _("Prescribed"),
        "automatic": _("Prescribed, opened by itself"),
        "call": _("After a call"),
        "situation": _("Remedy"),
    }


def _found(selector: Any, request: HttpRequest, account_id: UUID) -> Any:
    """What a selector finds of an account; what it does not find is a page that does not exist."""
    try:
        return selector(account_id=account_id, actor=request.actor, at=timezone.now())
    except selectors.NoAccount as missing:
        raise Http404 from missing


def frame_context(request: HttpRequest, frame: selectors.Frame, tab: str) -> dict[str, Any]:
    """What the head of every tab shows; see csplatform/account.html."""
    account, tenant = frame.account, request.actor.tenant
    renewal = account.renewal_on
    tabs = (
        ("overview", _("Overview"), "", None),
        ("people", _("People"), "people", len(frame.present)),
        ("usage", _("Usage"), "usage", None),
        ("notes", _("Notes"), "notes", None),
        ("timeline", _("Timeline"), "timeline", None),
        ("trust", _("Trust"), "trust", None),
    )
    return {
        "account": {
            "id": account.pk,
            "name": account.name,
            "about": [
                part for part in (account.domain, account.segment, account.tier, account.region) if part
            ],
            "status": account.status,
            "status_label": account.get_status_display(),
            "arr": account.arr,
            "currency": account.currency,
            "seats": account.seats,
            "renewal_on": renewal,
            "renewal_days": (renewal - frame.today).days if renewal else None,
            "owner": str(account.owner.user) if account.owner else "",
            "team": [str(member.user) for member in frame.team],
        },
        "health": _health(frame, tenant),
        "stage": {
            "name": frame.stage.stage.name,
            "entered_on": frame.stage.entered_on,
            "days": (frame.today - frame.stage.entered_on).days,
            "think": frame.stage.stage.think,
            "feel": frame.stage.stage.feel,
            "do": frame.stage.stage.do,
        }
        if frame.stage
        else None,
        "coverage": frame.coverage,
        "tab": tab,
        "tabs": [
            {"key": key, "label": label, "href": account_href(tenant, account.pk, path), "count": count}
            for key, label, path, count in tabs
        ],
        "writable": frame.writable,
        "rate_url": rate_href(tenant, account=account.pk) if frame.writable and frame.present else "",
        "accounts_url": reverse("accounts", args=[tenant.slug]),
    }


def _health(frame: selectors.Frame, tenant: Any) -> dict[str, Any] | None:
    score = frame.score
    if score is None:
        return None
    return {
        "score": score.score,
        "evidence": score.evidence,
        "band": score.band,
        "band_computed": score.band_computed,
        "quadrant": score.quadrant,
        "flags": [
            {
                **flag,
                "seat": seat_href(tenant, frame.account.pk, LEFT_SEATS[flag["code"]])
                if flag["code"] in LEFT_SEATS
                else "",
            }
            for flag in frame.flags
        ],
        "change_7d": score.change_7d,
        "override": frame.override,
        "at": score.at,
    }


def _change(request: HttpRequest, frame: selectors.Frame, moved: list[Any] | None) -> dict[str, Any] | None:
    if moved is None or frame.score is None:
        return None
    tenant = request.actor.tenant
    return {
        "delta": frame.score.change_7d,
        "lines": [
            {
                "text": move.text,
                "points": move.points,
                "href": persona_href(tenant, move.persona) if move.persona else "",
            }
            for move in moved
        ],
    }


def _measures(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    axes = {"behavioural": _("Behaviour"), "emotional": _("Emotion")}
    return [{**part, "axis_label": axes[part["axis"]], "answered": _answered(part)} for part in parts]


def _answered(part: dict[str, Any]) -> str:
    if part["key"] not in ANSWERS or not part["answered"] or not part["answered"]["n"]:
        return ""
    answered, asked = int(part["answered"]["k"]), int(part["answered"]["n"])
    return ngettext(
        "%(answered)d of %(asked)d person answered", "%(answered)d of %(asked)d people answered", asked
    ) % {"answered": answered, "asked": asked}


def _initiative(one: Any, tenant: Any) -> dict[str, Any]:
    return {
        "id": one.pk,
        "title": one.title,
        "note": one.note,
        "state": one.state,
        "state_label": one.get_state_display(),
        "due_on": one.due_on,
        "person": one.persona.name if one.persona else "",
        "href": persona_href(tenant, one.persona_id) if one.persona else "",
        "steps_done": one.steps_done,
        "steps_in_all": one.steps_in_all,
    }


def _step(step: Any, found: selectors.Overview, tenant: Tenant) -> dict[str, Any]:
    frame = found.frame
    return {
        "id": step.pk,
        "title": step.title,
        "due_on": step.due_on,
        "late": bool(step.due_on and step.due_on < frame.today)
        and not (step.snoozed_until and step.snoozed_until > frame.today),
        "side": step.side,
        "owner": str(step.owner.user) if step.owner else "",
        "channel": step.get_channel_display(),
        "waiting_on": step.waiting_on,
        "snoozed_until": step.snoozed_until
        if step.snoozed_until and step.snoozed_until > frame.today
        else None,
        "snooze_reason": step.snooze_reason,
        "shared": step.shared,
        "source": SOURCES().get(step.source, ""),
        "cause": journeys.cause_label(step.cause) if step.cause else "",
        "initiative": step.initiative.title if step.initiative and not step.initiative.deleted_at else "",
        "cause_href": _cause_href(step, found, tenant),
    }


def _cause_href(step: Any, found: selectors.Overview, tenant: Tenant) -> str:
    """Where the flag, the fall, the quadrant, the person or the situation stands that a step answers; nothing for a flag
    that is down again."""
    kind, _sign, key = step.cause.partition(":")
    if kind == "situation":
        return account_href(tenant, step.account_id, f"situations/{key}")
    if kind == "person":
        return persona_href(tenant, step.persona_id) if step.persona_id else ""
    score = found.frame.score
    if score is None:
        return ""
    if kind == "quadrant":
        return "#quadrant"
    if kind == "flag":
        return f"#flag-{key}" if any(flag["code"] == key for flag in score.flags) else ""
    if any(move.measure == key for move in found.moves or ()):
        return "#changed"
    return f"#measure-{key}" if any(part["key"] == key for part in found.parts) else ""


def _response(request: HttpRequest, response: Any) -> dict[str, Any]:
    person = response.persona
    return {
        "kind_label": response.get_kind_display(),
        "answer": f"{response.answer:g}",
        "why": response.why,
        "person": person.name if person else "",
        "href": persona_href(request.actor.tenant, person.pk) if person else "",
        "at": response.answered_at,
    }
