"""Rounds: the list with the cadences, a new one with a preview of whom it asks, and how far each is."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors as book
from accounts import services as accounts
from accounts.models import Role
from relationships import selectors, services
from relationships.forms import CadenceForm, ChangeRoundForm, RoundForm

WEEKS = dt.timedelta(days=14)
SHOWN = 100  # rounds


@require_GET
def rounds(request: HttpRequest, slug: str) -> HttpResponse:
    """Every round, those that run first, and how often each tier is asked for."""
    return _list(request)


def _list(request: HttpRequest, *, wrong: Form | None = None) -> HttpResponse:
    at, actor = timezone.now(), request.actor
    today = selectors.local_day(tenant=actor.tenant, at=at)
    found = list(selectors.round_list().filter(deleted_at=None).order_by("-opened_at", "-pk")[: SHOWN + 1])
    rows = [
        {
            "round": round,
            "state": selectors.state_of(round, today=today),
            "share": 100 * round.done // round.asked if round.asked else 100,
        }
        for round in found[:SHOWN]
    ]
    order = {"overdue": 0, "open": 1, "finished": 2}
    page = {
        "rows": sorted(rows, key=lambda row: order[str(row["state"])]),
        "older": len(found) > SHOWN,
        "running": sum(row["state"] != "finished" for row in rows),
        "cadences": selectors.cadence_rows(),
        "waiting": selectors.waiting(member_id=actor.member_id, today=today),
        "wrong": wrong,
    }
    return render(request, "relationships/rounds.html", page, status=422 if wrong else 200)


@require_POST
def cadence(request: HttpRequest, slug: str) -> HttpResponse:
    """Set how often one tier is asked for."""
    form = CadenceForm(request.POST)
    if not form.is_valid():
        return _list(request, wrong=form)
    values, at = form.cleaned_data, timezone.now()
    row = selectors.cadence_list().filter(tier=values["tier"], deleted_at=None).first()
    wanted = {"every_days": values["every_days"], "due_days": values["due_days"]}
    if not values["every_days"]:
        if row is not None:
            services.delete_cadence(id=row.pk, actor=request.actor, at=at)
        return redirect("rounds", slug)
    item = accounts.Item(
        id=row.pk if row else None, values=wanted if row else {"tier": values["tier"], **wanted}
    )
    mode = accounts.Mode.UPDATE if row else accounts.Mode.CREATE
    (saved,) = services.save_cadences(items=[item], mode=mode, actor=request.actor, at=at)
    if saved.faults:
        _show(form, saved)
        return _list(request, wrong=form)
    messages.success(request, _("Saved."))
    return redirect("rounds", slug)


@require_http_methods(["GET", "POST"])
def new_round(request: HttpRequest, slug: str) -> HttpResponse:
    """A new round; ``preview`` shows whom it would ask, and opens nothing."""
    services.require_leader(actor=request.actor)
    at, actor = timezone.now(), request.actor
    segments, tiers = selectors.words_in_use()
    able = [
        one for one in book.members(tenant_id=actor.tenant_id) if one.is_active and one.role != Role.VIEWER
    ]
    members = [(one.user.email, str(one)) for one in able]
    today = selectors.local_day(tenant=actor.tenant, at=at)
    form = RoundForm(
        request.POST or None,
        segments=[(word, word) for word in segments],
        tiers=[(word, word) for word in tiers],
        members=members,
        initial={"due_on": today + WEEKS, "second_share": 0},
    )
    preview = None
    if request.method == "POST" and form.is_valid():
        (saved,), preview = _open(request, form.values(), at)
        if "preview" not in request.POST and not saved.faults:
            messages.success(request, _("The round is open, and everyone in it knows."))
            return redirect("round", slug, saved.id)
        _show(form, saved)
    page = {"form": form, "preview": preview, "names": {one.pk: str(one) for one in able}}
    return render(request, "relationships/new_round.html", page, status=422 if form.errors else 200)


def _open(request: HttpRequest, values: dict[str, Any], at: dt.datetime) -> tuple[list[Any], Any]:
    """What becomes of the round; where only a preview is asked for, whom it would ask."""
    item = accounts.Item(values=values)
    if "preview" not in request.POST:
        return services.save_rounds(items=[item], mode=accounts.Mode.CREATE, actor=request.actor, at=at), None
    return services.plan_round(item=item, actor=request.actor, at=at)


def _show(form: Form, saved: Any) -> None:
    """Put the faults of a round beside the fields that they are about."""
    for fault in saved.faults:
        name = fault.pointer.strip("/").replace("scope/owner_email", "owner").split("/")[0]
        form.add_error(name if name in form.fields else None, fault.detail)


@require_GET
def round_page(request: HttpRequest, slug: str, round_id: UUID) -> HttpResponse:
    """How far a round is, by rater, and who is left."""
    found = selectors.round_page(round_id=round_id, actor=request.actor)
    if found is None:
        raise Http404
    today = selectors.local_day(tenant=request.actor.tenant, at=timezone.now())
    names = book.member_names(tenant_id=request.actor.tenant_id)
    page = {
        "page": found,
        "state": selectors.state_of(found.round, today=today),
        "late": (today - found.round.due_on).days,
        "scope": _scope_words(found.round.scope, names),
    }
    return render(request, "relationships/round.html", page)


def _scope_words(scope: dict[str, Any], names: dict[str, str]) -> list[str]:
    """For whom a round is, in words; nothing for everyone."""
    said = []
    if scope.get("segment"):
        said.append(_("segment %(words)s") % {"words": ", ".join(scope["segment"])})
    if scope.get("tier"):
        said.append(_("tier %(words)s") % {"words": ", ".join(scope["tier"])})
    if scope.get("besides_tiers"):
        said.append(_("not tier %(words)s") % {"words": ", ".join(scope["besides_tiers"])})
    if scope.get("owner"):
        owners = ", ".join(names.get(owner, _("somebody")) for owner in scope["owner"])
        said.append(_("accounts of %(words)s") % {"words": owners})
    if scope.get("renews_within"):
        said.append(_("renews within %(days)s days") % {"days": scope["renews_within"]})
    if scope.get("rated_within"):
        said.append(_("not rated in %(days)s days") % {"days": scope["rated_within"]})
    return said


@require_http_methods(["GET", "POST"])
def change_round(request: HttpRequest, slug: str, round_id: UUID) -> HttpResponse:
    """Another name or another day for a round that is open."""
    services.require_leader(actor=request.actor)
    round = selectors.round_list().filter(pk=round_id, deleted_at=None).first()
    if round is None:
        raise Http404
    if round.closed_at is not None:
        messages.error(request, _("The round is closed."))
        return redirect("round", slug, round_id)
    form = ChangeRoundForm(request.POST or None, initial={"name": round.name, "due_on": round.due_on})
    if request.method == "POST" and form.is_valid():
        (saved,) = services.save_rounds(
            items=[accounts.Item(id=round_id, values=form.cleaned_data)],
            mode=accounts.Mode.UPDATE,
            actor=request.actor,
            at=timezone.now(),
        )
        if not saved.faults:
            messages.success(request, _("Saved."))
            return redirect("round", slug, round_id)
        _show(form, saved)
    page = {"form": form, "round": round}
    return render(request, "relationships/change_round.html", page, status=422 if form.errors else 200)


@require_POST
def close_round(request: HttpRequest, slug: str, round_id: UUID) -> HttpResponse:
    """End a round."""
    try:
        services.close_round(id=round_id, actor=request.actor, at=timezone.now())
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("The round is closed: nobody is asked any more."))
    return redirect("round", slug, round_id)
