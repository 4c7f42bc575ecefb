"""Promises in the browser: the ledger of all, and one on a form with every date it ever had."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts.models import Role
from csplatform.forms import PromiseForm, PromisesForm
from csplatform.selectors import promises as selectors
from csplatform.selectors.book import local_day
from csplatform.selectors.links import account_href
from csplatform.views.account_forms import about_whom, form_page, looked_at, saved, writable_frame
from csplatform.views.promised import STANDINGS, promise_context
from csplatform.views.work import remove, wanted_so
from csplatform.views.writing import member_choices, way_back


@require_GET
def ledger(request: HttpRequest, slug: str) -> HttpResponse:
    """Every promise, the most urgent first, and how often each of us keeps their word."""
    form = PromisesForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    clean, actor = form.cleaned_data, request.actor
    whose = clean["whose"] or ("mine" if actor.role == Role.CSM else "all")
    found = selectors.ledger(
        actor=actor, whose=whose, owner=clean["owner"], account=clean["account"],
        standing=clean["standing"], today=local_day(actor.tenant, timezone.now()),
    )  # fmt: skip
    page = {
        "found": found,
        "lines": [promise_context(actor.tenant, line) for line in found.lines],
        "whose": "" if clean["owner"] or clean["account"] else whose,
        "standing": clean["standing"],
        "standings": list(STANDINGS().items()),
        "kept": {name: str(clean[name]) for name in ("whose", "owner", "account") if clean[name]},
    }
    return render(request, "csplatform/promises.html", page)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """One more promise."""
    frame = writable_frame(request, account_id)
    first = {"persona": request.GET.get("persona", ""), "owner_email": request.actor.membership.user.email}
    form = _form(request, frame, first)
    if request.method == "POST" and form.is_valid() and _wanted_so(request, form):
        item = accounts.Item(values=form.values() | {"account": account_id})
        if _save(request, form, item, accounts.Mode.CREATE):
            return redirect(way_back(request, account_href(request.actor.tenant, account_id)))
    back = way_back(request, account_href(request.actor.tenant, account_id))
    return form_page(request, frame, form, title=_("Add a promise"), action=_("Save"), back=back)


@require_http_methods(["GET", "POST"])
def promise(request: HttpRequest, slug: str, account_id: UUID, promise_id: UUID) -> HttpResponse:
    """One promise: how it stands, every date it had and why; its date moves here, and it is kept or broken."""
    frame = looked_at(request, account_id)
    tenant = request.actor.tenant
    try:
        line = selectors.promise_of(
            account_id=account_id, promise_id=promise_id, tenant=tenant, today=frame.today
        )
    except selectors.NoPromise as missing:
        raise Http404 from missing
    form = _form(request, frame, _initial(line.step))
    if request.method == "POST" and form.is_valid() and _wanted_so(request, form):
        item = accounts.Item(id=promise_id, values=form.values())
        if _save(request, form, item, accounts.Mode.UPDATE):
            return redirect(way_back(request, account_href(tenant, account_id)))
    page = {
        "form": form,
        "promise": promise_context(tenant, line),
        "terms": line.terms,
        "writable": frame.writable,
        "back": way_back(request, account_href(tenant, account_id)),
        "danger": reverse("delete_promise", args=[slug, account_id, promise_id]),
        "crumbs": [
            (reverse("accounts", args=[slug]), _("Accounts")),
            (account_href(tenant, account_id), frame.account.name),
        ],
    }
    return render(request, "csplatform/promise.html", page, status=422 if form.errors else 200)


@require_POST
def delete(request: HttpRequest, slug: str, account_id: UUID, promise_id: UUID) -> HttpResponse:
    """Take away a promise that was written down by mistake; the log keeps that it was there."""
    frame = writable_frame(request, account_id)
    try:
        selectors.promise_of(
            account_id=account_id, promise_id=promise_id, tenant=request.actor.tenant, today=frame.today
        )
    except selectors.NoPromise as missing:
        raise Http404 from missing
    remove(accounts.delete_promise, promise_id, request)
    messages.success(request, _("Removed."))
    return redirect(way_back(request, account_href(request.actor.tenant, account_id)))


def _initial(step: Any) -> dict[str, Any]:
    return {
        "id": step.pk,
        "title": step.title,
        "persona": str(step.persona_id or ""),
        "owner_email": step.owner.user.email if step.owner else "",
        "due_on": step.due_on,
        "state": "broken" if step.broken else "kept" if step.done_at else "open",
        "shared": step.shared is not False,
    }


def _form(request: HttpRequest, frame: Any, initial: dict[str, Any]) -> PromiseForm:
    return PromiseForm(
        request.POST or None,
        initial=initial,
        people=about_whom(frame, initial),
        members=member_choices(request.actor, frame.members),
    )


def _wanted_so(request: HttpRequest, form: PromiseForm) -> bool:
    """Whether the person it is given to wants to be reached like this; if not, the form says why, and asks."""
    return not form.planned or wanted_so(request, form, timezone.now())


def _save(request: HttpRequest, form: PromiseForm, item: accounts.Item, mode: accounts.Mode) -> bool:
    written = saved(
        form,
        lambda: accounts.save_promises(items=[item], mode=mode, actor=request.actor, at=timezone.now()),
    )
    if written:
        messages.success(request, _("The promise is saved."))
    return written is not None
