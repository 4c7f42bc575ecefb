"""The digest that a member gets at seven in the morning: who to see, why, and one link to act.

Each member's digest of a day is a row with a unique key, so that two schedulers send one mail; the outbox sends it.
"""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts import selectors as accounts_selectors
from accounts import services as accounts
from accounts.models import Actor, Membership, NoticePreference, PeriodicRun, Role, Tenant
from accounts.scope import reader_scope
from csplatform.selectors import today

HOURS = range(7, 12)  # from seven on; who could not be served by noon is left in peace until tomorrow
MOST = 5

BEGUN = """INSERT INTO accounts_periodicrun (tenant_id, id, job, period, created_at)
SELECT %(tenant)s, w.id, w.job, w.period, %(at)s
FROM unnest(%(ids)s::uuid[], %(jobs)s::text[], %(periods)s::text[]) AS w (id, job, period)
ON CONFLICT DO NOTHING RETURNING job, period"""


def begin_digests(*, tenant: Tenant, at: dt.datetime) -> int:
    """Leave the digests whose morning has come to the workers, each once; how many were left."""
    off = NoticePreference.objects.filter(digest=NoticePreference.Digest.OFF).values("member_id")
    members = Membership.objects.filter(tenant=tenant, is_active=True).exclude(pk__in=off)
    due = [
        (job_of(member), local.date().isoformat())
        for member, zone in members.values_list("pk", "user__time_zone")
        if (local := at.astimezone(ZoneInfo(zone or tenant.time_zone))).hour in HOURS
    ]
    if not due:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            BEGUN,
            {
                "tenant": tenant.pk,
                "ids": [uuid7() for _ in due],
                "jobs": [job for job, _day in due],
                "periods": [day for _job, day in due],
                "at": at,
            },
        )
        begun = cursor.fetchall()
    for job, day in begun:
        ref = {"member": job.removeprefix("digest:"), "day": day}
        accounts.enqueue(kind="send_digest", ref=ref, dedupe_key=f"{ref['member']} {day}", at=at)
    return len(begun)


def job_of(member_id: UUID | str) -> str:
    return f"digest:{member_id}"


def send_digest(*, ref: dict[str, Any], at: dt.datetime) -> None:
    """Outbox handler: mail one member's digest of one day, unless they want none or there is nothing to say."""
    member = (
        Membership.objects.select_related("tenant", "user").filter(pk=ref["member"], is_active=True).first()
    )
    wants = accounts_selectors.notice_preference(member_id=UUID(ref["member"])).digest
    if member is not None and wants != NoticePreference.Digest.OFF:
        context = digest(member=member, at=at)
        if context["something"] or wants == NoticePreference.Digest.DAILY:
            mail(member, context)
    PeriodicRun.objects.filter(job=job_of(ref["member"]), period=ref["day"]).update(done_at=at)


def digest(*, member: Membership, at: dt.datetime) -> dict[str, Any]:
    """What a member's digest says, from the same selector as their Today."""
    tenant = member.tenant
    actor = Actor(tenant=tenant, membership=member, role=member.role)
    whose = "mine" if member.role == Role.CSM else "all"
    zone = ZoneInfo(member.user.time_zone or tenant.time_zone)
    with timezone.override(zone), reader_scope(actor.reader):
        page = today.today_page(actor=actor, whose=whose, at=at)
    base = settings.PUBLIC_URL
    unread = accounts_selectors.unread_count(actor=actor)
    due = page.ratings_due.get("count", 0)
    return {
        "name": member.user.name or member.user.email,
        "tenant": tenant,
        "needs": [
            {
                "name": need["name"],
                "why": need["reasons"][0],
                "action": need["action"]["text"],
                "url": base + need["action"]["href"],
            }
            for need in page.needs[:MOST]
        ],
        "more": max(0, page.needs_count - MOST),
        "steps": page.steps_count,
        "due": due,
        "asked": page.asked,
        "asked_url": f"{base}/t/{tenant.slug}/rate?show=asked",
        "renewals": page.renewals_count,
        "unread": unread,
        "something": bool(page.needs or page.steps_count or unread or (page.asked and page.asked.people)),
        "url": f"{base}/t/{tenant.slug}/",
        "settings_url": f"{base}/t/{tenant.slug}/notifications/settings",
        "unsubscribe_url": f"{base}/unsubscribe/{accounts.unsubscribe_token(member=member)}",
    }


def mail(member: Membership, context: dict[str, Any]) -> None:
    """Send it as text and as HTML, with one click to end it."""
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string("csplatform/digest_subject.txt", context).split()),
        body=render_to_string("csplatform/digest.txt", context),
        to=[member.user.email],
        headers={
            "List-Unsubscribe": f"<{context['unsubscribe_url']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(render_to_string("csplatform/digest.html", context), "text/html")
    message.send()
