"""The People tab of an account: the org chart, who stands how to whom, the matrix, the coverage, and everyone in a table."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from csplatform import reports
from csplatform.forms import ChartForm, EdgeForm, PairingForm
from csplatform.selectors import account as selectors
from csplatform.selectors import org
from csplatform.selectors.links import persona_href, seat_href
from csplatform.views import org_chart
from csplatform.views.account import frame_context
from csplatform.views.writing import member_choices
from relationships import reports as relationships
from relationships.models import Edge


@require_GET
def people(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Who they are, who reports to whom on a day, and what is said of them."""
    form = ChartForm(request.GET)
    if not form.is_valid():
        raise Http404
    try:
        found = selectors.account_people(account_id=account_id, actor=request.actor, at=timezone.now())
    except selectors.NoAccount as missing:
        raise Http404 from missing
    tab = org.org_tab(found, actor=request.actor, day=form.cleaned_data["on"])
    page = frame_context(request, found.frame, "people") | _people(request, found) | _org(request, found, tab)
    page["contact"] = None if tab.past else tab.contact
    return render(request, "csplatform/account_people.html", page)


def _people(request: HttpRequest, found: selectors.PeopleTab) -> dict[str, Any]:
    tenant, frame = request.actor.tenant, found.frame
    rows = [_person(request, person, found) for person in frame.people]
    return {
        "people": sorted(
            rows, key=lambda row: (row["left_on"] is not None, not row["tracked"], -row["influence"])
        ),
        "matrix": relationships.matrix([{**row, "people": 1} for row in rows if row["counts"]]),
        "seats": [
            {
                "label": str(selectors.ROLES[role]),
                "state": state,
                "href": seat_href(tenant, frame.account.pk, role),
            }
            for role, state in found.seats
        ],
        "asked": {
            "roles": [str(selectors.ROLES[role]) for role in found.template.roles],
            "tier": frame.account.tier,
            "since": found.template.since,
        },
        "apart": [_disagreement(row) for row in found.apart],
        "history": reports.coverage_chart(found.history, title=_("Coverage over a year")),
        "at_renewal": found.at_renewal,
        "left": found.left,
        "leavers": [{**row, "href": persona_href(tenant, row["persona"])} for row in found.if_leaves],
    }


def _org(request: HttpRequest, found: selectors.PeopleTab, tab: org.OrgTab) -> dict[str, Any]:
    """The chart and what is written in it."""
    tenant, frame = request.actor.tenant, found.frame
    args = [tenant.slug, frame.account.pk]
    names = {person.pk: person.name for person in frame.people}
    rule = org_chart.checks(tab, tenant=tenant, account_id=frame.account.pk, writable=frame.writable)
    day = f"?on={tab.day}" if tab.past else ""
    present = org_chart.choices(frame.present)
    return {
        "org": {
            "chart": org_chart.chart(
                tab, tenant=tenant, account_id=frame.account.pk, writable=frame.writable
            ),
            "day": tab.day,
            "today": tab.today,
            "past": tab.past,
            "before": tab.before,
            "after": tab.after,
            "checks": rule,
            "known": sum(check["state"] != "empty" for check in rule),
            "asked": len(rule),
            "changes": [
                {
                    "on": change.on,
                    "kind": change.kind,
                    "name": change.persona.name,
                    "href": persona_href(tenant, change.persona.pk),
                }
                for change in tab.changes
            ],
            "twin": org_chart.twin(tab, tenant, frame.account.pk, writable=frame.writable),
            "address": reverse("account_people", args=args),
            "file": reverse("org_chart_file", args=args) + day,
        },
        "legend": Edge.Kind.choices,
        "edges": org_chart.edge_rows(tab.edges, names, tenant),
        "ended": org_chart.edge_rows(tab.ended, names, tenant),
        "edge_form": EdgeForm(people=present) if frame.writable else None,
        "pairs": org_chart.pair_rows(tab, tenant),
        "pairing_form": PairingForm(people=present, members=member_choices(request.actor, frame.members))
        if frame.writable
        else None,
        "account_id": frame.account.pk,
        "here": reverse("account_people", args=args) + day,
    }


def _person(request: HttpRequest, person: Any, found: selectors.PeopleTab) -> dict[str, Any]:
    rated, gone = found.rated.get(person.pk), selectors.has_left(person, found.frame.today)
    return {
        "id": person.pk,
        "href": persona_href(request.actor.tenant, person.pk),
        "name": person.name,
        "title": person.title,
        "role_label": person.get_role_display(),
        "influence": int(person.influence or found.influence[person.role]),
        "strength": rated.strength if rated else None,
        "sentiment": rated.overall if rated else None,
        "rated": rated,
        "rated_by": rated.rater if rated else "",
        "inherited": bool(rated and rated.inherited),
        "contribution": found.points.get(str(person.pk)),
        "tracked": person.tracked,
        "counts": person.tracked and not gone,
        "left_on": person.left_on if gone else None,
    }


def _disagreement(row: Any) -> str:
    facets = {
        "strength": _("the relationship"),
        "brand": _("the brand"),
        "product": _("the product"),
        "service": _("the service"),
    }
    return _("%(name)s on %(facet)s: %(low_rater)s says %(low)s, %(high_rater)s says %(high)s") % {
        "name": row.name,
        "facet": facets[row.facet],
        "low_rater": row.low_rater,
        "low": row.low.replace("_", " "),
        "high_rater": row.high_rater,
        "high": row.high.replace("_", " "),
    }
