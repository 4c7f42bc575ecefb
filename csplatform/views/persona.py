"""A person's page, and what is written there: who they are, that they left, and how we rate them."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts.models import Account, Touch
from csplatform import reports
from csplatform.forms import EdgeForm, PersonaForm, PersonTouchesForm
from csplatform.selectors import persona as selectors
from csplatform.selectors.links import account_href, persona_href
from csplatform.selectors.org import main_contact
from csplatform.views import org_chart
from csplatform.views.account import entry_context
from csplatform.views.account_forms import colleagues, form_page, outdated, saved, writable_frame
from csplatform.views.promised import promise_context
from csplatform.views.situations import situations_context
from csplatform.views.writing import notes_context
from relationships import reports as relationships
from relationships import selectors as ratings
from relationships.models import Confidence

PERSONA_FIELDS = (
    "name", "role", "title", "email", "phone", "influence", "language", "time_zone", "joined_on", "left_on", "tracked",
)  # fmt: skip
MOVES = 8
DETAILS = ("email", "phone", "language", "time_zone", "reports_to", "joined_on")


@require_GET
def persona(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """One person: who they are, what was said of them and by them, what they do."""
    form = PersonTouchesForm(request.GET)
    if not form.is_valid():
        raise Http404
    at = timezone.now()
    try:
        found = selectors.persona_page(persona_id=persona_id, actor=request.actor, at=at, **form.cleaned_data)
    except selectors.NoPersona as missing:
        raise Http404 from missing
    page = _context(request, found) | _touches(request, found, form) | _edges(request, found)
    return render(request, "csplatform/persona.html", page | _inferred(found, slug, at))


@require_http_methods(["GET", "POST"])
def edit_persona(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """Change who they are."""
    person = _person(persona_id)
    frame = writable_frame(request, person.account_id)
    initial = {name: getattr(person, name) for name in PERSONA_FIELDS} | {
        "reports_to": person.reports_to_id,
        "version": accounts.version_of(person),
    }
    others = colleagues(frame, but=person.pk)
    form = PersonaForm(request.POST or None, initial=initial, colleagues=others)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or None
        if version and version != initial["version"]:
            form = outdated(form, PersonaForm(initial=initial, colleagues=others))
            return form_page(request, frame, form, title=_("Edit person"), action=_("Save"), tab="people")
        item = accounts.Item(id=persona_id, values=form.values(), version=version)
        written = saved(
            form,
            lambda: accounts.save_personas(
                items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now()
            ),
        )
        if written:
            messages.success(request, _("Saved."))
            return redirect("persona", slug, persona_id)
    return form_page(request, frame, form, title=_("Edit person"), action=_("Save"), tab="people")


@require_POST
def mark_left(request: HttpRequest, slug: str, persona_id: UUID) -> HttpResponse:
    """They work there no more, from today on; or, sent with ``back``, they still do."""
    person = _person(persona_id)
    frame = writable_frame(request, person.account_id)
    back = "back" in request.POST
    item = accounts.Item(id=persona_id, values={"left_on": None if back else frame.today})
    result = accounts.save_personas(
        items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now()
    )[0]
    for fault in result.faults:
        messages.error(request, fault.detail)
    if not result.faults:
        words = _("%s works there again.") if back else _("%s is marked as left. Who takes the place?")
        messages.success(request, words % person.name)
    return redirect("persona", slug, persona_id)


def _person(persona_id: UUID) -> Any:
    try:
        return selectors.persona_of(persona_id)
    except selectors.NoPersona as missing:
        raise Http404 from missing


def _inferred(found: selectors.PersonaPage, slug: str, at: datetime) -> dict[str, Any]:
    """What touches and usage say of the relationship, and whether that lies far from the rating."""
    person = found.persona
    inferred = ratings.inferred_of([(person.pk, person.account_id, person.email)], at=at)[person.pk]
    said = found.rating.strength if found.rating else None
    age = ratings.said_days(found.rating) if found.rating else 0.0
    return {
        "inferred": inferred,
        "inferred_apart": ratings.divergence(said, inferred, age_days=age),
        "differences_url": reverse("differences", args=[slug]),
    }


def _answer(response: Any) -> dict[str, Any]:
    return {
        "kind_label": response.get_kind_display(),
        "answer": f"{response.answer:g}",
        "why": response.why,
        "at": response.answered_at,
    }


def _context(request: HttpRequest, found: selectors.PersonaPage) -> dict[str, Any]:
    person, tenant = found.persona, request.actor.tenant
    return {
        "persona": {
            "id": person.pk,
            "name": person.name,
            "title": person.title,
            "role_label": person.get_role_display(),
            "influence": int(found.influence),
            "email": person.email,
            "phone": person.phone,
            "language": person.language,
            "time_zone": person.time_zone,
            "tracked": person.tracked,
            "joined_on": person.joined_on,
            "left_on": person.left_on if found.left else None,
            "reports_to": _named(tenant, person.reports_to),
            "merged_into": _named(tenant, person.merged_into),
        },
        "account": {
            "id": found.account.pk,
            "name": found.account.name,
            "href": account_href(tenant, found.account.pk),
        },
        "rating": _rating(found),
        "panels": found.panels,
        "why": _why(found),
        "contribution": found.points,
        "history": reports.rating_chart(_history(found), title=_("Ratings over time")),
        "ratings": [_past(rating, found) for rating in found.ratings],
        "responses": [_answer(response) for response in found.responses],
        "usage": found.usage,
        **notes_context(found.notes),
        **_known(request, found),
        "writable": found.writable,
        "rateable": _is_there(found),
        "step_new": _under(request, "new_step", found) if _is_there(found) else "",
        **_words(found),
        "rate_action": f"/t/{tenant.slug}/rate/{person.pk}",
        "seen_url": reverse("seen", args=[tenant.slug, person.pk])
        + f"?next={persona_href(tenant, person.pk)}",
        "here": persona_href(tenant, person.pk),
        "is_contact": not found.left and main_contact(found.account) == person.pk,
        "response_url": f"{reverse('add_response', args=[tenant.slug, found.account.pk])}?persona={person.pk}",
        "call_url": reverse("call", args=[tenant.slug, found.account.pk]) + f"?persona={person.pk}",
        "accounts_url": reverse("accounts", args=[tenant.slug]),
    }


def _words(found: selectors.PersonaPage) -> dict[str, Any]:
    """What the form of a rating offers."""
    return {
        "drivers": list(found.drivers.items()),
        "areas": [(area.key, area.label) for area in found.areas if area.active],
        "strengths": [*reversed(relationships.STRENGTHS)],
        "sentiments": relationships.SENTIMENTS,
        "confidences": Confidence.choices,
    }


def _is_there(found: selectors.PersonaPage) -> bool:
    """Whether this member may rate them and plan with them: they have not left, and stand for themselves."""
    return found.writable and not found.left and found.persona.merged_into_id is None


def _why(found: selectors.PersonaPage) -> list[tuple[str, str]]:
    """What explains how they feel: (what kind of reason, in words). The driver and the newest note, and what is known of
    what sets them off and wears them out."""
    said, profile = found.rating, found.profile
    told = [one for one in (profile.of("frustrations"), profile.of("triggers")) if one is not None]
    driver = " · ".join(part for part in (said.driver_label, said.area_label) if part) if said else ""
    reasons = [(_("Driver"), driver), (_("Said"), said.note or "")] if said else []
    return [(label, text) for label, text in (*reasons, *((one.label, one.shown) for one in told)) if text]


def _touches(request: HttpRequest, found: selectors.PersonaPage, form: PersonTouchesForm) -> dict[str, Any]:
    tenant, clean = request.actor.tenant, form.cleaned_data
    offered = (
        ("kind", _("Kind"), Touch.Kind.choices),
        ("touchpoint", _("Touchpoint"), found.touchpoints),
    )
    return {
        "entries": [
            entry_context(tenant, entry, found.account.pk if found.writable else None)
            for entry in found.touches
        ],
        "touch_filters": [
            {"name": name, "label": label, "value": clean[name], "options": options}
            for name, label, options in offered
            if options
        ],
    }


def _known(request: HttpRequest, found: selectors.PersonaPage) -> dict[str, Any]:
    """What we know of them, what they remember of us, what we promised, and where else they work."""
    tenant, profile = request.actor.tenant, found.profile
    details = sum(bool(getattr(found.persona, name)) for name in DETAILS)
    return {
        "profile": profile,
        "templates": _templates(found.persona.role) if found.writable else [],
        "known": len(profile.known) + len(profile.expired) + details,
        "promises": [promise_context(tenant, line) for line in found.promises.lines],
        "promises_in_all": found.promises.in_all,
        "elsewhere": [(one, persona_href(tenant, one.persona.pk)) for one in found.elsewhere],
        "remembered": found.remembered,
        "commitment": found.commitment,
        "commitment_moves": _moves(found, tenant),
        "asked": found.asked,
        "advocate": found.rating is not None and found.rating.advocate,
        "ask_new": _under(request, "new_ask", found) if found.writable else "",
        "advocates_url": reverse("advocates", args=[tenant.slug]),
        **situations_context(
            request,
            found.situations,
            account_id=found.account.pk,
            writable=found.writable,
            here=persona_href(tenant, found.persona.pk),
            persona=str(found.persona.pk),
        ),
        "links_url": reverse("persona_links", args=[tenant.slug, found.persona.pk]) if found.writable else "",
        "moment_new": _under(request, "new_moment", found) if found.writable else "",
        "promise_new": _under(request, "new_promise", found) if found.writable else "",
    }


def _templates(role: str) -> list[tuple[str, str]]:
    """The persona templates in use, those of the role first, then those of any."""
    used = [one for one in accounts.ensure_persona_templates() if one.active]
    used.sort(key=lambda one: 0 if one.role == role else 1 if not one.role else 2)
    return [(one.key, one.label) for one in used]


def _moves(found: selectors.PersonaPage, tenant: Any) -> list[tuple[Any, str]]:
    """The latest events that moved their commitment, each with the page it stands on, for who may write there."""
    return [
        (move, reverse(move.event.kind, args=[tenant.slug, found.account.pk, move.event.id]))
        for move in found.commitment.moves[:MOVES]
    ]


def _under(request: HttpRequest, name: str, found: selectors.PersonaPage) -> str:
    """A form under the account that starts from this person and leads back here."""
    tenant, person = request.actor.tenant, found.persona
    query = urlencode({"persona": person.pk, "next": persona_href(tenant, person.pk)})
    return f"{reverse(name, args=[tenant.slug, found.account.pk])}?{query}"


def _link(link: dict[str, str], account_id: UUID) -> dict[str, str]:
    """A link of a rating as (href or the parts of one, words); a case and a touch stand at their account."""
    kind, value = next(iter(link.items()))
    words = {"url": value, "touch": _("a touch"), "case": _("a case")}
    return {"kind": kind, "value": value, "words": words[kind], "account": str(account_id)}


def _edges(request: HttpRequest, found: selectors.PersonaPage) -> dict[str, Any]:
    """How they stand to others there; see csplatform/_edges.html."""
    tenant, person, today = request.actor.tenant, found.persona, found.today
    names = {one.pk: one.name for one in found.colleagues} | {person.pk: person.name}
    present = [one for one in found.colleagues if one.left_on is None or one.left_on > today]
    form = EdgeForm(people=org_chart.choices(present), initial={"persona": str(person.pk)})
    open_now = [edge for edge in found.edges if edge.until_on is None or edge.until_on > today]
    return {
        "edges": org_chart.edge_rows(open_now, names, tenant),
        "ended": org_chart.edge_rows([one for one in found.edges if one not in open_now], names, tenant),
        "edge_form": form if found.writable and not found.left else None,
        "account_id": found.account.pk,
    }


def _named(tenant: Any, person: Any) -> dict[str, str] | None:
    return {"name": person.name, "href": persona_href(tenant, person.pk)} if person else None


def _rating(found: selectors.PersonaPage) -> dict[str, Any] | None:
    rated: Any = found.rating
    if rated is None:
        return None
    return {
        "strength": rated.strength,
        "sentiment": rated.sentiment,
        "rated_at": rated.rated_at,
        "rated_by": rated.rater,
        "due": rated.due,
        "stale": rated.stale,
        "inherited": rated.inherited,
        "driver": rated.driver or "",
        "confidence": CONFIDENCES().get(rated.confidence, ""),
        "observed": rated.observed,
        "observed_at": rated.observed_at,
        "signs": rated.signs or [],
        "diverges": rated.diverges,
        "prescribes": found.writable and found.account.status != Account.Status.CHURNED,
        "overall_label": rated.overall_label,
        "observed_label": rated.observed_label,
    }


def CONFIDENCES() -> dict[str, str]:  # noqa: N802 (words, made when the language is known)
    return {"low": _("not sure"), "medium": _("fairly sure"), "high": _("sure")}


def _history(found: selectors.PersonaPage) -> list[dict[str, Any]]:
    """The ratings that stand, oldest first, for the chart."""
    return [
        {
            "rated_at": past.rating.rated_at,
            "rater": past.rater or _("Somebody"),
            "strength": past.rating.strength,
            "sentiment": past.overall,
            "driver": found.drivers.get(past.rating.driver, past.rating.driver),
        }
        for past in reversed(found.ratings)
        if past.withdrawn_at is None and (past.rating.strength or past.overall)
    ]


def _past(past: Any, found: selectors.PersonaPage) -> dict[str, Any]:
    rating, areas = past.rating, {area.key: area.label for area in found.areas}
    return {
        "at": rating.rated_at,
        "by": past.rater,
        "strength": rating.strength,
        "sentiment": {
            "brand": rating.sentiment_brand,
            "product": rating.sentiment_product,
            "service": rating.sentiment_service,
        },
        "driver": found.drivers.get(rating.driver, rating.driver),
        "area": areas.get(rating.area, rating.area),
        "note": rating.note,
        "observed": rating.observed,
        "confidence": CONFIDENCES().get(rating.confidence, ""),
        "evidence": [_link(link, rating.account_id) for link in rating.evidence],
        "withdrawn_at": past.withdrawn_at,
    }
