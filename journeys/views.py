"""Settings: the path that customers take, stage by stage."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from journeys import selectors, services
from journeys.forms import StageForm


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
    for stage, count in selectors.stages_with_counts(today=today, at=at):
        own = StageForm(initial={name: getattr(stage, name) for name in names}, auto_id=f"{stage.pk}-%s")
        if changed is not None and changed[0] == stage.pk:
            own = changed[1]
        path.append({"stage": stage, "count": count, "form": own, "open": bool(own.errors)})
    wrong = form.errors or changed is not None
    return render(request, "journeys/stages.html", {"path": path, "form": form}, status=422 if wrong else 200)
