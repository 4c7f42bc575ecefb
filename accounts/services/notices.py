"""What members are told of: a reader of the activity log turns one transaction's lines into notifications at once.

Whoever owns or works on an account is told of it; of a flag that is raised to management, as a champion who left or an
open critical escalation, every leader too. Nobody is told of what they did themselves, of history that was brought in, or
of what they muted. More than ten of one kind to one member in one transaction, as from an import, are told as one.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.db import connection
from django.db.models import Q

from accounts.models import (
    RAISED_TO_LEADERS,
    TELLING_FLAGS,
    Actor,
    Membership,
    NoticePreference,
    Notification,
    PeriodicRun,
    Step,
    Tenant,
)
from accounts.scope import current_tenant

FRESH = timedelta(days=7)  # what happened earlier is no news
AT_ONCE = 10
UNSUBSCRIBE = "digest"
LATE = timedelta(days=7)  # steps that became overdue earlier are told no more

# One row per member and line of the log. What ``data`` holds, each verb's service says.
TOLD = """WITH act AS (
    SELECT id, verb, object_id, account_id, persona_id, actor_id, at, data, data -> 'after' AS after,
        data -> 'before' AS before
    FROM accounts_activity
    WHERE tenant_id = %(tenant)s AND xact = %(xact)s AND at > %(since)s AND NOT data ? 'historical'
        AND verb IN ('note.created', 'note.updated', 'score.band_changed', 'flag.raised', 'persona.updated',
            'step.created', 'step.updated', 'case.created', 'case.updated', 'account.updated', 'member.role_changed')
), works AS (
    SELECT a.id AS account_id, a.owner_id AS member_id FROM accounts_account a
    WHERE a.tenant_id = %(tenant)s AND a.deleted_at IS NULL AND a.owner_id IS NOT NULL
        AND a.id IN (SELECT account_id FROM act)
    UNION
    SELECT t.account_id, t.membership_id FROM accounts_accountteam t
    WHERE t.tenant_id = %(tenant)s AND t.account_id IN (SELECT account_id FROM act)
), told AS (
    SELECT act.*, m::uuid AS member_id, 'mention' AS kind, '{}'::jsonb AS facts
    FROM act, jsonb_array_elements_text(act.data -> 'mentioned') m
    WHERE verb LIKE 'note.%%' AND jsonb_typeof(act.data -> 'mentioned') = 'array'
    UNION ALL
    SELECT act.*, w.member_id, 'band', jsonb_build_object('band', after -> 'band', 'was', before -> 'band')
    FROM act JOIN works w USING (account_id) WHERE verb = 'score.band_changed'
    UNION ALL
    SELECT act.*, w.member_id, 'flag', jsonb_build_object('flag', after -> 'code')
    FROM act JOIN works w USING (account_id) WHERE verb = 'flag.raised'
        AND (after ->> 'cap' IS NOT NULL OR after ->> 'code' = ANY(%(to_leaders)s))
    UNION ALL
    SELECT act.*, m.id, 'flag', jsonb_build_object('flag', after -> 'code')
    FROM act JOIN accounts_membership m ON m.tenant_id = %(tenant)s AND m.role = 'leader'
    WHERE verb = 'flag.raised' AND after ->> 'code' = ANY(%(to_leaders)s)
    UNION ALL
    SELECT act.*, w.member_id, 'left', '{}' FROM act JOIN works w USING (account_id)
    WHERE verb = 'persona.updated' AND after ->> 'left_on' IS NOT NULL AND before ->> 'left_on' IS NULL
    UNION ALL
    SELECT act.*, (after ->> 'owner')::uuid, 'step', '{}' FROM act
    WHERE verb IN ('step.created', 'step.updated') AND after ->> 'owner' IS NOT NULL
        AND after ->> 'done_at' IS NULL
    UNION ALL
    SELECT act.*, w.member_id, 'escalation', '{}' FROM act JOIN works w USING (account_id)
    WHERE verb IN ('case.created', 'case.updated') AND after ->> 'kind' = 'escalation'
        AND after ->> 'resolved_at' IS NULL
    UNION ALL
    SELECT act.*, (after ->> 'owner')::uuid, 'handover', '{"as": "owner"}' FROM act
    WHERE verb = 'account.updated' AND after ->> 'owner' IS NOT NULL
    UNION ALL
    SELECT act.*, (before ->> 'owner')::uuid, 'handover', '{"as": "former"}' FROM act
    WHERE verb = 'account.updated' AND before ->> 'owner' IS NOT NULL AND after ? 'owner'
    UNION ALL
    SELECT act.*, m::uuid, 'handover', '{"as": "team"}' FROM act, jsonb_array_elements_text(after -> 'team_ids') m
    WHERE verb = 'account.updated' AND jsonb_typeof(after -> 'team_ids') = 'array'
        AND NOT coalesce(before -> 'team_ids' ? m, false)
    UNION ALL
    SELECT act.*, object_id, 'role', jsonb_build_object('role', after -> 'role') FROM act
    WHERE verb = 'member.role_changed'
)
SELECT DISTINCT ON (told.member_id, kind, told.id) told.member_id, kind, told.id, account_id, persona_id,
    object_id, actor_id, facts::text, told.at
FROM told
JOIN accounts_membership m ON m.tenant_id = %(tenant)s AND m.id = told.member_id AND m.is_active
LEFT JOIN accounts_noticepreference p ON p.tenant_id = %(tenant)s AND p.member_id = told.member_id
WHERE told.member_id IS DISTINCT FROM told.actor_id AND NOT kind = ANY(coalesce(p.muted, '{}'))
    AND NOT (kind = 'flag' AND told.account_id = ANY(m.blind_at) AND facts ->> 'flag' = ANY(%(telling)s))
ORDER BY told.member_id, kind, told.id"""


def notify_members(*, ref: dict[str, Any], at: datetime) -> None:
    """Outbox handler: tell members what one transaction did that is theirs to know. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            TOLD,
            {
                "tenant": current_tenant(),
                "xact": ref["xact"],
                "since": at - FRESH,
                "to_leaders": list(RAISED_TO_LEADERS),
                "telling": list(TELLING_FLAGS),
            },
        )
        found = cursor.fetchall()
    groups: dict[tuple[UUID, str], list[Any]] = {}
    for row in found:
        groups.setdefault(row[:2], []).append(row)
    _tell([notice for rows in groups.values() for notice in _notices(rows)])


def _notices(rows: list[Any]) -> list[Notification]:
    """The notifications of one member and kind: one for each, or one for all."""
    member, kind, first = rows[0][0], rows[0][1], rows[0][2]
    if len(rows) > AT_ONCE:
        return [
            Notification(
                member_id=member, kind=kind, key=f"{kind}:{first}", count=len(rows), actor_id=rows[0][6],
                data=json.loads(rows[0][7]) if kind == "handover" else {}, at=rows[0][8],
            )
        ]  # fmt: skip
    return [
        Notification(
            member_id=member, kind=kind, key=f"{kind}:{id}", account_id=account, persona_id=persona,
            object_id=object_id, actor_id=actor, data=json.loads(facts), at=moment,
        )
        for _member, _kind, id, account, persona, object_id, actor, facts, moment in rows
    ]  # fmt: skip


def _tell(notices: list[Notification]) -> None:
    Notification.objects.bulk_create(notices, ignore_conflicts=True)


@dataclass(frozen=True)
class NewNotice:
    """One thing that a member is told by a higher floor. ``key`` makes telling it twice harmless; ``data`` holds codes and
    numbers, never what somebody wrote."""

    member_id: UUID
    key: str
    object_id: UUID | None = None
    account_id: UUID | None = None
    data: dict[str, Any] = field(default_factory=dict)


def tell_members(*, kind: str, notices: Collection[NewNotice], actor: Actor | None, at: datetime) -> None:
    """Tell members of one kind of thing, but not who muted it or who did it."""
    muted = set(NoticePreference.objects.filter(muted__contains=[kind]).values_list("member_id", flat=True))
    if actor is not None:
        muted.add(actor.member_id)
    _tell(
        [
            Notification(
                member_id=new.member_id, kind=Notification.Kind(kind), key=new.key, account_id=new.account_id,
                object_id=new.object_id, actor_id=actor.member_id if actor else None, data=new.data, at=at,
            )
            for new in notices
            if new.member_id not in muted
        ]
    )  # fmt: skip


def tell_overdue(*, tenant: Tenant, at: datetime) -> int:
    """Tell owners which of their steps became overdue, once a day of the tenant; how many were told of."""
    today = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    _, made = PeriodicRun.objects.get_or_create(
        job="overdue", period=today.isoformat(), defaults={"created_at": at, "done_at": at}
    )
    if not made:
        return 0
    late = Step.objects.filter(
        side=Step.Side.OURS, done_at=None, deleted_at=None, due_on__lt=today, due_on__gte=today - LATE,
        owner__is_active=True, account__deleted_at=None,
    ).filter(Q(snoozed_until=None) | Q(snoozed_until__lte=today))  # fmt: skip
    muted = NoticePreference.objects.filter(muted__contains=[Notification.Kind.OVERDUE])
    rows = late.exclude(owner_id__in=muted.values("member_id")).values_list(
        "pk", "owner_id", "account_id", "due_on"
    )
    notices = [
        Notification(
            member_id=owner, kind=Notification.Kind.OVERDUE, key=f"overdue:{step}:{due}", account_id=account,
            object_id=step, data={"due_on": due.isoformat()}, at=at,
        )
        for step, owner, account, due in rows
    ]  # fmt: skip
    _tell(notices)
    return len(notices)


def mark_read(*, ids: Collection[UUID] | None, actor: Actor, at: datetime) -> int:
    """Mark the actor's own notifications as read, all of them for None; how many were. No line of the log: what
    somebody has read is nobody's business."""
    mine = Notification.objects.filter(member_id=actor.member_id, read_at=None)
    if ids is not None:
        mine = mine.filter(pk__in=ids)
    return int(mine.update(read_at=at))


def unsubscribe_token(*, member: Membership) -> str:
    """What ends a member's digests, signed: whoever holds the mail may use it."""
    return signing.dumps([member.tenant_id, str(member.pk)], salt=UNSUBSCRIBE)


def member_of_token(*, token: str) -> Membership:
    """The member whose digests a token ends, with the tenant. Raises Membership.DoesNotExist, also for a forged one."""
    try:
        tenant_id, member_id = signing.loads(token, salt=UNSUBSCRIBE)
    except signing.BadSignature:
        raise Membership.DoesNotExist from None
    return Membership.objects.select_related("tenant").get(tenant_id=tenant_id, pk=member_id)


def choose_notices(
    *, member_id: UUID, digest: str | None = None, muted: Collection[str] | None = None
) -> None:
    """Keep how a member wants to be told; None leaves what stands. Theirs alone, so the log does not say it."""
    values: dict[str, Any] = {}
    if digest is not None:
        values["digest"] = NoticePreference.Digest(digest).value
    if muted is not None:
        values["muted"] = sorted(Notification.Kind(kind).value for kind in muted)
    NoticePreference.objects.update_or_create(member_id=member_id, defaults=values)
