"""After a call: one form for what it was, who was there, what changed and what comes next."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import selectors as directory
from csplatform import services
from csplatform.forms import CallForm, FindAccountForm, RatedForm
from csplatform.selectors import calls as selectors
from csplatform.selectors.account import Frame
from csplatform.selectors.links import account_href
from csplatform.views.account_forms import writable_frame
from csplatform.views.touches import touchpoint_choices
from csplatform.views.work import object_to
from csplatform.views.writing import member_choices, way_back
from health import reports as health
from relationships.services import ensure_drivers, ensure_product_areas

FIRST_ROWS = 8
WEEK = dt.timedelta(days=7)


@require_GET
def find_account(request: HttpRequest, slug: str) -> HttpResponse:
    """Whose call it was; a name that fits one account leads to its form at once."""
    form = FindAccountForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    text = form.cleaned_data["q"].strip()
    found = selectors.accounts_named(text, actor=request.actor)
    if text and len(found) == 1:
        return redirect("call", slug, found[0].pk)
    return render(request, "csplatform/find_account.html", {"q": text, "accounts": found})


@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """The form, and what it writes in one go."""
    frame, at = writable_frame(request, account_id), timezone.now()
    known = FindAccountForm(request.GET)
    if not known.is_valid():
        raise Http404
    form, rows = _forms(request, frame, known.cleaned_data["persona"], at)
    valid = request.method == "POST" and all([form.is_valid(), *(row.is_valid() for row in rows)])
    if valid and _wanted_so(request, form, rows, at):
        try:
            logged = services.log_call(
                call=_call(account_id, form, rows, request), actor=request.actor, at=at
            )
        except services.CallRefused as refusal:
            _show(refusal, form, rows)
        else:
            messages.success(request, _words(logged))
            return redirect(way_back(request, account_href(request.actor.tenant, account_id)))
    return _page(request, frame, form, rows)


def _forms(
    request: HttpRequest, frame: Frame, first: UUID | None, at: Any
) -> tuple[CallForm, list[RatedForm]]:
    found = selectors.callers(frame, first=first, actor=request.actor, at=at)
    drivers = [(driver.key, driver.label) for driver in ensure_drivers() if driver.active]
    areas = [(area.key, area.label) for area in ensure_product_areas() if area.active]
    me, soon = request.actor.membership.user.email, frame.today + WEEK
    usual = {"at": at, "owner_email": me, "step_owner": me, "promise_due": soon, "step_due": soon}
    form = CallForm(
        request.POST or None,
        initial=usual,
        members=member_choices(request.actor, frame.members),
        touchpoints=touchpoint_choices(),
        there=[(str(person.pk), person.name) for person in dict.fromkeys([*found.people, *frame.people])],
    )
    rows = [
        RatedForm(
            request.POST or None,
            person=person,
            standing=found.standing.get(person.pk),
            drivers=drivers,
            areas=areas,
            initial={"there": person.pk == first},
        )
        for person in found.people
    ]
    return form, rows


def _wanted_so(request: HttpRequest, form: CallForm, rows: list[RatedForm], at: dt.datetime) -> bool:
    """Whether everyone who was there wants to be reached like this, and whoever was not and is promised something; if not,
    the form says who does not, and asks."""
    clean, tenant = form.cleaned_data, request.actor.tenant
    if clean["anyway"]:
        return True
    there = [row.person.pk for row in rows if row.was_there]
    had = directory.had_contact(
        persona_ids=there, kind=clean["kind"], direction=clean["direction"], when=clean["at"], tenant=tenant
    )
    to = UUID(clean["promise_to"]) if clean["promise"] and clean["promise_to"] else None
    absent = to if to not in there else None
    promised = directory.planned_contact(
        persona_id=absent, title=clean["promise"], due_on=clean["promise_due"], at=at
    )
    minded = [object_to(form, contact, tenant, at) for contact in (had, promised if absent else None)]
    return not any(minded)


def _call(account_id: UUID, form: CallForm, rows: list[RatedForm], request: HttpRequest) -> services.NewCall:
    there = [row for row in rows if row.was_there]
    promise = form.agreed("promise", request.actor.membership.user.email)
    if promise is not None:
        only = str(there[0].person.pk) if len(there) == 1 else ""
        to = form.cleaned_data["promise_to"] or only
        promise["persona"] = UUID(to) if to else None
    return services.NewCall(
        account_id=account_id,
        touch={**form.touch(), "attendees": [row.attendee() for row in there]},
        ratings=[rating for row in there if (rating := row.rating())],
        promise=promise,
        step=form.agreed("step", form.cleaned_data["step_owner"]),
    )


def _show(refusal: services.CallRefused, form: CallForm, rows: list[RatedForm]) -> None:
    """Put a refusal at the field it is about."""
    if refusal.persona_id:
        row = next(row for row in rows if row.person.pk == refusal.persona_id)
        row.add_error(refusal.field if refusal.field in row.fields else None, str(refusal))
        return
    field = refusal.field if refusal.part == "touch" else refusal.part
    if refusal.field == "due_on":
        field = f"{refusal.part}_due"
    elif refusal.part == "promise" and refusal.field == "persona":
        field = "promise_to"
    form.add_error(field if field in form.fields else None, str(refusal))


def _words(logged: services.LoggedCall) -> str:
    before, after = logged.score_before, logged.score_after
    if before is None or after is None or round(after - before, 1) == 0:
        return _("Written down.")
    return _("Written down. The score moved by %(points)s to %(score)s.") % {
        "points": health.signed(after - before),
        "score": round(after),
    }


def _page(request: HttpRequest, frame: Frame, form: CallForm, rows: list[RatedForm]) -> HttpResponse:
    tenant, account = request.actor.tenant, frame.account
    wrong = bool(form.errors) or any(row.errors for row in rows)
    shown = max([FIRST_ROWS, *(place + 1 for place, row in enumerate(rows) if row.is_bound and row.errors)])
    page = {
        "form": form,
        "present": rows[:shown],
        "others": rows[shown:],
        "account": account,
        "back": way_back(request, account_href(tenant, account.pk)),
        "elsewhere": f"{reverse('find_account', args=[tenant.slug])}?{urlencode({'q': ''})}",
    }
    return render(request, "csplatform/call.html", page, status=422 if wrong else 200)
