"""Settings: what the workers have still to do here, and what they gave up on."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.models import Outbox


@require_GET
def work(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits, the latest long jobs, and what failed five times, with its error."""
    accounts.require_admin(actor=request.actor)
    page = {
        "work": selectors.waiting_work(at=timezone.now()),
        "dead": selectors.dead_work().only("pk", "kind", "dead_at", "last_error", "created_at")[:100],
        "jobs": selectors.latest_jobs(),
    }
    return render(request, "accounts/work.html", page)


@require_POST
def retry_work(request: HttpRequest, slug: str, work_id: UUID) -> HttpResponse:
    """Try again what was given up on."""
    try:
        accounts.retry_work(work_id=work_id, actor=request.actor, at=timezone.now())
    except Outbox.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("It is tried again now, five times at most."))
    return redirect("work", slug)
