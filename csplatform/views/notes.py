"""The account's Notes tab."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from csplatform.forms import NotesForm
from csplatform.selectors import account as selectors
from csplatform.selectors import timeline as timelines
from csplatform.views.account import frame_context
from csplatform.views.writing import notes_context


@require_GET
def notes(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """What members wrote about the account and its people: pinned first, then the newest."""
    form = NotesForm(request.GET)
    if not form.is_valid():
        raise Http404
    try:
        before = timelines.position(form.cleaned_data["before"])
        frame = selectors.account_frame(account_id=account_id, actor=request.actor, at=timezone.now())
    except (selectors.NoAccount, ValueError) as missing:
        raise Http404 from missing
    found = accounts.account_notes(account_id=account_id, before=before, limit=accounts.NOTES + 1)
    shown = found[: accounts.NOTES]
    page = frame_context(request, frame, "notes") | {
        **notes_context(shown, members=frame.members),
        "older": timelines.place_of(shown[-1].created_at, shown[-1].pk) if len(found) > len(shown) else "",
    }
    return render(request, "csplatform/account_notes.html", page)
