"""Where a rater's word and what happened lie far apart: for the CSM their own people, for the leader the book."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from csplatform.forms.today import TodayForm
from csplatform.selectors.book import local_day
from csplatform.selectors.links import account_href, persona_href, rate_href
from relationships import selectors as relationships

MOST = 200


@require_GET
def differences(request: HttpRequest, slug: str) -> HttpResponse:
    """People of whom touches and usage say something else than who rated them, with the reason in words."""
    form = TodayForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    actor, at = request.actor, timezone.now()
    whose = form.cleaned_data["whose"] or ("mine" if actor.role == Role.CSM else "all")
    found = relationships.divergences(
        at=at,
        today=local_day(actor.tenant, at),
        member=actor.member_id if whose == "mine" else None,
        most=MOST,
    )
    levels = {one.person.strength for one in found.rows} | {one.inferred.level for one in found.rows}
    # Four levels in hundreds of rows: each is written once.
    felt = {level: render_to_string("components/_strength.html", {"strength": level}) for level in levels}
    rows = [
        {
            "person": one.person,
            "inferred": one.inferred,
            "said": felt[one.person.strength],
            "done": felt[one.inferred.level],
            "reason": one.reason(actor.member_id),
            "above": one.apart > 0,
            "href": persona_href(actor.tenant, one.person.id),
            "account_href": account_href(actor.tenant, one.person.account_id),
            "rate_href": f"{rate_href(actor.tenant, account=one.person.account_id)}#p-{one.person.id}",
        }
        for one in found.rows
    ]
    context = {
        "rows": rows,
        "total": found.total,
        "above": found.above,
        "whose": whose,
    }
    return render(request, "csplatform/differences.html", context)
