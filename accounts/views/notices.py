"""What a member is told: the page behind the bell, and how they want to be told."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts import services as accounts
from accounts.forms import NoticeChoiceForm, NoticesForm
from accounts.models import LEFT_SEATS, Actor, Membership, Notification
from accounts.scope import tenant_scope

ICONS = {
    "mention": "note", "band": "chart", "flag": "flag", "left": "leave", "step": "step", "overdue": "clock",
    "escalation": "flag", "handover": "switch", "role": "person", "round": "rate", "late_round": "clock",
    "closed_round": "clock",
}  # fmt: skip


@require_GET
def notifications(request: HttpRequest, slug: str) -> HttpResponse:
    """Mine, the newest first; of one kind, or those that I have not read."""
    form = NoticesForm(request.GET)
    if not form.is_valid():
        raise Http404
    kind, unread = form.cleaned_data["kind"], form.cleaned_data["show"] == "unread"
    found = selectors.notice_page(
        actor=request.actor, kind=kind, unread=unread, before=form.cleaned_data["before"]
    )
    kept = {name: value for name, value in (("kind", kind), ("show", "unread" if unread else "")) if value}
    older = f"{found.older[0].isoformat()}~{found.older[1]}" if found.older else ""
    page = {
        "notices": [told(request, notice, found.titles) for notice in found.notices],
        "kinds": Notification.Kind.choices,
        "asked": {"kind": kind, "unread": unread},
        "older": f"?{urlencode({**kept, 'before': older})}" if older else "",
    }
    return render(request, "accounts/notifications.html", page)


@require_GET
def open_notification(request: HttpRequest, slug: str, notification_id: UUID) -> HttpResponse:
    """Read it and go where it leads."""
    try:
        notice = selectors.the_notice(notice_id=notification_id, actor=request.actor)
    except Notification.DoesNotExist:
        raise Http404 from None
    accounts.mark_read(ids=[notice.pk], actor=request.actor, at=timezone.now())
    return redirect(target(request.actor, notice))


@require_POST
def read_notifications(request: HttpRequest, slug: str) -> HttpResponse:
    """Mark one as read, or all of them."""
    form = NoticesForm(request.POST)
    if not form.is_valid():
        raise Http404
    one = form.cleaned_data["notification"]
    accounts.mark_read(ids=[one] if one else None, actor=request.actor, at=timezone.now())
    return redirect("notifications", slug)


@require_http_methods(["GET", "POST"])
def notification_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """What I want to be told of, and when a digest is mailed to me."""
    chosen = selectors.notice_preference(member_id=request.actor.member_id)
    told_of = [kind for kind in Notification.Kind.values if kind not in chosen.muted]
    form = NoticeChoiceForm(request.POST or None, initial={"digest": chosen.digest, "told_of": told_of})
    if request.method == "POST" and form.is_valid():
        accounts.choose_notices(
            member_id=request.actor.member_id, digest=form.cleaned_data["digest"], muted=form.muted()
        )
        messages.success(request, _("Saved."))
        return redirect("notification_settings", slug)
    page = {"form": form, "zone": request.user.time_zone or request.actor.tenant.time_zone}
    return render(request, "accounts/notification_settings.html", page, status=422 if form.errors else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a digest: a page that asks, and its button, or a mail program's one click, that ends them."""
    try:
        member = accounts.member_of_token(token=token)
    except Membership.DoesNotExist:
        raise Http404 from None
    if request.method == "POST":
        with tenant_scope(member.tenant_id):
            accounts.choose_notices(member_id=member.pk, digest="off")
    page = {"tenant": member.tenant, "done": request.method == "POST"}
    return render(request, "accounts/unsubscribe.html", page)


def target(actor: Actor, notice: Notification) -> str:
    """The page that a notification leads to."""
    slug = actor.tenant.slug
    if notice.kind == Notification.Kind.ROUND:
        return f"{reverse('rate', args=[slug])}?show=asked&round={notice.object_id}"
    if notice.kind in (Notification.Kind.LATE_ROUND, Notification.Kind.CLOSED_ROUND) and notice.object_id:
        return reverse("round", args=[slug, notice.object_id])
    if notice.count > 1 or notice.account_id is None:
        return reverse("accounts", args=[slug]) if notice.count > 1 else reverse("notifications", args=[slug])
    if notice.kind == Notification.Kind.MENTION and notice.object_id:
        return reverse("note", args=[slug, notice.object_id])
    if role := LEFT_SEATS.get(notice.data.get("flag", "")):
        return reverse("seat", args=[slug, notice.account_id, role])
    if notice.kind == Notification.Kind.LEFT and notice.persona_id:
        return reverse("persona", args=[slug, notice.persona_id])
    here = reverse("account", args=[slug, notice.account_id])
    if flag := notice.data.get("flag"):
        return f"{here}#flag-{flag}"
    work = selectors.work_of(notice)
    if work and accounts.writable_accounts(actor=actor, account_ids=[notice.account_id]):
        return reverse(work, args=[slug, notice.account_id, notice.object_id])
    return f"{here}#{work}s" if work else here


def told(request: HttpRequest, notice: Notification, titles: dict[UUID, str]) -> dict[str, Any]:
    """A notification as the page shows it."""
    slug = request.actor.tenant.slug
    return {
        "id": notice.pk,
        "icon": ICONS[notice.kind],
        "text": selectors.notice_words(notice),
        "detail": titles.get(notice.object_id, "") if notice.object_id else "",
        "flag": {"code": notice.data["flag"], "cap": "watch"} if notice.data.get("flag") else None,
        "band": notice.data.get("band"),
        "href": reverse("open_notification", args=[slug, notice.pk]),
        "at": notice.at,
        "unread": notice.read_at is None,
    }
