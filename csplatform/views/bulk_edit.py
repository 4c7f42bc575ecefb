"""Many accounts changed in one go: what shall change, exactly what that does, the change, and the way back."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict
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
from accounts.models import Job
from csplatform.forms import AccountsForm, ChosenForm, EditForm
from csplatform.forms.edit import FIELDS
from csplatform.selectors import accounts as selectors
from csplatform.selectors import edits
from csplatform.views.writing import member_choices

SHOWN = 100  # rows of a preview; the counts are of all


@require_http_methods(["GET", "POST"])
def edit_many(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, then what it would do, then the change. The address says which accounts."""
    if not request.actor.writes_some:
        raise accounts.NotYours("Your role does not let you change accounts.")
    at, ids = timezone.now(), _chosen(request)
    form = EditForm(request.POST or None, members=member_choices(request.actor))
    page: dict[str, Any] = {"form": form, "fields": FIELDS, "total": len(ids), "most": accounts.MOST_EDITED}
    if request.method == "POST" and form.is_valid() and 0 < len(ids) <= accounts.MOST_EDITED:
        edit = form.edit()
        plan = accounts.plan_edit(account_ids=ids, edit=edit, actor=request.actor, at=at)
        seen = _digest(ids, edit, plan)
        if request.POST.get("seen") == seen and "run" in request.POST:
            job = accounts.edit_accounts(account_ids=ids, edit=edit, seen=plan, actor=request.actor, at=at)
            return redirect("bulk_edit", slug, job.pk)
        page |= {"plan": edits.shown_plan(plan, actor=request.actor, most=SHOWN), "seen": seen}
        page["moved"] = "run" in request.POST
    back = request.GET.copy()
    for name in ("account", "all"):
        back.pop(name, None)
    page["back"] = reverse("accounts", args=[slug]) + (f"?{back.urlencode()}" if back else "")
    return render(request, "csplatform/bulk_edit.html", page, status=422 if form.errors else 200)


@require_GET
def bulk_edit(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """What an edit did or is doing; a script asks for its progress alone."""
    job = _find(request, job_id)
    page = {"edit": edits.edit_report(job=job, actor=request.actor), "job": _progress(job, slug)}
    ended = job.state not in (Job.State.QUEUED, Job.State.RUNNING)
    if request.htmx and ended:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    if request.htmx:
        return render(request, "components/_progress.html", page)
    return render(request, "csplatform/bulk_edit_report.html", page)


@require_POST
def cancel_edit(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """Stop after the step at work; what is written stays, and can be undone."""
    accounts.cancel_job(job=_find(request, job_id), actor=request.actor, at=timezone.now())
    return redirect("bulk_edit", slug, job_id)


@require_POST
def undo_edit(request: HttpRequest, slug: str, job_id: UUID) -> HttpResponse:
    """Take an edit back, wherever nothing else has changed since."""
    job = _find(request, job_id)
    if not edits.edit_report(job=job, actor=request.actor).undoable:
        messages.error(request, _("There is nothing to take back."))
        return redirect("bulk_edit", slug, job.pk)
    undone = accounts.undo_edit(job=job, actor=request.actor, at=timezone.now())
    return redirect("bulk_edit", slug, undone.pk)


def _find(request: HttpRequest, job_id: UUID) -> Job:
    """An edit of this member; an admin sees everybody's."""
    job = edits.edit_jobs(actor=request.actor).filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _chosen(request: HttpRequest) -> list[UUID]:
    """The accounts that the address names, or all that its filters let through, one more than may be at most."""
    form = ChosenForm(request.GET)
    if form.is_valid() and form.cleaned_data["all"]:
        filters = AccountsForm(request.GET)
        if not filters.is_valid():
            raise Http404
        most = accounts.MOST_EDITED + 1
        return selectors.accounts_ids(
            wanted=filters.wanted(), actor=request.actor, at=timezone.now(), limit=most
        )
    return edits.standing(form.ids())


def _digest(ids: Collection[UUID], edit: accounts.Edit, plan: accounts.EditPlan) -> str:
    """What was looked at: which accounts, what shall become of them, and what that changes on each."""
    told = [sorted(str(id) for id in ids), asdict(edit), plan.marks]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _progress(job: Job, slug: str) -> dict[str, Any]:
    working = job.state in (Job.State.QUEUED, Job.State.RUNNING)
    return {
        "id": job.pk,
        "title": _("Taking back") if "undo" in job.params else _("Changing accounts"),
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "url": reverse("bulk_edit", args=[slug, job.pk]),
        "cancel_url": reverse("cancel_edit", args=[slug, job.pk]) if working else "",
    }
