"""What the settings of every list of terms share: the list in order with a form for one more, and a change to one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services
from accounts.forms import ChangedTermForm, TermForm


def show_terms(
    request: HttpRequest,
    *,
    terms: services.TermList[Any],
    page: str,
    words: dict[str, Any],
    form_class: type[TermForm] = TermForm,
) -> HttpResponse:
    """The page of a list, or what came of adding a term to it; ``page`` names its route, and the one of a term is
    ``change_<noun>``. ``words``: title, subtitle, add (what the form is called), and ``detail``, the route of a term's own
    page where it has one."""
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "active": True}
        key = values.pop("key")
        try:
            if any(one.key == key and one.active for one in services.terms_of(terms)):
                raise services.TermRefused("label", _("There is one of this name already."), "taken")
            services.save_term(terms, key=key, values=values, actor=request.actor, at=timezone.now())
        except services.TermRefused as refusal:
            form.add_error("label", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(page, request.actor.tenant.slug)
    shown = {
        "terms": services.terms_of(terms),
        "form": form,
        "page": page,
        "change": f"change_{terms.noun}",
        **words,
    }
    return render(request, "accounts/terms.html", shown, status=422 if form.errors else 200)


def change_term(
    request: HttpRequest, *, terms: services.TermList[Any], rows: QuerySet[Any], id: UUID, page: str
) -> HttpResponse:
    """Call a term, one of these rows in order, by another name, move it up or down, or switch it on or off."""
    row = rows.filter(pk=id).first()
    if row is None:
        raise Http404
    if move := request.POST.get("move"):
        up = move == "up"
        services.move_term(terms, row=row, among=list(rows), up=up, actor=request.actor, at=timezone.now())
        return redirect(f"{reverse(page, args=[request.actor.tenant.slug])}#{row.key}")
    form = ChangedTermForm(request.POST)
    if not form.is_valid():
        messages.error(request, next(str(said) for errors in form.errors.values() for said in errors))
        return redirect(page, request.actor.tenant.slug)
    try:
        services.save_term(terms, key=row.key, values=form.values(), actor=request.actor, at=timezone.now())
    except services.TermRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect(page, request.actor.tenant.slug)
