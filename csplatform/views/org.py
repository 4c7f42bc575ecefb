"""What is written in the org chart: who stands how to whom, and who of ours stands beside them; and the chart as a file."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import services as accounts
from csplatform.forms import ChartForm, EdgeForm, PairingForm, StrengthForm
from csplatform.selectors import account as selectors
from csplatform.selectors import org
from csplatform.selectors.links import account_href
from csplatform.views import org_chart
from csplatform.views.account_forms import writable_frame
from csplatform.views.writing import member_choices, way_back
from relationships import services as relationships
from relationships.models import Edge, Pairing


@require_GET
def chart_file(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """The chart as an SVG file, in its light colours."""
    form = ChartForm(request.GET)
    if not form.is_valid():
        raise Http404
    try:
        found = selectors.account_people(account_id=account_id, actor=request.actor, at=timezone.now())
    except selectors.NoAccount as missing:
        raise Http404 from missing
    tab = org.org_tab(found, actor=request.actor, day=form.cleaned_data["on"])
    chart = org_chart.chart(tab, tenant=request.actor.tenant, account_id=account_id, alone=True)
    page = {"chart": chart, "alone": True, "title": found.frame.account.name, "day": tab.day}
    response = render(request, "relationships/_org_chart.html", page, content_type="image/svg+xml")
    response["Content-Disposition"] = f'attachment; filename="org-chart-{tab.day}.svg"'
    return response


@require_POST
def add_edge(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Say how somebody stands to somebody else there."""
    frame = writable_frame(request, account_id)
    form = EdgeForm(request.POST, people=org_chart.choices(frame.present))
    return _add(request, account_id, form, relationships.save_edges, _("Added to the chart."))


@require_POST
def add_pairing(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Put one of ours beside one of theirs."""
    frame = writable_frame(request, account_id)
    members = member_choices(request.actor, frame.members)
    form = PairingForm(request.POST, people=org_chart.choices(frame.present), members=members)
    return _add(request, account_id, form, relationships.save_pairings, _("They are paired."))


def _add(
    request: HttpRequest, account_id: UUID, form: Any, save: Callable[..., Any], done: str
) -> HttpResponse:
    back = way_back(request, account_href(request.actor.tenant, account_id, "people"))
    if not form.is_valid():
        for field, errors in form.errors.items():
            messages.error(request, f"{form.fields[field].label}: {' '.join(errors)}")
        return redirect(back)
    item = accounts.Item(form.values())
    (result,) = save(items=[item], mode=accounts.Mode.CREATE, actor=request.actor, at=timezone.now())
    _say(request, result.faults, done)
    return redirect(back)


@require_POST
def end_edge(request: HttpRequest, slug: str, account_id: UUID, edge_id: UUID) -> HttpResponse:
    """From today on it is so no more; or, sent with ``never``, it never was."""
    return _end(request, account_id, Edge, edge_id, relationships.save_edges, relationships.delete_edge)


@require_POST
def end_pairing(request: HttpRequest, slug: str, account_id: UUID, pairing_id: UUID) -> HttpResponse:
    """From today on they are paired no more; or, sent with ``never``, they never were."""
    return _end(
        request, account_id, Pairing, pairing_id, relationships.save_pairings, relationships.delete_pairing
    )


@require_POST
def weigh_edge(request: HttpRequest, slug: str, account_id: UUID, edge_id: UUID) -> HttpResponse:
    """From today on it is stronger or weaker."""
    _there(request, account_id, Edge, edge_id)
    form, back = StrengthForm(request.POST), _back(request, account_id)
    if not form.is_valid():
        raise Http404
    try:
        relationships.set_edge_strength(
            id=edge_id, strength=form.cleaned_data["strength"], actor=request.actor, at=timezone.now()
        )
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    except accounts.Refused as refusal:
        _say(request, refusal.faults, "")
    return redirect(back)


def _end(
    request: HttpRequest,
    account_id: UUID,
    model: Any,
    id: UUID,
    save: Callable[..., Any],
    delete: Callable[..., None],
) -> HttpResponse:
    frame = _there(request, account_id, model, id)
    if "never" in request.POST:
        delete(id=id, actor=request.actor, at=timezone.now())
        messages.success(request, _("Removed."))
        return redirect(_back(request, account_id))
    item = accounts.Item({"until_on": frame.today}, id=id)
    (result,) = save(items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now())
    _say(request, result.faults, _("It ended today."))
    return redirect(_back(request, account_id))


def _there(request: HttpRequest, account_id: UUID, model: Any, id: UUID) -> selectors.Frame:
    """The account's frame, if the row stands there and the member may write it."""
    frame = writable_frame(request, account_id)
    if not model.objects.filter(pk=id, persona__account_id=account_id, deleted_at=None).exists():
        raise Http404
    return frame


def _back(request: HttpRequest, account_id: UUID) -> str:
    return way_back(request, account_href(request.actor.tenant, account_id, "people"))


def _say(request: HttpRequest, faults: Any, done: str) -> None:
    for fault in faults:
        messages.error(request, fault.detail)
    if not faults and done:
        messages.success(request, done)
