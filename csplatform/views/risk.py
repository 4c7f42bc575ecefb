"""The risk dashboard for leaders."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from csplatform.forms import RiskForm
from csplatform.forms.today import WINDOWS
from csplatform.selectors import risk as selectors
from csplatform.selectors.book import BookFilter, local_day
from csplatform.views import risk_charts
from health import selectors as health


@require_GET
def risk(request: HttpRequest, slug: str) -> HttpResponse:
    """Money at risk, who stands where, what moved and why; the address says of which part of the book."""
    form = RiskForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    at, actor, wanted = timezone.now(), request.actor, form.wanted()
    views = accounts.views_menu(
        page="risk",
        here=reverse("risk", args=[slug]),
        query=request.GET.urlencode(),
        everything=_("The whole book"),
        actor=actor,
    )
    if views.opening:
        return redirect(views.opening)
    members, version = accounts.member_names(tenant_id=actor.tenant_id), health.book_version(at=at)
    zone, day = timezone.get_current_timezone_name(), local_day(actor.tenant, at)
    parts = health.kept(
        "risk",
        version=version,
        vary=(wanted, sorted(members.items()), get_language(), zone, day),
        make=lambda: _parts(
            selectors.risk_page(actor=actor, wanted=wanted, members=members, version=version, at=at)
        ),
    )
    return render(request, "csplatform/risk.html", {**parts, "views": views})


def _parts(page: selectors.Risk) -> dict[str, Any]:
    """What the page's frame needs, and its content, which is the same for everyone of the tenant."""
    portfolio = page.portfolio
    role = dict(page.choices["role"]).get(page.wanted.role, "")
    content = {"page": page, "role": role, "links": _links(page), **risk_charts.charts(page)}
    return {
        "at_risk_arr": portfolio["at_risk_arr"],
        "totals": portfolio["totals"],
        "currency": page.currency,
        "filters": render_to_string(
            "csplatform/_risk_filters.html", {"filters": part_filters(page.wanted, page.choices)}
        ),
        "content": render_to_string("csplatform/_risk.html", content),
    }


def part_filters(wanted: BookFilter, choices: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The selects that narrow a page to a part of the book."""
    return [
        _filter("owner", _("Any owner"), wanted.owner, choices["owner"]),
        _filter("team", _("Any team member"), wanted.team, choices["team"]),
        _filter("segment", _("Any segment"), wanted.segment, choices["segment"]),
        _filter("tier", _("Any tier"), wanted.tier, choices["tier"]),
        _filter("renews", _("Any renewal"), wanted.renews, WINDOWS),
        _filter("role", _("Any role"), wanted.role, choices["role"]),
    ]


def _filter(name: str, label: str, value: Any, options: Any) -> dict[str, Any]:
    listed = [(str(key), words) for key, words in options]
    return {"name": name, "label": label, "value": str(value or ""), "options": listed}


def _coverage_href(page: selectors.Risk) -> str:
    """The coverage page of the same part of the book."""
    wanted = page.wanted
    part = {"owner": wanted.owner, "team": wanted.team, "segment": wanted.segment, "tier": wanted.tier}
    query = urlencode({name: value for name, value in part.items() if value})
    return f"/t/{page.tenant.slug}/risk/coverage" + (f"?{query}" if query else "")


def _links(page: selectors.Risk) -> dict[str, str]:
    """Where the tiles lead: to the rows they count."""
    return {
        "all": page.rows_href(),
        "at_risk": page.rows_href(band="at_risk"),
        "single_threaded": page.rows_href(single_threaded=True),
        "without_step": page.rows_href(band="at_risk", no_step=True),
        "coverage": _coverage_href(page),
        "managers": f"/t/{page.tenant.slug}/risk/accounts",
        "idle": f"/t/{page.tenant.slug}/without-step?whose=all&band=at_risk",
        "unowned": f"/t/{page.tenant.slug}/unowned",
    }
