"""Situations in the browser: the library of what worked, and one situation of an account on a form."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts.models import Step
from csplatform.forms import LibraryForm, MakeStepForm, NewSituationForm, SituationForm
from csplatform.selectors.links import account_href, persona_href
from csplatform.views.account_forms import about_whom, looked_at, saved, writable_frame
from csplatform.views.asking import ask_first, made_as_wanted, tell_step
from csplatform.views.work import remove
from csplatform.views.writing import member_choices, way_back
from relationships import selectors, services
from relationships.models import Situation

SHOWN, FIRST = 50, 12  # of what was narrowed, and of everything


@require_GET
def library(request: HttpRequest, slug: str) -> HttpResponse:
    """Every type of situation with what helped in it, and what was met."""
    form = LibraryForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    services.ensure_library()
    clean, tenant = form.cleaned_data, request.actor.tenant
    found = selectors.library(type_key=clean["type"])
    shown = SHOWN if form.wanted() else FIRST
    rows = selectors.situations(most=shown, **form.wanted())
    chosen = [one for one in found if clean["type"]]
    page = {
        "types": found,
        "chosen": chosen[0].type if chosen else None,
        "narrowed": bool(form.wanted()),
        "situations": [situation_context(tenant, row) for row in rows],
        "here": request.get_full_path(),
        "enough": selectors.ENOUGH,
        "shown": shown,
    }
    return render(request, "csplatform/situations.html", page)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """One more situation: first its type, then what is behind it and what is tried."""
    frame = writable_frame(request, account_id)
    asked = NewSituationForm(request.GET)
    if not asked.is_valid():
        raise Http404
    services.ensure_library()
    clean = asked.cleaned_data
    chosen = selectors.library(type_key=clean["type"]) if clean["type"] else []
    if not chosen:
        return _choose(request, frame, clean["persona"])
    first = {
        "persona": str(clean["persona"] or ""), "reason": clean["reason"], "began_on": frame.today,
        "owner_email": request.actor.membership.user.email,
    }  # fmt: skip
    form = _form(request, frame, chosen[0], first)
    if request.method == "POST" and form.is_valid():
        item = accounts.Item(values=form.values() | {"account": account_id, "type": clean["type"]})
        written = _save(request, form, item, accounts.Mode.CREATE)
        if written:
            return redirect(way_back(request, account_href(request.actor.tenant, account_id, "trust")))
    return _page(request, frame, form, chosen[0])


@require_http_methods(["GET", "POST"])
def situation(request: HttpRequest, slug: str, account_id: UUID, situation_id: UUID) -> HttpResponse:
    """One situation: what was tried, and how it came out."""
    frame = looked_at(request, account_id)
    row = _situation(account_id, situation_id)
    (chosen,) = selectors.library(type_key=row.type.key)
    form = _form(request, frame, chosen, _initial(row))
    if request.method == "POST" and form.is_valid():
        item = accounts.Item(id=situation_id, values=form.values() | {"account": account_id})
        if _save(request, form, item, accounts.Mode.UPDATE):
            return redirect(way_back(request, account_href(request.actor.tenant, account_id, "trust")))
    return _page(request, frame, form, chosen, row)


@require_POST
def make_step(request: HttpRequest, slug: str, account_id: UUID, situation_id: UUID) -> HttpResponse:
    """Make a step of the remedy."""
    writable_frame(request, account_id)
    row = _situation(account_id, situation_id)
    form = MakeStepForm(request.POST)
    if not form.is_valid():
        raise Http404
    if step := _unwanted_step(request, form, row.pk):
        return ask_first(request, account_id, form, step)
    return redirect(way_back(request, account_href(request.actor.tenant, account_id)))


@require_POST
def delete(request: HttpRequest, slug: str, account_id: UUID, situation_id: UUID) -> HttpResponse:
    """Take away a situation that was written down by mistake; the log keeps that it was there."""
    writable_frame(request, account_id)
    _situation(account_id, situation_id)
    remove(services.delete_situation, situation_id, request)
    messages.success(request, _("Removed."))
    return redirect(way_back(request, account_href(request.actor.tenant, account_id, "trust")))


def situation_context(tenant: Any, row: Situation) -> dict[str, Any]:
    """A situation for _situation.html."""
    home = row.account.merged_into_id or row.account_id
    args = [tenant.slug, home, row.pk]
    return {
        "id": row.pk,
        "type": row.type.label,
        "reason": row.reason.label if row.reason else "",
        "remedy": row.remedy.label if row.remedy else "",
        "result": row.result or "",
        "result_label": str(row.get_result_display()) if row.result else _("Under way"),
        "began_on": row.began_on,
        "ended_on": row.ended_on,
        "what": row.what,
        "learned": row.learned,
        "owner": str(row.owner.user) if row.owner else "",
        "who": row.persona.name if row.persona else "",
        "who_href": persona_href(tenant, row.persona_id) if row.persona_id else "",
        "account": row.account.name,
        "account_href": account_href(tenant, home),
        "href": reverse("situation", args=args),
        "step_href": reverse("situation_step", args=args),
    }


def situations_context(
    request: HttpRequest,
    rows: list[Situation],
    *,
    account_id: UUID,
    writable: bool,
    here: str,
    persona: str = "",
) -> dict[str, Any]:
    """What _situations.html shows, and where one more is written."""
    tenant = request.actor.tenant
    query = urlencode({"next": here, **({"persona": persona} if persona else {})})
    new = f"{reverse('new_situation', args=[tenant.slug, account_id])}?{query}"
    return {
        "situations": [situation_context(tenant, row) for row in rows],
        "situation_new": new if writable else "",
        "here": here,
    }


def _situation(account_id: UUID, situation_id: UUID) -> Situation:
    found = selectors.situations(account_id=account_id, pk=situation_id, most=1)
    if not found:
        raise Http404
    return found[0]


def _initial(row: Situation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "persona": str(row.persona_id or ""),
        "reason": row.reason.key if row.reason else "",
        "remedy": row.remedy.key if row.remedy else "",
        "owner_email": row.owner.user.email if row.owner else "",
        "result": row.result or "",
        **{name: getattr(row, name) for name in ("began_on", "what", "ended_on", "learned")},
    }


def _form(request: HttpRequest, frame: Any, type: Any, initial: dict[str, Any]) -> SituationForm:
    return SituationForm(
        request.POST or None,
        initial=initial,
        type=type,
        people=about_whom(frame, initial),
        members=member_choices(request.actor, frame.members),
    )


def _save(request: HttpRequest, form: SituationForm, item: accounts.Item, mode: accounts.Mode) -> bool:
    """Whether it was written, with a step if one was asked for; what speaks against it goes to the form."""
    at = timezone.now()
    with transaction.atomic():
        written = saved(
            form, lambda: services.save_situations(items=[item], mode=mode, actor=request.actor, at=at)
        )
        if written and form.cleaned_data["make_step"] and _unwanted_step(request, form, written):
            transaction.set_rollback(True)
            return False
    if written is None:
        return False
    messages.success(request, _("The situation is saved."))
    return True


def _unwanted_step(request: HttpRequest, form: SituationForm | MakeStepForm, id: UUID) -> Step | None:
    """Make a step of the remedy; the one that was not made where its person would say something against it."""
    at = timezone.now()
    make = partial(services.make_step, id=id, actor=request.actor, at=at)
    try:
        step, created, against = made_as_wanted(request, form, make, at)
    except services.NoRemedy as refusal:
        messages.error(request, refusal.faults[0].detail)
        return None
    if against:
        return step
    tell_step(request, step, created=created)
    return None


def _crumbs(request: HttpRequest, frame: Any) -> list[tuple[str, str]]:
    tenant = request.actor.tenant
    return [
        (reverse("accounts", args=[tenant.slug]), _("Accounts")),
        (account_href(tenant, frame.account.pk), frame.account.name),
    ]


def _choose(request: HttpRequest, frame: Any, persona: UUID | None) -> HttpResponse:
    """Of which type it is: each with how often it was met and what helped most."""
    tenant = request.actor.tenant
    kept = {"persona": str(persona)} if persona else {}
    back = way_back(request, account_href(tenant, frame.account.pk, "trust"))
    address = reverse("new_situation", args=[tenant.slug, frame.account.pk])
    page = {
        "types": [
            (one, f"{address}?{urlencode({'type': one.type.key, **kept, 'next': back})}")
            for one in selectors.library()
            if one.type.active
        ],
        "back": back,
        "crumbs": _crumbs(request, frame),
    }
    return render(request, "csplatform/new_situation.html", page)


def _page(
    request: HttpRequest, frame: Any, form: SituationForm, type: Any, row: Situation | None = None
) -> HttpResponse:
    tenant, account_id = request.actor.tenant, frame.account.pk
    again = {"type": type.type.key, "reason": row.reason.key if row and row.reason else ""}
    if row and row.persona_id:
        again["persona"] = str(row.persona_id)
    page = {
        "form": form,
        "type": type,
        "enough": selectors.ENOUGH,
        "row": row,
        "writable": frame.writable,
        "back": way_back(request, account_href(tenant, account_id, "trust")),
        "danger": reverse("delete_situation", args=[tenant.slug, account_id, row.pk]) if row else "",
        "again": f"{reverse('new_situation', args=[tenant.slug, account_id])}?{urlencode(again)}"
        if frame.writable and row and row.result and row.result != Situation.Result.SOLVED
        else "",
        "library": f"{reverse('situations', args=[tenant.slug])}?type={type.type.key}",
        "crumbs": _crumbs(request, frame),
    }
    return render(request, "csplatform/situation.html", page, status=422 if form.errors else 200)
