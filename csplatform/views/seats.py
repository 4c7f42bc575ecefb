"""An empty seat at an account: who could take it, and one click that gives it to them. The main contact is said here too."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts.models import Persona
from csplatform.forms import MainContactForm
from csplatform.selectors import account as selectors
from csplatform.selectors import org
from csplatform.selectors.links import new_person_href, persona_href
from csplatform.views import org_chart
from csplatform.views.account import frame_context
from csplatform.views.account_forms import form_page, looked_at, saved, writable_frame
from csplatform.views.writing import way_back
from relationships import selectors as relationships


@require_GET
def seat(request: HttpRequest, slug: str, account_id: UUID, role: str) -> HttpResponse:
    """Everybody who could take the seat of a role, the best first, each with why."""
    _require_role(role)
    at = timezone.now()
    try:
        frame = selectors.account_frame(account_id=account_id, actor=request.actor, at=at)
    except selectors.NoAccount as missing:
        raise Http404 from missing
    tenant = request.actor.tenant
    found = relationships.successors(account=frame.account, role=role, tenant=tenant, at=at)
    page = frame_context(request, frame, "people") | {
        "seat": found,
        "role": role,
        "role_label": str(selectors.ROLES[role]),
        "candidates": [
            {
                "id": one.persona.pk,
                "name": one.persona.name,
                "title": one.persona.title,
                "role_label": one.persona.get_role_display(),
                "href": persona_href(tenant, one.persona.pk),
                "points": one.points,
                "reasons": one.reasons,
                "warning": one.warning,
                "strength": one.strength,
                "sentiment": one.sentiment,
                "rated": one.rated,
            }
            for one in found.candidates
        ],
        "former": found.former and {"name": found.former.name, "href": persona_href(tenant, found.former.pk)},
        "holders": [
            {"name": person.name, "href": persona_href(tenant, person.pk)} for person in found.holders
        ],
        "new_href": new_person_href(tenant, account_id, role=role),
        "back": frame_back(slug, account_id),
    }
    return render(request, "csplatform/seat.html", page)


@require_POST
def fill_seat(request: HttpRequest, slug: str, account_id: UUID, role: str) -> HttpResponse:
    """Give a role to somebody who works there; they count from now on, and the seat closes."""
    _require_role(role)
    frame = writable_frame(request, account_id)
    person = next((one for one in frame.present if str(one.pk) == request.POST.get("persona")), None)
    if person is None:
        raise Http404
    item = accounts.Item(id=person.pk, values={"role": role, "tracked": True})
    (result,) = accounts.save_personas(
        items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now()
    )
    for fault in result.faults:
        messages.error(request, fault.detail)
    if not result.faults:
        words = _("%(name)s is %(role)s now. Rate them, and the seat is covered.")
        messages.success(request, words % {"name": person.name, "role": str(selectors.ROLES[role]).lower()})
    return redirect("account_people", slug, account_id)


@require_http_methods(["GET", "POST"])
def main_contact(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Say who the main contact is, or leave it to whom we meet most."""
    frame = looked_at(request, account_id)
    people, said = org_chart.choices(frame.present), org.main_contact(frame.account)
    form = MainContactForm(request.POST or None, people=people, initial={"main_contact": said or ""})
    if request.method == "POST" and form.is_valid():
        item = accounts.Item(id=account_id, values=form.cleaned_data)
        written = saved(
            form,
            lambda: accounts.save_accounts(
                items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now()
            ),
        )
        if written:
            messages.success(request, _("Saved."))
            return redirect(way_back(request, frame_back(slug, account_id)))
    return form_page(request, frame, form, title=_("Main contact"), action=_("Save"), tab="people")


def frame_back(slug: str, account_id: UUID) -> str:
    """The People tab."""
    return f"/t/{slug}/accounts/{account_id}/people"


def _require_role(role: str) -> None:
    if role not in Persona.Role.values:
        raise Http404
