"""Initiatives, steps, cases, outcomes, moments and asks in the browser: added, changed and removed, each on a form of its
own under its account.

Every view asks the frame whether this member may write before it shows a form; the service asks again.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors as directory
from accounts import services as accounts
from accounts.models import Case, Initiative, Outcome, Step, Tenant
from csplatform.forms import (
    AskForm,
    CaseForm,
    FirstValueForm,
    InitiativeForm,
    MomentForm,
    OutcomeForm,
    StepForm,
    WholeStepForm,
)
from csplatform.selectors import account as selectors
from csplatform.selectors.initiatives import initiative_choices
from csplatform.selectors.links import account_href
from csplatform.views.account import show_overview
from csplatform.views.account_forms import about_whom, form_page, looked_at, saved, writable_frame
from csplatform.views.writing import member_choices, way_back
from relationships import services as relationships
from relationships.models import AdvocateAsk, FirstValue, Moment


@dataclass(frozen=True)
class Work:
    """What differs between the kinds: ``fields`` are shown as they are, ``tab`` is where its list stands."""

    model: Any
    form: Any
    save: Callable[..., list[accounts.Saved]]
    delete: Callable[..., None]
    add: Any
    edit: Any
    done: Any
    tab: str
    fields: tuple[str, ...]


KINDS = {
    "step": Work(
        Step, WholeStepForm, accounts.save_steps, accounts.delete_step, gettext_lazy("Add a step"),
        gettext_lazy("Edit step"), gettext_lazy("The step is saved."), "",
        ("title", "side", "due_on", "channel", "waiting_on", "snoozed_until", "snooze_reason", "shared"),
    ),
    "initiative": Work(
        Initiative, InitiativeForm, accounts.save_initiatives, accounts.delete_initiative,
        gettext_lazy("Add an initiative"), gettext_lazy("Edit initiative"), gettext_lazy("The initiative is saved."), "",
        ("title", "state", "due_on", "note"),
    ),
    "case": Work(
        Case, CaseForm, accounts.save_cases, accounts.delete_case, gettext_lazy("Add a case"),
        gettext_lazy("Edit case"), gettext_lazy("The case is saved."), "timeline",
        ("kind", "severity", "subject", "opened_at", "first_reply_at", "resolved_at", "felt", "url"),
    ),
    "outcome": Work(
        Outcome, OutcomeForm, accounts.save_outcomes, accounts.delete_outcome, gettext_lazy("Add an outcome"),
        gettext_lazy("Edit outcome"), gettext_lazy("The outcome is saved."), "timeline",
        ("kind", "happened_on", "arr_before", "arr_after", "reason"),
    ),
    "moment": Work(
        Moment, MomentForm, relationships.save_moments, relationships.delete_moment, gettext_lazy("Add a moment"),
        gettext_lazy("Edit moment"), gettext_lazy("The moment is saved."), "timeline",
        ("what", "valence", "intensity", "happened_at"),
    ),
    "ask": Work(
        AdvocateAsk, AskForm, relationships.save_advocate_asks, relationships.delete_advocate_ask,
        gettext_lazy("Ask an advocate"), gettext_lazy("Edit ask"), gettext_lazy("The ask is saved."), "people",
        ("kind", "what", "asked_on", "answer", "answered_on", "done_on", "despite"),
    ),
    "first_value": Work(
        FirstValue, FirstValueForm, relationships.save_first_values, relationships.delete_first_value,
        gettext_lazy("First value"), gettext_lazy("First value"), gettext_lazy("First value is saved."), "trust",
        ("what", "due_on", "reached_on", "evidence"),
    ),
}  # fmt: skip


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str, account_id: UUID, kind: str) -> HttpResponse:
    """One more."""
    frame, work, at = writable_frame(request, account_id), KINDS[kind], timezone.now()
    first = {"opened_at": at, "happened_at": at, "happened_on": frame.today, "arr_before": frame.account.arr}
    first |= (
        {"asked_on": frame.today, "owner_email": request.actor.membership.user.email} if kind == "ask" else {}
    )
    form = _form(request, frame, work, {**first, "persona": request.GET.get("persona", "")})
    if request.method == "POST" and form.is_valid() and _wanted_so(request, form, at):
        item = accounts.Item(values=_values(form, at) | {"account": account_id})
        if _save(request, form, work, item, accounts.Mode.CREATE, at):
            return _back(request, account_id, work)
    back = way_back(request, account_href(request.actor.tenant, account_id, work.tab))
    return form_page(request, frame, form, title=str(work.add), action=_("Save"), tab=work.tab, back=back)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, account_id: UUID, kind: str, id: UUID) -> HttpResponse:
    """Change one, or look at it."""
    frame, work, at = looked_at(request, account_id), KINDS[kind], timezone.now()
    row = _row(work, account_id, id)
    form = _form(request, frame, work, _initial(row, work))
    if request.method == "POST" and form.is_valid() and _wanted_so(request, form, at):
        item = accounts.Item(id=id, values=_values(form, at))
        if _save(request, form, work, item, accounts.Mode.UPDATE, at):
            return _back(request, account_id, work)
    return form_page(
        request,
        frame,
        form,
        title=str(work.edit) if frame.writable else capfirst(str(work.model._meta.verbose_name)),
        action=_("Save"),
        tab=work.tab,
        back=way_back(request, account_href(request.actor.tenant, account_id, work.tab)),
        danger=reverse(f"delete_{kind}", args=[slug, account_id, id]),
    )


@require_POST
def delete(request: HttpRequest, slug: str, account_id: UUID, kind: str, id: UUID) -> HttpResponse:
    """Take one away; the log keeps that it was there."""
    writable_frame(request, account_id)
    work = KINDS[kind]
    _row(work, account_id, id)
    remove(work.delete, id, request)
    messages.success(request, _("Removed."))
    return _back(request, account_id, work)


def remove(delete: Callable[..., None], id: UUID, request: HttpRequest) -> None:
    """Take a thing away; whoever comes second finds nothing there."""
    try:
        delete(id=id, actor=request.actor, at=timezone.now())
    except ObjectDoesNotExist as gone:
        raise Http404 from gone


@require_POST
def add_step(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Something to do, from the Overview."""
    frame = writable_frame(request, account_id)
    form = StepForm(request.POST, members=member_choices(request.actor, frame.members))
    if form.is_valid():
        item = accounts.Item(values=form.values() | {"account": account_id})
        if _save(request, form, KINDS["step"], item, accounts.Mode.CREATE, timezone.now()):
            return redirect("account", slug, account_id)
    return show_overview(request, account_id, form=form, status=422)


@require_POST
def finish_step(request: HttpRequest, slug: str, account_id: UUID, step_id: UUID) -> HttpResponse:
    """A step is done."""
    writable_frame(request, account_id)
    at, work = timezone.now(), KINDS["step"]
    _row(work, account_id, step_id)
    item = accounts.Item(id=step_id, values={"done_at": at})
    accounts.only(accounts.save_steps(items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=at))
    messages.success(request, _("Done. What is next?"))
    return _back(request, account_id, work)


def _row(work: Work, account_id: UUID, id: UUID) -> Any:
    here = Q(account_id=account_id)
    if work.model in (Moment, AdvocateAsk):  # they go with their person
        here |= Q(persona__account_id=account_id)
    row = work.model.objects.filter(here, pk=id, deleted_at=None).first()
    if row is None:
        raise Http404
    return row


def _form(request: HttpRequest, frame: selectors.Frame, work: Work, initial: dict[str, Any]) -> Any:
    return work.form(
        request.POST or None,
        initial={name: _to_minute(value) for name, value in initial.items()},
        people=about_whom(frame, initial),
        members=member_choices(request.actor, frame.members),
        initiatives=initiative_choices(frame.account.pk, initial.get("initiative", ""))
        if work.model is Step
        else (),
    )


def _to_minute(value: Any) -> Any:
    """A moment as its field holds it, so that what nobody touched does not count as changed."""
    return value.replace(second=0, microsecond=0) if isinstance(value, dt.datetime) else value


def _initial(row: Any, work: Work) -> dict[str, Any]:
    """What a form shows of a row."""
    found = {"id": row.pk, **{name: getattr(row, name) for name in work.fields}}
    if work.model is not Outcome:
        found["persona"] = str(row.persona_id or "")
    if work.model in (Step, AdvocateAsk):
        found["owner_email"] = row.owner.user.email if row.owner else ""
    if work.model is Step:
        found["done"] = row.done_at is not None
        found["initiative"] = str(row.initiative_id or "")
    if work.model is Case:
        found["solved"] = {None: "", True: "yes", False: "no"}[row.solved]
    return found


def _wanted_so(request: HttpRequest, form: Any, at: dt.datetime) -> bool:
    """Whether a planned step is as the person it is about wants it; if not, its form says why, and asks."""
    planned = isinstance(form, WholeStepForm) and not form.cleaned_data["done"]
    return not planned or wanted_so(request, form, at)


def wanted_so(request: HttpRequest, form: Any, at: dt.datetime) -> bool:
    """The same of a form that plans something: with whom, what and when."""
    clean = form.cleaned_data
    if clean["anyway"] or not clean["persona"]:
        return True
    planned = directory.planned_contact(
        persona_id=UUID(clean["persona"]), title=clean["title"], due_on=clean["due_on"], at=at,
        channel=clean.get("channel", ""),
    )  # fmt: skip
    return not object_to(form, planned, request.actor.tenant, at)


def object_to(form: Any, contact: directory.Contact | None, tenant: Tenant, at: dt.datetime) -> bool:
    """Whether the people of a contact would say something against it; what, stands at the form's field ``anyway``."""
    against = directory.objections(contact, tenant=tenant, at=at)
    for one in against:
        form.add_error("anyway", one.words)
    return bool(against)


def _values(form: Any, at: dt.datetime) -> dict[str, Any]:
    """The values of a form as the service takes them: a tick for done is this moment."""
    found: dict[str, Any] = form.values()
    found.pop("anyway", None)
    if "done" in found:
        found["done_at"] = at if found.pop("done") else None
    return found


def _save(
    request: HttpRequest, form: Any, work: Work, item: accounts.Item, mode: accounts.Mode, at: dt.datetime
) -> bool:
    """Whether it was written; what speaks against it goes to the form."""
    written = saved(form, lambda: work.save(items=[item], mode=mode, actor=request.actor, at=at))
    if written:
        messages.success(request, str(work.done))
    return written is not None


def _back(request: HttpRequest, account_id: UUID, work: Work) -> HttpResponse:
    return redirect(way_back(request, account_href(request.actor.tenant, account_id, work.tab)))
