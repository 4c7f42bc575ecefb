"""Two lines that end a write: what happened (activity), and what is left to do (outbox).

Both are rows of the same transaction; the dispatcher hears of them a millisecond after COMMIT.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from accounts.models import Actor
from accounts.scope import current_tenant
from accounts.selectors.plans import plan_ahead, planned

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


# Lines of the log, as one document in the place of a parameter for each value: several times faster for thousands. With
# them one outbox row for each reader of the log, that names this transaction.
INSERT = """WITH x AS (SELECT pg_current_xact_id()::text AS xact), logged AS (
    INSERT INTO accounts_activity
        (id, tenant_id, verb, object_type, object_id, account_id, persona_id, actor_id, api_key_id, at, data)
    SELECT g.id, %(tenant)s, g.verb, g.object_type, g.object_id, g.account_id, g.persona_id, %(actor)s::uuid,
        %(key)s::uuid, %(at)s::timestamptz, g.data
    FROM jsonb_to_recordset(%(records)s::jsonb) AS g (id uuid, verb text, object_type text, object_id uuid,
        account_id uuid, persona_id uuid, data jsonb)
), left_behind AS (
    INSERT INTO accounts_outbox (tenant_id, id, kind, ref, dedupe_key, available_at, attempts, last_error, created_at)
    SELECT %(tenant)s, w.id, w.kind, jsonb_build_object('xact', x.xact::bigint), x.xact, %(at)s::timestamptz, 0, '',
        %(at)s::timestamptz
    FROM x, unnest(%(ids)s::uuid[], %(kinds)s::text[]) AS w (id, kind)
    ON CONFLICT DO NOTHING
) SELECT pg_notify(%(channel)s, '')"""


def record_activity(*, activity: NewActivity, actor: Actor | None, at: datetime) -> None:
    """Log one thing that somebody did."""
    record_activities(activities=[activity], actor=actor, at=at)


def record_activities(*, activities: Sequence[NewActivity], actor: Actor | None, at: datetime) -> None:
    """Log what somebody did, and leave one outbox row for each reader of the log."""
    if not activities:
        return
    records = [
        {
            "id": str(uuid7()),
            "verb": activity.verb,
            "object_type": activity.object_type,
            "object_id": activity.object_id,
            "account_id": activity.account_id,
            "persona_id": activity.persona_id,
            "data": activity.data,
        }
        for activity in activities
    ]
    parameters: dict[str, Any] = {
        "tenant": current_tenant(),
        "actor": actor.member_id if actor else None,
        "key": actor.api_key.pk if actor and actor.api_key else None,
        "at": at,
        "records": msgspec.json.encode(records, enc_hook=str).decode(),
        "ids": [uuid7() for _ in settings.ACTIVITY_READERS],
        "kinds": list(settings.ACTIVITY_READERS),
        "channel": WORK_CHANNEL,
    }
    with connection.cursor() as cursor:
        cursor.execute(planned(INSERT), parameters)


def plan_activities() -> None:
    """Let this connection plan what record_activities runs."""
    plan_ahead(INSERT)


LEAVE = """WITH left_behind AS (
    INSERT INTO accounts_outbox (tenant_id, id, kind, ref, dedupe_key, available_at, attempts, last_error, created_at)
    VALUES (%(tenant)s, %(id)s, %(kind)s, %(ref)s::jsonb, %(dedupe_key)s, %(at)s, 0, '', %(at)s)
    ON CONFLICT DO NOTHING
) SELECT pg_notify(%(channel)s, '')"""


def enqueue(*, kind: str, ref: dict[str, Any], dedupe_key: str, at: datetime) -> None:
    """Leave work for a worker in this transaction; a waiting row with the same kind and key is enough.

    ``kind`` names a handler in settings.OUTBOX_HANDLERS; ``ref`` is what it is called with.
    """
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "id": uuid7(),
        "kind": kind,
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
