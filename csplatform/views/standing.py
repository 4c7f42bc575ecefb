"""The people behind the heat map: both matrices of a part of the book, and who stands in a cell."""

from typing import Any

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from csplatform import reports
from csplatform.forms import StandingForm
from csplatform.selectors import standing as selectors
from csplatform.views.coverage import page_link
from csplatform.views.risk import part_filters
from csplatform.views.risk_charts import heat, heat_cells, part_words
from relationships import reports as relationships


@require_GET
def standing(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The people that the address asks for, a page of them, or all of them as a file."""
    form = StandingForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    at, actor = timezone.now(), request.actor
    part, cell = form.wanted(), form.cleaned_data["cell"]
    if form.cleaned_data["format"]:
        rows = selectors.standing_rows(actor=actor, part=part, cell=cell, at=at)
        file, media = reports.long_sheet(heads=_heads(), rows=rows)
        return FileResponse(
            file, as_attachment=True, filename=f"people-{at:%Y-%m-%d}.csv", content_type=media
        )
    members = accounts.member_names(tenant_id=actor.tenant_id)
    number = form.cleaned_data["page"] or 1
    page = selectors.standing_page(actor=actor, part=part, cell=cell, page=number, members=members, at=at)
    return render(request, "csplatform/standing.html", _context(request, page))


def _context(request: HttpRequest, page: selectors.Standing) -> dict[str, Any]:
    cells, currency = heat_cells(page.matrix, page.href), page.found.currency
    about = part_words(page.part, page.choices)
    first = (page.page - 1) * selectors.PAGE + 1 if page.rows else 0
    last = first + len(page.rows) - 1 if page.rows else 0
    return {
        "page": page,
        "currency": currency,
        "about": about,
        "cell_label": cell_words(page.cell),
        "filters": part_filters(page.part, page.choices),
        "charts": [{**heat(cells, unit, currency), "about": about} for unit in ("people", "arr")],
        "everyone": page.href("") if page.cell else "",
        "csv": page_link(request.GET, format="csv"),
        "pager": {
            "first": first,
            "last": last,
            "total": page.found.total,
            "previous": page_link(request.GET, page=page.page - 1) if page.page > 1 else "",
            "next": page_link(request.GET, page=page.page + 1) if page.found.total > last else "",
        },
    }


def cell_words(cell: str) -> str:
    """A cell of the matrix in words; empty for none."""
    if not cell:
        return ""
    strength, _sign, mood = cell.partition(":")
    names, moods = dict(relationships.STRENGTHS), dict(relationships.SENTIMENTS)
    return f"{_(names[strength])}, {_(moods[mood]).lower()}" if mood else _("Not rated")


def _heads() -> list[tuple[str, str]]:
    return [
        ("name", _("Name")),
        ("role", _("Role")),
        ("account", _("Account")),
        ("owner", _("Owner")),
        ("strength", _("Strength")),
        ("sentiment", _("Sentiment")),
        ("rated_on", _("Rated")),
        ("anew", _("Stale or due")),
        ("driver", _("Driver")),
        ("arr", _("Share of ARR")),
        ("currency", _("Currency")),
        ("band", _("Band")),
        ("renewal_on", _("Renewal")),
        ("persona_id", _("Id")),
        ("account_id", _("Account id")),
    ]
