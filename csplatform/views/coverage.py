"""The coverage page for leaders: which renewals hang on one person, and whose seats stand empty."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from csplatform import reports
from csplatform.forms import CoverageForm
from csplatform.forms.today import WINDOWS
from csplatform.selectors import coverage as selectors
from csplatform.selectors.book import local_day
from health import reports as health


@require_GET
def coverage(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows that the address asks for, or all of them as a file."""
    form = CoverageForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    at, actor, wanted = timezone.now(), request.actor, form.asked()
    members = accounts.member_names(tenant_id=actor.tenant_id)
    if request.GET.get("format") == "csv":
        book, _weeks = selectors.kept_coverage(wanted, local_day(actor.tenant, at), at)
        rows = [selectors.coverage_cells(row, members) for row in selectors.chosen_rows(book, wanted)]
        content, media = reports.sheet(heads=_heads(), rows=rows, kind="csv")
        response = HttpResponse(content, content_type=media)
        response["Content-Disposition"] = f'attachment; filename="coverage-{at:%Y-%m-%d}.csv"'
        return response
    page = selectors.coverage_page(actor=actor, wanted=wanted, members=members, at=at)
    return render(request, "csplatform/coverage.html", _context(request, wanted, page))


def _context(request: HttpRequest, wanted: selectors.Wanted, page: selectors.CoveragePage) -> dict[str, Any]:
    first = (page.page - 1) * selectors.PAGE + 1 if page.rows else 0
    more = page.total >= first + selectors.PAGE
    return {
        "page": page,
        "wanted": wanted,
        "currency": page.book["currency"],
        "filters": _filters(wanted, page),
        "keep": [(name, value) for name in ("show", "missing") if (value := request.GET.get(name))],
        "chips": [
            {
                "label": label,
                "count": page.counts[show],
                "href": page_link(request.GET, show=show, missing=None),
                "current": show == wanted.show and not wanted.missing,
            }
            for show, label in (
                ("hanging", _("Renew within %(days)s days, on one person") % {"days": wanted.days}),
                ("single", _("All single-threaded")),
                ("all", _("Every account")),
            )
        ],
        "missing": [
            {**row, "href": page_link(request.GET, missing=row["role"], show="all")} for row in page.missing
        ],
        "missing_label": str(selectors.ROLES[wanted.missing]) if wanted.missing else "",
        "owners": [
            {**row, "href": page_link(request.GET, owner=row["owner"] or None)} for row in page.owners
        ],
        "csv": page_link(request.GET, format="csv"),
        "pager": {
            "first": first,
            "last": first + len(page.rows) - 1 if page.rows else 0,
            "total": page.total,
            "previous": page_link(request.GET, page=page.page - 1) if page.page > 1 else "",
            "next": page_link(request.GET, page=page.page + 1) if more else "",
        },
        "trend": _trend(page),
    }


def page_link(query: QueryDict, **changes: Any) -> str:
    """The page's address with other values; the page itself begins anew."""
    kept = query.copy()
    for name in ("page", "format", *changes):
        kept.pop(name, None)
    kept.update({name: str(value) for name, value in changes.items() if value is not None})
    return f"?{kept.urlencode()}"


def _filters(wanted: selectors.Wanted, page: selectors.CoveragePage) -> list[dict[str, Any]]:
    part = wanted.part
    listed = [
        ("owner", _("Any owner"), part.owner, page.choices["owner"]),
        ("team", _("Any team member"), part.team, page.choices["team"]),
        ("segment", _("Any segment"), part.segment, page.choices["segment"]),
        ("tier", _("Any tier"), part.tier, page.choices["tier"]),
        ("days", _("Renews in 90 days"), "" if wanted.days == 90 else wanted.days,
         [(days, label) for days, label in WINDOWS if days != 90]),
    ]  # fmt: skip
    return [
        {
            "name": name,
            "label": label,
            "value": str(value or ""),
            "options": [(str(k), w) for k, w in options],
        }
        for name, label, value, options in listed
    ]


def _trend(page: selectors.CoveragePage) -> dict[str, Any]:
    """The course over the weeks, and its table."""

    def share(value: float | None) -> str:
        return "-" if value is None else f"{value:.1f}"

    lines = [
        [
            {"text": text, "href": ""}
            for text in (
                date_format(row["at"].astimezone(timezone.get_current_timezone()), "M j, Y"),
                share(row["by_arr"]),
                share(row["mean"]),
                number_format(row["single_threaded"], 0, force_grouping=True),
                number_format(row["accounts"], 0, force_grouping=True),
            )
        ]
        for row in page.weeks
    ]
    labels = (_("Night"), _("Coverage by ARR, %"), _("Mean, %"), _("Single-threaded"), _("Accounts"))
    columns = [{"label": label, "end": index > 0} for index, label in enumerate(labels)]
    return {
        "id": "coverage-weeks",
        "title": _("Coverage over time"),
        "note": _("From the nightly snapshots: as known then, at the ARR and the rates of the day."),
        "figure": health.coverage_weeks(page.weeks),
        "table": {"columns": columns, "rows": lines},
        "empty": "" if len(page.weeks) > 1 else _("The first week shows itself when it is over"),
    }


def _heads() -> list[tuple[str, str]]:
    return [
        ("account", _("Account")),
        ("owner", _("Owner")),
        ("arr", _("ARR")),
        ("renewal_on", _("Renewal")),
        ("band", _("Band")),
        ("person", _("Hangs on")),
        ("coverage", _("Coverage %")),
        ("if_top_leaves", _("If they leave %")),
        ("threads", _("Threads")),
        ("effective_threads", _("Effective threads")),
        ("top_share", _("Share of the first")),
        ("single_threaded", _("Single-threaded")),
        ("p_no_thread_at_renewal", _("Chance of no thread at renewal")),
        ("missing_roles", _("Missing roles")),
        ("id", _("Id")),
    ]
