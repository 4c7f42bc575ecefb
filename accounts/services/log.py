"""Two lines that end a write: what happened (activity), and what is left to do (outbox).

Both are rows of the same transaction; the dispatcher hears of them a millisecond after COMMIT.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from accounts.models import Activity, Actor
from accounts.scope import current_tenant

WORK_CHANNEL = "csplatform_work"


@dataclass(frozen=True)
class NewActivity:
    """One line of the log. ``verb`` reads as ``account.created``; ``data`` holds before and after, or what it needs."""

    verb: str
    object_id: UUID | None
    account_id: UUID | None = None
    persona_id: UUID | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def object_type(self) -> str:
        return self.verb.partition(".")[0]


def record_activity(*, activity: NewActivity, actor: Actor | None, at: datetime) -> None:
    """Log one thing that somebody did."""
    record_activities(activities=[activity], actor=actor, at=at)


def record_activities(*, activities: Sequence[NewActivity], actor: Actor | None, at: datetime) -> None:
    """Log what somebody did, and leave one outbox row for each reader of the log."""
    if not activities:
        return
    Activity.objects.bulk_create(
        [
            Activity(
                verb=activity.verb,
                object_type=activity.object_type,
                object_id=activity.object_id,
                account_id=activity.account_id,
                persona_id=activity.persona_id,
                actor_id=actor.member_id if actor else None,
                api_key=actor.api_key if actor else None,
                at=at,
                data=activity.data,
            )
            for activity in activities
        ],
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        xact = cursor.fetchone()[0]
    _leave(settings.ACTIVITY_READERS, ref={"xact": xact}, dedupe_key=str(xact), at=at)


def enqueue(*, kind: str, ref: dict[str, Any], dedupe_key: str, at: datetime) -> None:
    """Leave work for a worker in this transaction; a waiting row with the same kind and key is enough.

    ``kind`` names a handler in settings.OUTBOX_HANDLERS; ``ref`` is what it is called with.
    """
    _leave([kind], ref=ref, dedupe_key=dedupe_key, at=at)


LEAVE = """WITH left_behind AS (
    INSERT INTO accounts_outbox (tenant_id, id, kind, ref, dedupe_key, available_at, attempts, last_error, created_at)
    SELECT %(tenant)s, w.id, w.kind, %(ref)s::jsonb, %(dedupe_key)s, %(at)s, 0, '', %(at)s
    FROM unnest(%(ids)s::uuid[], %(kinds)s::text[]) AS w (id, kind)
    ON CONFLICT DO NOTHING
) SELECT pg_notify(%(channel)s, '')"""


def _leave(kinds: Sequence[str], *, ref: dict[str, Any], dedupe_key: str, at: datetime) -> None:
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "ids": [uuid7() for _ in kinds],
        "kinds": list(kinds),
        "ref": json.dumps(ref),
        "dedupe_key": dedupe_key,
        "at": at,
        "channel": WORK_CHANNEL,
    }
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, params)


def wake() -> None:
    """Tell the dispatcher, at COMMIT, that there is work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WORK_CHANNEL])
