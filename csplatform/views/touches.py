"""Touches in the browser: all of them by touchpoint and stage, and one on a form with who was there."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors as accounts_selectors
from accounts import services as accounts
from accounts.models import Touch
from csplatform.forms import TouchesForm, TouchForm, present_forms
from csplatform.selectors import timeline as timelines
from csplatform.selectors import touches as selectors
from csplatform.selectors.links import account_href
from csplatform.views.account_forms import saved, writable_frame
from csplatform.views.work import object_to, remove
from csplatform.views.writing import member_choices, way_back


@require_GET
def touches(request: HttpRequest, slug: str) -> HttpResponse:
    """Every touch, and how each touchpoint fares."""
    form = TouchesForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    clean = form.cleaned_data
    wanted = accounts_selectors.TouchFilter(
        kind=clean["kind"], touchpoint=clean["touchpoint"], mode=clean["mode"], owner_id=clean["owner"]
    )
    try:
        before = timelines.position(clean["before"])
    except ValueError as wrong:
        raise Http404 from wrong
    page = selectors.touches_page(
        actor=request.actor, wanted=wanted, stage=clean["stage"], before=before, at=timezone.now()
    )
    return render(request, "csplatform/touches.html", _page(request, page, clean))


def _page(request: HttpRequest, page: selectors.TouchesPage, clean: dict[str, Any]) -> dict[str, Any]:
    kept = {name: str(value) for name, value in clean.items() if value and name != "before"}
    older = "?" + urlencode({**kept, "before": page.older}) if page.older else ""
    touchpoints = [(use.touchpoint.key, use.touchpoint.label) for use in page.uses]
    counted = sum(use.touches for use in page.uses)
    offered = (
        ("touchpoint", _("Touchpoint"), touchpoints),
        ("kind", _("Kind"), Touch.Kind.choices),
        ("mode", _("Mode"), Touch.Mode.choices),
        ("stage", _("Stage then"), page.stages),
        ("owner", _("Who of ours"), page.owners),
    )
    tenant = request.actor.tenant
    return {
        "entries": [
            {**vars(entry), "href": account_href(tenant, entry.account, "timeline")} for entry in page.entries
        ],
        "next": older,
        "filters": [
            {"name": name, "label": label, "value": kept.get(name, ""), "options": options}
            for name, label, options in offered
        ],
        "clear_url": reverse("touches", args=[tenant.slug]) if kept else "",
        "uses": [use for use in page.uses if use.touches or use.touchpoint.active],
        "counted": counted,
        "proactive": sum(use.proactive for use in page.uses) / counted if counted else None,
    }


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, account_id: UUID, touch_id: UUID) -> HttpResponse:
    """Change one touch, or look at it."""
    frame = writable_frame(request, account_id)
    touch = _touch(account_id, touch_id)
    said = {
        one.persona_id: {name: getattr(one, name) for name in ("thought", "feeling", "behaviour")}
        for one in touch.attendees.all()
    }
    people = selectors.who_may_be_there(frame.people, said, frame.today)
    form = TouchForm(
        request.POST or None,
        initial=_initial(touch),
        members=member_choices(request.actor, frame.members),
        touchpoints=touchpoint_choices(touch.touchpoint),
    )
    present = present_forms(request.POST or None, people, said)
    valid = request.method == "POST" and all([form.is_valid(), *(row.is_valid() for row in present)])
    if valid and _wanted_so(request, form, present, touch):
        listed = {person.pk for person in people}  # who was merged, removed or moved since is not, and stays
        others = [{"persona": id, **words} for id, words in said.items() if id not in listed]
        there = [row.attendee() for row in present if row.was_there]
        values = form.values() | {"attendees": [*there, *others]}
        written = saved(
            form,
            lambda: accounts.save_touches(
                items=[accounts.Item(id=touch_id, values=values)], mode=accounts.Mode.UPDATE,
                actor=request.actor, at=timezone.now(),
            ),
        )  # fmt: skip
        if written:
            messages.success(request, _("The touch is saved."))
            return redirect(way_back(request, account_href(request.actor.tenant, account_id, "timeline")))
    return _form_page(request, frame, form, present, touch)


def _wanted_so(request: HttpRequest, form: Any, present: list[Any], touch: Touch) -> bool:
    """Whether everyone who was there wants to be reached like this; asked only when that is what changes."""
    clean, tenant = form.cleaned_data, request.actor.tenant
    moved = set(form.changed_data) & {"kind", "at", "direction"} or any(
        "there" in row.changed_data for row in present
    )
    if clean["anyway"] or not moved:
        return True
    had = accounts_selectors.had_contact(
        persona_ids=[row.person.pk for row in present if row.was_there],
        kind=clean["kind"], direction=clean["direction"], when=clean["at"], tenant=tenant, id=touch.pk,
    )  # fmt: skip
    return not object_to(form, had, tenant, timezone.now())


def _form_page(request: HttpRequest, frame: Any, form: Any, present: list[Any], touch: Touch) -> HttpResponse:
    tenant, account = request.actor.tenant, frame.account
    wrong = bool(form.errors) or any(row.errors for row in present)
    page = {
        "form": form,
        "present": present,
        "account": account,
        "back": way_back(request, account_href(tenant, account.pk, "timeline")),
        "danger": reverse("delete_touch", args=[tenant.slug, account.pk, touch.pk]),
        "crumbs": [
            (reverse("accounts", args=[tenant.slug]), _("Accounts")),
            (account_href(tenant, account.pk), account.name),
        ],
    }
    return render(request, "csplatform/touch.html", page, status=422 if wrong else 200)


@require_POST
def delete(request: HttpRequest, slug: str, account_id: UUID, touch_id: UUID) -> HttpResponse:
    """Take one touch away; the log keeps that it was there."""
    writable_frame(request, account_id)
    _touch(account_id, touch_id)
    remove(accounts.delete_touch, touch_id, request)
    messages.success(request, _("Removed."))
    return redirect("account_timeline", slug, account_id)


def touchpoint_choices(standing: str = "") -> list[tuple[str, str]]:
    """The touchpoints in use, and the one that stands already."""
    return [
        (one.key, one.label) for one in accounts.ensure_touchpoints() if one.active or one.key == standing
    ]


def _touch(account_id: UUID, touch_id: UUID) -> Touch:
    try:
        return selectors.touch_of(account_id, touch_id)
    except selectors.NoTouch as missing:
        raise Http404 from missing


def _initial(touch: Touch) -> dict[str, Any]:
    found = {name: getattr(touch, name) for name in ("kind", "touchpoint", "mode", "direction", "summary")}
    return found | {
        "id": touch.pk,
        "at": touch.at.replace(second=0, microsecond=0),
        "owner_email": touch.owner.user.email if touch.owner else "",
    }
