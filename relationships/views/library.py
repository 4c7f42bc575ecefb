"""Settings: the library of difficult situations, its types with their reasons and remedies."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.services import TermRefused
from relationships import selectors, services
from relationships.forms import EntryForm

# The kinds of entries, each with the word of its address.
PLURALS = {"type": "situation-types", "reason": "situation-reasons", "remedy": "remedies"}


@require_http_methods(["GET", "POST"])
def library(request: HttpRequest, slug: str) -> HttpResponse:
    """The library, and forms for one more of everything."""
    services.ensure_library()
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _add(request, form):
        return redirect("situation_library", slug)
    page: dict[str, Any] = {"types": selectors.library(all_of_it=True), "form": form if form.errors else None}
    page["wrong"] = {"kind": form.data.get("kind"), "type": form.data.get("type")} if form.errors else {}
    return render(request, "relationships/library.html", page, status=422 if form.errors else 200)


@require_POST
def change_entry(request: HttpRequest, slug: str, kind: str, id: UUID) -> HttpResponse:
    """Change what one entry says, or switch it on or off."""
    rows = {
        "type": selectors.situation_type_list,
        "reason": selectors.situation_reason_list,
        "remedy": selectors.remedy_list,
    }
    row = rows[kind]().filter(pk=id).first()
    if row is None:
        raise Http404
    form = EntryForm({**request.POST.dict(), "kind": kind, "type": ""})
    if "active" in request.POST:
        values: dict[str, Any] = {"active": request.POST["active"] == "1"}
    elif form.is_valid():
        values = form.values()
    else:
        messages.error(request, next(str(said) for errors in form.errors.values() for said in errors))
        return redirect("situation_library", slug)
    try:
        services.save_entry(kind=kind, key=row.key, values=values, actor=request.actor, at=timezone.now())
    except TermRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("situation_library", slug)


def _add(request: HttpRequest, form: EntryForm) -> bool:
    """Whether the entry was added; what speaks against it goes to the form."""
    kind, values = form.cleaned_data["kind"], form.values()
    key = services.free_key(kind=kind, label=values["label"])
    if not key:
        form.add_error("label", _("Use at least one Latin letter or digit."))
        return False
    try:
        services.save_entry(kind=kind, key=key, values=values, actor=request.actor, at=timezone.now())
    except TermRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    messages.success(request, _("Saved."))
    return True
