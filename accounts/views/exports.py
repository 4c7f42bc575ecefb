"""Settings: files of everything, written by a worker; each member may have one, for everybody may read. A kind for
leaders alone is neither offered nor shown to others, nor one that holds what its member alone may see."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms.imports import KINDS, ExportForm
from accounts.models import Job
from accounts.selectors.exports import export_jobs, export_kinds
from accounts.services.exports import FORMATS, exported_file

SHOWN = 20
WORKING = (Job.State.QUEUED, Job.State.RUNNING)


@require_http_methods(["GET", "POST"])
def export_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The files of the last days, and one more to be asked for."""
    kinds = export_kinds(actor=request.actor)
    form = ExportForm(request.POST or None, kinds=kinds, formats=list(FORMATS))
    if request.method == "POST" and form.is_valid():
        accounts.start_export(**form.cleaned_data, actor=request.actor, at=timezone.now())
        return redirect("exports", slug)
    jobs = export_jobs(actor=request.actor).select_related("created_by__user")
    newest = list(jobs.annotate(in_all=selectors.IN_ALL).order_by("-created_at", "-id")[:SHOWN])
    page = {
        "form": form,
        "exports": [_shown(job, slug) for job in newest],
        "exports_in_all": selectors.in_all(newest),
    }
    return render(request, "accounts/exports.html", page, status=422 if form.errors else 200)


def _shown(job: Job, slug: str) -> dict[str, Any]:
    return {
        "id": job.pk,
        "kind": KINDS.get(job.params["kind"], job.params["kind"]),
        "format": job.params.get("format", ""),
        "state": job.state,
        "rows": job.done,
        "erased": "erased_at" in (job.result or {}),
        "no_contact": (job.result or {}).get("no_contact"),
        "by": job.created_by,
        "at": job.created_at,
        "job": _job(job, slug) if job.state in WORKING else None,
    }


def _job(job: Job, slug: str) -> dict[str, Any]:
    return {
        "id": job.pk,
        "title": _("Writing the file"),
        "state": job.state,
        "done": job.done,
        "total": job.total or 0,
        "url": reverse("export_progress", args=[slug, job.pk]),
        "cancel_url": reverse("cancel_export", args=[slug, job.pk]),
    }


@require_GET
def progress(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """The progress line; when the file is written, the page is asked for again."""
    job = get_object_or_404(Job, pk=job_id, kind="export")
    if job.state not in WORKING:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "components/_progress.html", {"job": _job(job, slug)})


@require_POST
def cancel(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """Stop writing the file."""
    job = get_object_or_404(Job, pk=job_id, kind="export")
    accounts.cancel_job(job=job, actor=request.actor, at=timezone.now())
    return redirect("exports", slug)


@require_GET
def file(request: HttpRequest, slug: str, job_id: UUID) -> FileResponse:
    """The file itself."""
    try:
        found = exported_file(id=job_id, actor=request.actor)
    except Job.DoesNotExist:
        raise Http404 from None
    content = default_storage.open(found.name)
    return FileResponse(content, as_attachment=True, filename=found.filename, content_type=found.media)
