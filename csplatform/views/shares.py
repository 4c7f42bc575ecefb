"""What the customer of an account is shown: the links to it, what it holds, and how it looks."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts.models import Account, Share
from csplatform import services
from csplatform.forms import ShareForm, SharesPage, ShownForm
from csplatform.selectors import shares as selectors
from csplatform.selectors.account import NoAccount
from csplatform.selectors.links import account_href
from csplatform.views.coverage import page_link
from csplatform.views.writing import show_faults


@never_cache
@require_http_methods(["GET", "POST"])
def shares(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """The links of an account; a new one stands on the page that answers its making, and nowhere else."""
    actor, at, url = request.actor, timezone.now(), ""
    number = _page(request)
    found = _found(request, account_id, page=number)
    if number > 1 and not found.shown.pages:
        raise Http404
    form = ShareForm(request.POST or None, today=found.today)
    if request.method == "POST" and form.is_valid():
        try:
            _share, token = accounts.make_share(
                account_id=account_id, **form.cleaned_data, actor=actor, today=found.today, at=at
            )
        except accounts.Refused as refusal:
            show_faults(form, refusal.faults)
        else:
            url, form, found = (
                accounts.share_url(token),
                ShareForm(today=found.today),
                _found(request, account_id),
            )
    page = {
        "found": found,
        "shown": found.shown,
        "form": form if found.writable else None,
        "url": url,
        "href": account_href(actor.tenant, account_id),
        "some": bool(found.shown.promises or found.shown.steps or found.shown.cases),
        "previous": page_link(request.GET, page=number - 1) if number > 1 else "",
        "next": page_link(request.GET, page=number + 1) if number < found.shown.pages else "",
    }
    return render(request, "csplatform/shares.html", page, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, slug: str, account_id: UUID, share_id: UUID) -> HttpResponse:
    """End one link."""
    try:
        accounts.revoke_share(
            account_id=account_id, share_id=share_id, actor=request.actor, at=timezone.now()
        )
    except Share.DoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("The link no longer works."))
    return redirect("shares", slug, account_id)


@require_POST
def show(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Say which promises, steps and cases the customer sees."""
    form, number = ShownForm(request.POST), _page(request)
    try:
        changed = services.show_to_customer(
            account_id=account_id, listed=form.ids("listed"), chosen=form.ids("shown"), actor=request.actor,
            at=timezone.now(),
        )  # fmt: skip
    except Account.DoesNotExist as missing:
        raise Http404 from missing
    said = ngettext("Saved: %(n)d line changed.", "Saved: %(n)d lines changed.", changed) % {"n": changed}
    messages.success(request, said if changed else _("Nothing changed."))
    here = reverse("shares", args=[slug, account_id])
    return redirect(f"{here}?page={number}" if number > 1 else here)


@never_cache
@require_GET
def preview(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """The page as the customer sees it."""
    found = _found(request, account_id, whole=False)
    page = {"shown": found.shown, "share": None, "back": reverse("shares", args=[slug, account_id])}
    return render(request, "accounts/shared.html", page)


def _page(request: HttpRequest) -> int:
    """The page of the list that the address names."""
    form = SharesPage(request.GET)
    if not form.is_valid():
        raise Http404
    return form.cleaned_data["page"] or 1


def _found(request: HttpRequest, account_id: UUID, *, whole: bool = True, page: int = 1) -> selectors.Sharing:
    try:
        return selectors.sharing(
            account_id=account_id, actor=request.actor, at=timezone.now(), whole=whole, page=page
        )
    except NoAccount as missing:
        raise Http404 from missing
