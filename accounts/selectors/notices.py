"""A member's own notifications and how they want to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Actor, Case, NoticePreference, Notification, Step

PAGE = 40
MANY = 100


@dataclass(frozen=True)
class NoticePage:
    """Notifications, the newest first; ``titles`` of the steps and cases that they name, by id; where older ones
    follow."""

    notices: list[Notification]
    titles: dict[UUID, str]
    older: tuple[datetime, UUID] | None


# Every page asks this, so it is written once and not compiled each time.
UNREAD = """SELECT count(*) FROM (SELECT FROM accounts_notification
    WHERE tenant_id = %(tenant)s AND member_id = %(member)s AND read_at IS NULL LIMIT %(many)s) unread"""


def unread_count(*, actor: Actor) -> int:
    """How many notifications a member has not read, 100 at most; 0 where the page is made outside a transaction."""
    if not connection.in_atomic_block:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, {"tenant": actor.tenant_id, "member": actor.member_id, "many": MANY})
        count: int = cursor.fetchone()[0]
    return count


def notice_page(
    *, actor: Actor, kind: str = "", unread: bool = False, before: tuple[datetime, UUID] | None = None
) -> NoticePage:
    """A page of the actor's own notifications, of one kind or all."""
    rows = notice_rows(actor=actor)
    if kind:
        rows = rows.filter(kind=kind)
    if unread:
        rows = rows.filter(read_at=None)
    if before is not None:
        rows = rows.filter(Q(at__lt=before[0]) | Q(at=before[0], pk__lt=before[1]))
    found = list(rows.order_by("-at", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    return NoticePage(shown, notice_titles(shown), (last.at, last.pk) if last else None)


def notice_titles(notices: Sequence[Notification]) -> dict[UUID, str]:
    """The titles of the steps and cases that notifications name, by id."""
    named = [notice.object_id for notice in notices if notice.kind in ("step", "overdue", "escalation")]
    if not named:
        return {}
    steps = Step.objects.filter(pk__in=named).values_list("pk", "title")
    cases = Case.objects.filter(pk__in=named).values_list("pk", "subject")
    return dict(steps.union(cases, all=True))


def notice_rows(*, actor: Actor) -> QuerySet[Notification]:
    """All of the actor's own."""
    rows: QuerySet[Notification] = Notification.objects.filter(member_id=actor.member_id)
    return rows.select_related("account", "persona", "actor__user")


def work_of(notice: Notification) -> str:
    """What a notification names that still stands: a step, a promise or a case; nothing else."""
    if notice.kind == Notification.Kind.ESCALATION:
        return "case" if Case.objects.filter(pk=notice.object_id, deleted_at=None).exists() else ""
    if notice.kind not in (Notification.Kind.STEP, Notification.Kind.OVERDUE):
        return ""
    found = Step.objects.filter(pk=notice.object_id, deleted_at=None).values_list("source", flat=True)
    return "".join("promise" if source == Step.PROMISE else "step" for source in found)


def the_notice(*, notice_id: UUID, actor: Actor) -> Notification:
    """One of the actor's own. Raises Notification.DoesNotExist, for another member's as for a missing one."""
    notice: Notification = Notification.objects.get(pk=notice_id, member_id=actor.member_id)
    return notice


def notice_preference(*, member_id: UUID) -> NoticePreference:
    """What a member chose, or what stands without a choice."""
    found: NoticePreference | None = NoticePreference.objects.filter(member_id=member_id).first()
    return found or NoticePreference(member_id=member_id)
