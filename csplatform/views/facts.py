"""What we know about a person, one fact at a time: written, confirmed, taken away; and the template of their role."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors as accounts_selectors
from accounts import services as accounts
from csplatform.forms import FactForm
from csplatform.selectors import persona as selectors
from csplatform.selectors.links import persona_href
from csplatform.views.account_forms import form_page, saved, writable_frame


@require_http_methods(["GET", "POST"])
def fact(request: HttpRequest, slug: str, persona_id: UUID, key: str) -> HttpResponse:
    """One fact of a kind."""
    person, frame = _writable(request, persona_id, key)
    kind = accounts_selectors.BY_KEY[key]
    standing = next((one for one in person.profile.all() if one.key == key), None)
    form = FactForm(request.POST or None, initial=_initial(standing, kind, frame.today), kind=kind)
    if request.method == "POST" and form.is_valid():
        written = saved(
            form,
            lambda: [
                accounts.save_fact(
                    persona_id=persona_id, key=key, actor=request.actor, at=timezone.now(), **form.values()
                )
            ],
        )
        if written:
            messages.success(request, _("Saved."))
            return redirect(f"{persona_href(request.actor.tenant, persona_id)}#facts")
    return form_page(
        request, frame, form,
        title=_("%(what)s of %(name)s") % {"what": kind.label, "name": person.name}, action=_("Save"), tab="people",
        back=persona_href(request.actor.tenant, persona_id),
        danger=reverse("delete_fact", args=[slug, persona_id, key]) if standing else "",
    )  # fmt: skip


@require_POST
def confirm(request: HttpRequest, slug: str, persona_id: UUID, key: str) -> HttpResponse:
    """It still holds: confirmed today, and kept for as long again."""
    return _done(request, persona_id, key, accounts.confirm_fact, _("Confirmed."))


@require_POST
def delete(request: HttpRequest, slug: str, persona_id: UUID, key: str) -> HttpResponse:
    """We need not know it any more."""
    return _done(request, persona_id, key, accounts.drop_fact, _("Removed."))


@require_POST
def template(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """Fill what is not known with what a persona template assumes, or the first of their role."""
    _writable(request, persona_id, "")
    key = request.POST.get("template", "")
    try:
        accounts.apply_template(persona_id=persona_id, key=key, actor=request.actor, at=timezone.now())
    except accounts.NoTemplate:
        messages.error(request, _("There is no such template in use."))
    else:
        messages.success(request, _("Filled with what is usual. Ask, then confirm each."))
    return redirect(f"{persona_href(request.actor.tenant, persona_id)}#facts")


def _done(request: HttpRequest, persona_id: UUID, key: str, act: Any, words: str) -> HttpResponse:
    _writable(request, persona_id, key)
    try:
        act(persona_id=persona_id, key=key, actor=request.actor, at=timezone.now())
    except KeyError as unknown:
        raise Http404 from unknown
    messages.success(request, words)
    return redirect(f"{persona_href(request.actor.tenant, persona_id)}#facts")


def _writable(request: HttpRequest, persona_id: UUID, key: str) -> Any:
    """The person and the frame of their account, for somebody who may write it; a key that no kind has is a 404."""
    if key and key not in accounts_selectors.BY_KEY:
        raise Http404
    try:
        person = selectors.persona_of(persona_id)
    except selectors.NoPersona as missing:
        raise Http404 from missing
    return person, writable_frame(request, person.account_id)


def _initial(standing: Any, kind: Any, today: dt.date) -> dict[str, Any]:
    if standing is not None:
        return {name: getattr(standing, name) for name in ("value", "source", "basis", "expires_on")}
    until = today + dt.timedelta(days=kind.days) if kind.days else None
    return {"basis": "told_us", "expires_on": until}
