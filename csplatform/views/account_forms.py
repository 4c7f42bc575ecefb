"""What people write on an account's page: the account itself, people, a word on the band, a stage, an answer.

Every view asks the frame whether this member may write before it shows a form; the service asks again.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services as accounts
from accounts.models import Persona
from csplatform.forms import AccountForm, NewPersonForm, OverrideForm, ResponseForm, StageForm
from csplatform.selectors import account as selectors
from csplatform.selectors.links import account_href
from csplatform.views.writing import member_choices, show_faults
from feedback import services as feedback
from health import services as health
from journeys import selectors as journey_stages
from journeys import services as journeys

ACCOUNT_FIELDS = (
    "name", "domain", "status", "segment", "tier", "region", "arr", "currency", "seats", "started_on", "renewal_on",
    "churned_on", "external_id",
)  # fmt: skip
NOON = dt.time(12)


def writable_frame(request: HttpRequest, account_id: UUID) -> selectors.Frame:
    """The account's frame for somebody who may write it: 404 where there is none, 403 where they may not."""
    frame = _frame(request, account_id)
    if not frame.writable:
        raise PermissionDenied
    return frame


def looked_at(request: HttpRequest, account_id: UUID) -> selectors.Frame:
    """The account's frame for a page that everybody may look at, and who may write it sends back changed."""
    return _frame(request, account_id) if request.method == "GET" else writable_frame(request, account_id)


def _frame(request: HttpRequest, account_id: UUID) -> selectors.Frame:
    try:
        return selectors.account_frame(account_id=account_id, actor=request.actor, at=timezone.now())
    except selectors.NoAccount as missing:
        raise Http404 from missing


def form_page(
    request: HttpRequest,
    frame: selectors.Frame,
    form: Any,
    *,
    title: str,
    action: str,
    tab: str = "",
    back: str = "",
    danger: str = "",
) -> HttpResponse:
    """A form on a page of its own, under its account; ``danger`` is the address that takes the thing away. Who may not
    write the account can look at it."""
    tenant = request.actor.tenant
    page = {
        "form": form,
        "title": title,
        "action": action,
        "writable": frame.writable,
        "back": back or account_href(tenant, frame.account.pk, tab),
        "danger": danger,
        "crumbs": [
            (f"/t/{tenant.slug}/accounts", _("Accounts")),
            (account_href(tenant, frame.account.pk), frame.account.name),
        ],
    }
    return render(request, "csplatform/form.html", page, status=422 if form.errors else 200)


def outdated(form: Any, now: Any) -> Any:
    """The form of an outdated edit once more: what was typed, beside it what stands now (``now`` is that form unsent),
    and the version that stands, so that saving again is meant."""
    theirs = {name: spoken(now[name]) for name in form.fields if name != "version"}
    changed = [name for name, said in theirs.items() if said != spoken(form[name])]
    form.data = form.data.copy()
    form.data["version"] = now["version"].value()
    form.add_error(
        None, _("Somebody changed this while you wrote. Nothing is saved yet: look at both, then save.")
    )
    for name in changed:
        form.add_error(name, _("It says now: %s") % (theirs[name] or _("nothing")))
    return form


def spoken(field: Any) -> str:
    """What stands in a field of a form, in words."""
    value = field.value()
    labels = {str(key): str(label) for key, label in getattr(field.field, "choices", ())}
    several = value if isinstance(value, list | tuple) else [value]
    said = ["" if one in (None, "", False) else str(one) for one in several]
    return ", ".join(sorted(labels.get(one, one) for one in said if one))


def saved(form: Any, write: Callable[[], list[accounts.Saved]]) -> UUID | None:
    """The id of the one thing written, or None with the reasons at the form's fields."""
    result = write()[0]
    show_faults(form, result.faults)
    return result.id


@require_http_methods(["GET", "POST"])
def edit_account(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Change the account."""
    frame = writable_frame(request, account_id)
    account = frame.account
    initial = {name: getattr(account, name) for name in ACCOUNT_FIELDS} | {
        "owner_email": account.owner.user.email if account.owner else "",
        "team": [member.user.email for member in frame.team],
        "entitlements": ", ".join(account.entitlements),
        "version": accounts.version_of(account),
    }
    members = member_choices(request.actor, frame.members)
    form = AccountForm(request.POST or None, initial=initial, members=members)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or None
        if version and version != initial["version"]:
            form = outdated(form, AccountForm(initial=initial, members=members))
            return form_page(request, frame, form, title=_("Edit account"), action=_("Save"))
        item = accounts.Item(id=account_id, values=form.values(), version=version)
        written = saved(
            form,
            lambda: accounts.save_accounts(
                items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now()
            ),
        )
        if written:
            messages.success(request, _("Saved."))
            return redirect("account", slug, account_id)
    return form_page(request, frame, form, title=_("Edit account"), action=_("Save"))


@require_http_methods(["GET", "POST"])
def add_person(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Somebody new at the account; the address may say what is known of them."""
    frame = writable_frame(request, account_id)
    known = {name: request.GET[name] for name in ("role", "reports_to", "leads") if name in request.GET}
    form = NewPersonForm(request.POST or None, initial=known, colleagues=colleagues(frame))
    if request.method == "POST" and form.is_valid():
        item = accounts.Item(values=form.values() | {"account": account_id})
        with transaction.atomic():  # both, or neither
            written = saved(
                form,
                lambda: accounts.save_personas(
                    items=[item], mode=accounts.Mode.CREATE, actor=request.actor, at=timezone.now()
                ),
            )
            if written and (wrong := _put_above(request, form.led(), written)):
                form.add_error("leads", wrong)
                transaction.set_rollback(True)
        if form.is_valid():
            messages.success(
                request, _("%s is added. How strong is the relationship?") % form.cleaned_data["name"]
            )
            return redirect("persona", slug, written)
    return form_page(request, frame, form, title=_("Add a person"), action=_("Add person"), tab="people")


def _put_above(request: HttpRequest, led: UUID | None, leader: UUID) -> list[str]:
    """Say that somebody reports to whom was added just now; or why they cannot."""
    if led is None:
        return []
    item = accounts.Item(id=led, values={"reports_to": leader})
    (done,) = accounts.save_personas(
        items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now()
    )
    return [fault.detail for fault in done.faults]


def colleagues(frame: selectors.Frame, but: UUID | None = None) -> list[tuple[str, str]]:
    """Whom somebody at the account may report to."""
    return [(str(person.pk), person.name) for person in frame.people if person.pk != but]


def about_whom(frame: selectors.Frame, initial: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Whom a thing at the account may be about; of one that is there also whom it is about, though they were merged, removed
    or are elsewhere by now, so that saving it takes nobody off it."""
    people, standing = colleagues(frame), initial.get("persona") if initial.get("id") else None
    if not standing or standing in dict(people):
        return people
    gone = Persona.objects.filter(pk=standing).values_list("name", flat=True).first()
    return [*people, (standing, gone or "")]


@require_http_methods(["GET", "POST"])
def override(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Set the band by hand, with a reason and an end."""
    frame = writable_frame(request, account_id)
    initial = {"band": frame.score.band if frame.score else "", "until": frame.today + dt.timedelta(days=30)}
    form = OverrideForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        wanted = health.NewOverride(
            band=clean["band"], reason=clean["reason"], expires_at=end_of(clean["until"], request)
        )
        try:
            health.set_override(
                account=frame.account, override=wanted, actor=request.actor, at=timezone.now()
            )
        except health.BadOverride as refusal:
            form.add_error("until" if refusal.field == "expires_at" else refusal.field, str(refusal))
        else:
            messages.success(request, _("The band is set by hand."))
            return redirect("account", slug, account_id)
    return form_page(request, frame, form, title=_("Set the band by hand"), action=_("Set the band"))


@require_POST
def clear_override(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Show the computed band again."""
    frame = writable_frame(request, account_id)
    health.clear_override(account=frame.account, actor=request.actor, at=timezone.now())
    messages.success(request, _("The computed band is shown again."))
    return redirect("account", slug, account_id)


@require_http_methods(["GET", "POST"])
def move_stage(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Say in which stage the account stands, and why."""
    frame = writable_frame(request, account_id)
    stages = [(str(stage.pk), stage.name) for stage in journey_stages.stages()]
    here = str(frame.stage.stage.pk) if frame.stage else ""
    form = StageForm(request.POST or None, stages=stages, initial={"stage": here, "entered_on": frame.today})
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        wanted = journeys.NewPlacement(
            account_id=account_id,
            stage_id=UUID(clean["stage"]),
            reason=clean["reason"],
            entered_on=clean["entered_on"],
        )
        try:
            journeys.move_to_stage(placement=wanted, actor=request.actor, at=timezone.now())
        except journeys.JourneyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The account is moved."))
            return redirect("account", slug, account_id)
    return form_page(request, frame, form, title=_("Move to a stage"), action=_("Move"))


@require_http_methods(["GET", "POST"])
def add_response(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Write down what somebody answered."""
    frame = writable_frame(request, account_id)
    chosen = request.GET.get("persona", "")
    form = ResponseForm(
        request.POST or None,
        people=colleagues(frame),
        initial={"persona": chosen, "answered_on": frame.today},
    )
    if request.method == "POST" and form.is_valid():
        clean, at = form.cleaned_data, timezone.now()
        wanted = feedback.NewResponse(
            kind=clean["kind"],
            answer=form.said(),
            account_id=account_id,
            persona_id=UUID(clean["persona"]) if clean["persona"] else None,
            why=clean["why"],
            answered_at=_moment(clean["answered_on"], frame, at, request),
        )
        try:
            feedback.record_response(response=wanted, actor=request.actor, at=at)
        except feedback.ResponseRefused as refusal:
            field = "answered_on" if refusal.field == "answered_at" else refusal.field
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            health.rescore(account_ids=[account_id], at=at)
            messages.success(request, _("The answer is recorded."))
            return redirect("account", slug, account_id)
    return form_page(request, frame, form, title=_("Record an answer"), action=_("Record"))


def end_of(day: dt.date, request: HttpRequest) -> dt.datetime:
    """The last moment of a day at the tenant."""
    zone = ZoneInfo(request.actor.tenant.time_zone)
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)


def _moment(
    day: dt.date | None, frame: selectors.Frame, at: dt.datetime, request: HttpRequest
) -> dt.datetime:
    """Now for today, noon at the tenant for another day."""
    if day is None or day == frame.today:
        return at
    return dt.datetime.combine(day, NOON, ZoneInfo(request.actor.tenant.time_zone))
