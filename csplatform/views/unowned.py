"""The report of what nobody owns."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import services as accounts
from csplatform.forms import UnownedForm
from csplatform.selectors import unowned as selectors
from csplatform.selectors.acting import acting_at_risk
from csplatform.selectors.book import local_day
from csplatform.selectors.links import account_href

PAGES = {"step": "step", "promise": "promise", "situation": "situation"}


@require_GET
def unowned(request: HttpRequest, slug: str) -> HttpResponse:
    """Accounts, steps, promises and situations that nobody answers for, the most pressing first."""
    form = UnownedForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    kind = form.cleaned_data["kind"]
    found, at = selectors.unowned(kind=kind), timezone.now()
    mine = accounts.writable_accounts(
        actor=request.actor, account_ids={item.account_id for item in found.items}
    )
    today = local_day(request.actor.tenant, at)
    bands = {item.id: item.band for item in found.items if item.kind == "account"}
    doing = acting_at_risk(bands, today=today, at=at)
    labels = {
        "account": _("Accounts"), "step": _("Steps"), "promise": _("Promises"), "situation": _("Situations"),
    }  # fmt: skip
    words = {"account": _("Account"), "step": _("Step"), "promise": _("Promise"), "situation": _("Situation")}
    page = {
        "found": found,
        "rows": [
            (item, words[item.kind], _edit(request, item) if item.account_id in mine else "",
             account_href(request.actor.tenant, item.account_id), doing.get(item.id))
            for item in found.items
        ],
        "chips": [(key, labels[key], found.counts[key]) for key in selectors.KINDS],
        "kind": kind,
        "count": found.counts[kind] if kind else found.total,
        "today": today,
    }  # fmt: skip
    return render(request, "csplatform/unowned.html", page)


def _edit(request: HttpRequest, item: selectors.Item) -> str:
    """The form on which an owner is named; it leads back here."""
    slug: Any = request.actor.tenant.slug
    query = urlencode({"next": request.get_full_path()})
    if item.kind == "account":
        return f"{reverse('edit_account', args=[slug, item.account_id])}?{query}"
    return f"{reverse(PAGES[item.kind], args=[slug, item.account_id, item.id])}?{query}"
