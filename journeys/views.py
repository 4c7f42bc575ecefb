"""Settings: the path that customers take, stage by stage, and what is prescribed when."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from journeys import selectors, services
from journeys.forms import PrescriptionForm, StageForm


@require_http_methods(["GET", "POST"])
def stages(request: HttpRequest, slug: str) -> HttpResponse:
    """The path, and a form for one more stage."""
    form = StageForm(request.POST or None, auto_id="new-%s")
    if request.method == "POST" and form.is_valid() and _save(request, None, form):
        return redirect("stages", slug)
    return _page(request, form)


@require_POST
def change_stage(request: HttpRequest, slug: str, stage_id: UUID) -> HttpResponse:
    """Change one stage."""
    form = StageForm(request.POST, auto_id=f"{stage_id}-%s")
    if form.is_valid() and _save(request, stage_id, form):
        return redirect("stages", slug)
    return _page(request, StageForm(auto_id="new-%s"), changed=(stage_id, form))


@require_POST
def remove_stage(request: HttpRequest, slug: str, stage_id: UUID) -> HttpResponse:
    """Take one stage off the path, unless accounts stand in it."""
    try:
        services.remove_stage(stage_id=stage_id, actor=request.actor, at=timezone.now())
    except services.StageMissing as missing:
        raise Http404 from missing
    except services.StageOccupied as occupied:
        messages.error(request, str(occupied))
    else:
        messages.success(request, _("Removed."))
    return redirect("stages", slug)


def _save(request: HttpRequest, stage_id: UUID | None, form: StageForm) -> bool:
    """Whether the stage was saved; what speaks against it goes to the form."""
    try:
        services.save_stage(
            stage_id=stage_id, values=form.cleaned_data, actor=request.actor, at=timezone.now()
        )
    except services.StageMissing as missing:
        raise Http404 from missing
    except services.JourneyRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return False
    messages.success(request, _("Saved."))
    return True


def _page(
    request: HttpRequest, form: StageForm, *, changed: tuple[UUID, StageForm] | None = None
) -> HttpResponse:
    at = timezone.now()
    today = at.astimezone(ZoneInfo(request.actor.tenant.time_zone)).date()
    names = ("name", "position", "think", "feel", "do")
    path: list[dict[str, Any]] = []
    felt = selectors.felt_in_stages(today=today, at=at)
    for stage, count in selectors.stages_with_counts(today=today, at=at):
        own = StageForm(initial={name: getattr(stage, name) for name in names}, auto_id=f"{stage.pk}-%s")
        if changed is not None and changed[0] == stage.pk:
            own = changed[1]
        path.append(
            {
                "stage": stage,
                "count": count,
                "felt": felt.get(stage.pk),
                "form": own,
                "open": bool(own.errors),
            }
        )
    wrong = form.errors or changed is not None
    return render(request, "journeys/stages.html", {"path": path, "form": form}, status=422 if wrong else 200)


@require_GET
def prescriptions(request: HttpRequest, slug: str) -> HttpResponse:
    """What is prescribed for each cause."""
    return _prescriptions(request)


@require_POST
def change_prescription(request: HttpRequest, slug: str, prescription_id: UUID) -> HttpResponse:
    """Prescribe something else for one cause, or nothing."""
    form = PrescriptionForm(request.POST, auto_id=f"{prescription_id}-%s")
    if form.is_valid():
        try:
            services.save_prescription(
                prescription_id=prescription_id,
                values=form.cleaned_data,
                actor=request.actor,
                at=timezone.now(),
            )
        except services.PrescriptionMissing as missing:
            raise Http404 from missing
        except services.JourneyRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("prescriptions", slug)
    return _prescriptions(request, changed=(prescription_id, form))


def _prescriptions(
    request: HttpRequest, *, changed: tuple[UUID, PrescriptionForm] | None = None
) -> HttpResponse:
    names = ("title", "due_days", "side", "remedies", "active")
    groups: dict[str, list[dict[str, Any]]] = {"flag": [], "drop": [], "quadrant": []}
    for row in services.ensure_prescriptions():
        form = PrescriptionForm(initial={name: getattr(row, name) for name in names}, auto_id=f"{row.pk}-%s")
        if changed is not None and changed[0] == row.pk:
            form = changed[1]
        group = groups.get(row.cause.partition(":")[0], groups["quadrant"])
        words = selectors.cause_label(row.cause)
        group.append({"row": row, "words": words, "form": form, "open": bool(form.errors)})
    page = {
        "groups": [
            (_("When a flag is up"), groups["flag"]),
            (_("When the score fell because of"), groups["drop"]),
            (_("Where behaviour and feeling stand"), groups["quadrant"]),
        ]
    }
    return render(request, "journeys/prescriptions.html", page, status=422 if changed else 200)
