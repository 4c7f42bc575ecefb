"""Settings: files handed in, how their columns are read, what each row would do, the run, its report and the undo."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms.imports import ImportForm, MappingForm, RowsForm
from accounts.models import Import
from accounts.services import imports

SHOWN = 50
ISSUES = 20  # in sight; the others unfold
STATUSES = ("created", "updated", "unchanged", "failed")
WORKING = ("previewing", "running", "undoing")


@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The files that were handed in, and the place to drop another."""
    imports.require_import(actor=request.actor)
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        kinds=imports.kinds(),
        mappings=list(selectors.import_mappings().order_by("kind", "name")),
    )
    if request.method == "POST" and form.is_valid():
        one = _handed_in(request, form)
        if one is not None:
            return redirect("import", slug, one.pk)
    counted = selectors.import_rows().annotate(in_all=selectors.IN_ALL)
    newest = list(counted.order_by("-created_at", "-id")[:SHOWN])
    page = {
        "form": form,
        "imports": [_shown(one) for one in newest],
        "imports_in_all": selectors.in_all(newest),
        "mappings": selectors.import_mappings().order_by("kind", "name"),
    }
    return render(request, "accounts/imports.html", page, status=422 if form.errors else 200)


def _handed_in(request: HttpRequest, form: ImportForm) -> Import | None:
    """The import of the form's file, previewed or on its way; None if the file was refused, and the form says why."""
    file, at = form.cleaned_data["file"], timezone.now()
    try:
        one = imports.upload_import(
            kind=form.cleaned_data["kind"],
            filename=file.name,
            file=file,
            size=file.size,
            saved_mapping=form.kept_mapping(),
            actor=request.actor,
            at=at,
        )
    except imports.Unreadable as error:
        form.add_error("file", str(error))
        return None
    except accounts.Refused as refusal:
        form.add_error("mapping", str(refusal))
        return None
    return imports.preview_import(id=one.pk, actor=request.actor, at=at)


@require_GET
def import_page(request: HttpRequest, slug: str, import_id: UUID) -> HttpResponse:
    """One import: its counts, what is wrong, the rows and what each changes, its columns."""
    return _page(request, _find(request, import_id))


def _find(request: HttpRequest, import_id: UUID) -> Import:
    imports.require_import(actor=request.actor)
    return get_object_or_404(selectors.import_rows(), pk=import_id)


def _page(request: HttpRequest, one: Import, form: MappingForm | None = None) -> HttpResponse:
    asked = RowsForm(request.GET)
    if not asked.is_valid():
        return render(request, "400.html", status=400)
    kind, state = imports.kind_of(one.kind), imports.state_of(one)
    status, after = asked.cleaned_data["status"], asked.cleaned_data["after_row"] or 0
    rows = []
    if state not in ("draft", *WORKING) and one.file:
        rows = imports.rows_of(
            one=one, status=status, after=after, limit=SHOWN + 1, actor=request.actor, at=timezone.now()
        )
    form = form or MappingForm(one=one, kind=kind, admin=request.actor.is_admin)
    writable = one.counts.get("created", 0) + one.counts.get("updated", 0)
    shown = _shown(one)
    page = {
        "one": shown,
        "issues": shown["issues"][:ISSUES],
        "more_issues": shown["issues"][ISSUES:],
        "form": form,
        "status": status,
        "tiles": [(name, one.counts.get(name, 0)) for name in STATUSES]
        + [(name, one.counts[name]) for name in ("to_check",) if one.counts.get(name)],
        "rows": [_row(kind, row, one) for row in rows[:SHOWN]],
        "next_row": rows[SHOWN - 1].number if len(rows) > SHOWN else None,
        "editable": state in ("draft", "ready", "failed", "undone", "cancelled") and not _written(one),
        "runnable": state == "ready" and writable > 0,
        "resumable": state in ("cancelled", "failed") and one.stage == Import.Stage.RUN,
        "undoable": state == "done" or (state in ("cancelled", "failed") and _written(one)),
        "writable": writable,
        "job": _job(one, slug=request.actor.tenant.slug),
        "left_out": _left_out(one) if state == "ready" else [],
        "why_not": _why_not(one) if state == "ready" and not writable else "",
    }
    return render(request, "accounts/import.html", page, status=422 if form.errors else 200)


def _left_out(one: Import) -> list[str]:
    """The columns that fill nothing."""
    return [column["name"] for column in one.columns if not one.mapping["columns"].get(column["name"])]


def _why_not(one: Import) -> str:
    """Why there is nothing to import, of a preview in which no row is new or changed."""
    wrong, same = one.counts.get("failed", 0), one.counts.get("unchanged", 0)
    if not one.rows:
        return _("Nothing can be imported: the file has no rows.")
    if wrong and same:
        return _("Nothing can be imported: each row is wrong, or says what is there already.")
    if wrong:
        return _("Nothing can be imported: every row is wrong. The rows below say why.")
    return _("Nothing is to be imported: every row says what is there already.")


def _written(one: Import) -> bool:
    return one.stage in (Import.Stage.RUN, Import.Stage.UNDO) and one.undone_at is None


def _shown(one: Import) -> dict[str, Any]:
    """An import as the pages show it."""
    kind = imports.kind_of(one.kind)
    return {
        "id": one.pk,
        "filename": one.filename,
        "kind": kind.label,
        "state": imports.state_of(one),
        "rows": one.rows,
        "format": one.get_format_display(),
        "encoding": one.encoding,
        "counts": one.counts,
        "issues": [{**issue, "label": _label(kind, issue["field"])} for issue in one.issues],
        "by": one.created_by,
        "at": one.created_at,
        "has_errors": bool(one.errors_file),
        "kept": bool(one.file),
    }


def _row(kind: imports.Kind, row: imports.Seen, one: Import) -> dict[str, Any]:
    names = dict.fromkeys([*row.after, *row.before])
    cells = zip([column["name"] for column in one.columns], row.cells, strict=False)
    return {
        "number": row.number,
        "status": row.status,
        "faults": [{**fault, "label": _label(kind, fault["field"])} for fault in row.faults],
        "notes": [{**note, "label": _label(kind, note["field"])} for note in row.notes],
        "changes": [
            (_label(kind, name), _words(row.before.get(name)), _words(row.after.get(name)), name in row.after)
            for name in names
        ],
        "is_new": row.status == "created",
        "cells": [(name, cell) for name, cell in cells if cell not in (None, "")],
    }


def _words(value: Any) -> Any:
    """A value as it is shown: an object by its keys, a truth in words, nothing as None."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items()) or None
    return value


def _label(kind: imports.Kind, name: str) -> Any:
    if name == "custom":
        return _("Own fields")
    found = kind.field(name) or kind.field(f"{name}_email") or kind.field(f"{name}_name")
    return str(found.label).partition(",")[0] if found else name.replace("_", " ")


def _job(one: Import, *, slug: str) -> dict[str, Any] | None:
    """What the progress line shows of the job that is at work, or None."""
    state = imports.state_of(one)
    if state not in WORKING or one.job is None:
        return None
    titles = {"previewing": _("Reading the file"), "running": _("Importing"), "undoing": _("Taking back")}
    return {
        "id": one.job.pk,
        "title": titles[state],
        "state": one.job.state,
        "done": one.job.done,
        "total": one.job.total or "…",
        "url": reverse("import_progress", args=[slug, one.pk]),
        "cancel_url": reverse("cancel_import", args=[slug, one.pk]),
    }


@require_GET
def progress(request: HttpRequest, slug: str, import_id: UUID) -> HttpResponse:
    """The progress line; when the job has ended, the page is asked for again."""
    job = _job(_find(request, import_id), slug=request.actor.tenant.slug)
    if job is None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "components/_progress.html", {"job": job})


@require_POST
def mapping(request: HttpRequest, slug: str, import_id: UUID) -> HttpResponse:
    """Read the columns in another way and preview again; the mapping may be kept under a name."""
    one = _find(request, import_id)
    kind, at = imports.kind_of(one.kind), timezone.now()
    form = MappingForm(request.POST, one=one, kind=kind, admin=request.actor.is_admin)
    if not form.is_valid():
        return _page(request, one, form)
    try:
        imports.change_mapping(id=one.pk, mapping=form.mapping(), actor=request.actor, at=at)
        if form.cleaned_data["keep_as"]:
            name = form.cleaned_data["keep_as"]
            imports.keep_mapping(kind=one.kind, name=name, mapping=form.mapping(), actor=request.actor, at=at)
        imports.preview_import(id=one.pk, actor=request.actor, at=at)
    except accounts.Refused as refusal:
        form.add_error(None, " ".join(fault.detail for fault in refusal.faults))
        return _page(request, one, form)
    return redirect("import", slug, one.pk)


@require_POST
def run(request: HttpRequest, slug: str, import_id: UUID) -> HttpResponse:
    """Write the rows that are not wrong."""
    return _begun(request, imports.run_import, import_id)


@require_POST
def undo(request: HttpRequest, slug: str, import_id: UUID) -> HttpResponse:
    """Take the whole import back."""
    return _begun(request, imports.undo_import, import_id)


def _begun(request: HttpRequest, begin: Any, import_id: UUID) -> HttpResponse:
    one = _find(request, import_id)
    try:
        begin(id=one.pk, actor=request.actor, at=timezone.now())
    except accounts.Refused as refusal:
        messages.error(request, " ".join(fault.detail for fault in refusal.faults))
    return redirect("import", request.actor.tenant.slug, one.pk)


@require_POST
def cancel(request: HttpRequest, slug: str, import_id: UUID) -> HttpResponse:
    """Stop the job after the step it is in."""
    one = _find(request, import_id)
    if one.job is not None:
        accounts.cancel_job(job=one.job, actor=request.actor, at=timezone.now())
    return redirect("import", slug, one.pk)


@require_GET
def errors(request: HttpRequest, slug: str, import_id: UUID) -> FileResponse:
    """The wrong rows and those to check as a CSV file."""
    one = _find(request, import_id)
    if not one.errors_file or not default_storage.exists(one.errors_file):
        raise Http404
    file = default_storage.open(one.errors_file)
    return FileResponse(
        file, as_attachment=True, filename="errors.csv", content_type="text/csv; charset=utf-8"
    )


@require_POST
def forget_mapping(request: HttpRequest, slug: str, mapping_id: UUID) -> HttpResponse:
    """Remove a kept mapping."""
    imports.require_import(actor=request.actor)
    try:
        imports.forget_mapping(id=mapping_id, actor=request.actor, at=timezone.now())
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("The mapping is forgotten."))
    return redirect("imports", slug)
