"""Notes: written on an account or a person, read with their history, edited without losing anybody's words."""

from contextlib import suppress
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms import NoteForm
from accounts.formulas import changes, merge
from accounts.models import Note

OUTDATED = {"stale", "missing"}


@require_POST
def add_note(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """A new note on an account, or on the person that the form names."""
    form = NoteForm(request.POST)
    if form.is_valid():
        persona = form.cleaned_data["persona"]
        item = accounts.Item(
            values={"account": account_id, "persona": persona, "body": form.cleaned_data["body"]}
        )
        (saved,) = accounts.save_notes(
            items=[item], mode=accounts.Mode.CREATE, actor=request.actor, at=timezone.now()
        )
        if any(fault.pointer in ("/account", "/persona") for fault in saved.faults):
            raise Http404
        show_faults(form, saved)
        if saved.id:
            messages.success(request, _("The note is added."))
            return redirect(place(slug, account_id, persona))
    accounts.require_write(actor=request.actor, account_ids=[account_id])
    back = place(slug, account_id, form.cleaned_data.get("persona"))
    return form_page(request, form, title=_("Add a note"), back=back, status=422)


@require_GET
def note(request: HttpRequest, slug: str, note_id: UUID) -> HttpResponse:
    """One note, whom it mentions, and every body that it had."""
    found = note_or_404(note_id)
    versions = selectors.note_versions(note_id=note_id)
    page = {
        "note": found,
        "back": place(slug, found.account_id, found.persona_id),
        "writable": accounts.may_write(actor=request.actor, account_id=found.account_id),
        "versions": [
            {"version": version, "pieces": changes(before.body, version.body) if before else []}
            for version, before in pairwise([*versions, None])
        ],
    }
    return render(request, "accounts/note.html", page)


@require_http_methods(["GET", "POST"])
def edit_note(request: HttpRequest, slug: str, note_id: UUID) -> HttpResponse:
    """Change what a note says; what somebody else changed meanwhile is put beside it, and nothing is overwritten."""
    found = note_or_404(note_id)
    accounts.require_write(actor=request.actor, account_ids=[found.account_id])
    title, back = _("Edit note"), reverse("note", args=[slug, note_id])
    if request.method == "GET":
        form = NoteForm(initial={"body": found.body, "version": found.version})
        return form_page(request, form, title=title, back=back)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return form_page(request, form, title=title, back=back, status=422)
    clean, at = form.cleaned_data, timezone.now()
    if clean["restore"]:
        accounts.restore_note(id=note_id, actor=request.actor, at=at)
    item = accounts.Item(id=note_id, values={"body": clean["body"]}, version=clean["version"] or None)
    (saved,) = accounts.save_notes(items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=at)
    if saved.id:
        messages.success(request, _("Saved."))
        return redirect(back)
    if OUTDATED & {fault.code for fault in saved.faults}:
        return merge_page(request, note_or_404(note_id), clean, back=back)
    show_faults(form, saved)
    return form_page(request, form, title=title, back=back, status=422)


@require_POST
def pin_note(request: HttpRequest, slug: str, note_id: UUID) -> HttpResponse:
    """Let a note stand first, or, sent with ``off``, in its place again."""
    found = note_or_404(note_id)
    item = accounts.Item(id=note_id, values={"pinned": "off" not in request.POST})
    (saved,) = accounts.save_notes(
        items=[item], mode=accounts.Mode.UPDATE, actor=request.actor, at=timezone.now()
    )
    if saved.faults:
        raise Http404
    return redirect(place(slug, found.account_id, found.persona_id))


@require_POST
def delete_note(request: HttpRequest, slug: str, note_id: UUID) -> HttpResponse:
    """Take a note away; its page offers to take it back."""
    found = note_or_404(note_id)
    accounts.require_write(actor=request.actor, account_ids=[found.account_id])
    with suppress(Note.DoesNotExist):  # somebody was faster
        accounts.delete_note(id=note_id, actor=request.actor, at=timezone.now())
    messages.success(request, _("The note is deleted. You can take it back."))
    return redirect("note", slug, note_id)


@require_POST
def restore_note(request: HttpRequest, slug: str, note_id: UUID) -> HttpResponse:
    """Take a deleted note back."""
    note_or_404(note_id)
    accounts.restore_note(id=note_id, actor=request.actor, at=timezone.now())
    messages.success(request, _("The note is back."))
    return redirect("note", slug, note_id)


def note_or_404(note_id: UUID) -> Note:
    try:
        return selectors.the_note(note_id=note_id)
    except Note.DoesNotExist:
        raise Http404 from None


def place(slug: str, account_id: UUID, persona_id: UUID | None) -> str:
    """Where the notes stand among which this one does."""
    if persona_id:
        return reverse("persona", args=[slug, persona_id]) + "#notes"
    return reverse("account_notes", args=[slug, account_id])


def show_faults(form: NoteForm, saved: accounts.Saved) -> None:
    for fault in saved.faults:
        form.add_error("body" if fault.pointer == "/body" else None, fault.detail)


def merge_page(request: HttpRequest, now: Note, clean: dict[str, Any], *, back: str) -> HttpResponse:
    """Three texts: yours, the one that stands, and both put together, for the person to save or to change."""
    number = int(clean["version"]) if clean["version"] else now.version
    base = selectors.note_body(note_id=now.pk, number=number)
    newest = selectors.note_body(note_id=now.pk, number=now.version)
    yours = clean["body"].replace("\r\n", "\n").strip()
    merged = merge(base.body if base else "", yours, now.body)
    form = NoteForm(
        initial={"body": merged.text, "version": now.version, "restore": now.deleted_at is not None}
    )
    conflict = {"yours": yours, "theirs": now, "newest": newest, "merged": merged}
    title = _("Put two edits together")
    return form_page(request, form, title=title, back=back, status=409, conflict=conflict)


def form_page(
    request: HttpRequest, form: NoteForm, *, title: str, back: str, status: int = 200, conflict: Any = None
) -> HttpResponse:
    page = {
        "form": form,
        "title": title,
        "back": back,
        "conflict": conflict,
        "nameable": [one._asdict() for one in selectors.nameable_members()],
    }
    return render(request, "accounts/note_form.html", page, status=status)
