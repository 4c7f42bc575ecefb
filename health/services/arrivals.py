"""What arrives through the doors of usage, over REST and in files, kept for days: the live tail of the Connect page,
which source still sends, and why something was refused. One short row per request, whatever its size."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection
from uuid_utils.compat import uuid7

from accounts.models import Actor
from accounts.scope import current_tenant
from accounts.services import limits
from accounts.services.arriving import RefusedRow
from health.selectors.connect import KEPT

SHOWN = 5  # messages of a request that the tail shows
REFUSALS = 20  # refusals of a request that are kept
ROWS = 2000  # a tenant's lines that are kept at most, of those without a refusal
REFUSED_ROWS = 2000  # the same of those with one: no traffic pushes them out
TEXT = 120


class Refusal(msgspec.Struct):
    """Why the event at this index was not taken."""

    index: int
    code: str
    detail: str


class Receipt(msgspec.Struct):
    """What became of the events: accepted + duplicates + unmatched + rejected is all of them."""

    accepted: int = 0
    duplicates: int = 0
    unmatched: int = 0
    rejected: list[Refusal] = msgspec.field(default_factory=list)


class Seen(msgspec.Struct):
    """One message as the tail shows it: what kind, of what name, by whom, for which group."""

    type: str
    name: str = ""
    user: str = ""
    group: str = ""


# Noted with it at most once a minute: when the key was used last. Whoever holds the key's row says so already.
NOTE = """WITH used AS (
    UPDATE accounts_apikey SET last_used_at = %(at)s WHERE tenant_id = %(tenant)s AND id IN (
        SELECT id FROM accounts_apikey WHERE tenant_id = %(tenant)s AND id = %(key)s::uuid FOR UPDATE SKIP LOCKED)
)
INSERT INTO health_arrival (tenant_id, id, at, source, key_prefix, accepted, duplicates, unmatched, rejected,
    sample, refusals)
VALUES (%(tenant)s, %(id)s, %(at)s, %(source)s, %(key_prefix)s, %(accepted)s, %(duplicates)s, %(unmatched)s,
    %(rejected)s, %(sample)s, %(refusals)s)"""

# Summed as they go and not as they come: concurrent requests of one source would wait for one another's row.
FORGET = """WITH gone AS (
    DELETE FROM health_arrival WHERE tenant_id = %(tenant)s AND (
        at < %(before)s
        OR rejected = 0 AND at < (SELECT at FROM health_arrival WHERE tenant_id = %(tenant)s AND rejected = 0
            ORDER BY at DESC OFFSET %(rows)s - 1 LIMIT 1)
        OR rejected > 0 AND at < (SELECT at FROM health_arrival WHERE tenant_id = %(tenant)s AND rejected > 0
            ORDER BY at DESC OFFSET %(refused_rows)s - 1 LIMIT 1)
    ) AND id NOT IN (SELECT DISTINCT ON (source, key_prefix) id FROM health_arrival
        WHERE tenant_id = %(tenant)s ORDER BY source, key_prefix, at DESC)
    RETURNING at, source, key_prefix, accepted + unmatched AS taken, rejected
)
INSERT INTO health_arrivalhour AS h (tenant_id, id, hour, source, key_prefix, requests, taken, rejected)
SELECT %(tenant)s, gen_random_uuid(), date_trunc('hour', at, 'UTC'), source, key_prefix, count(*), sum(taken), sum(rejected)
FROM gone WHERE at >= %(before)s GROUP BY date_trunc('hour', at, 'UTC'), source, key_prefix
ON CONFLICT (tenant_id, hour, source, key_prefix) DO UPDATE SET requests = h.requests + excluded.requests,
    taken = h.taken + excluded.taken, rejected = h.rejected + excluded.rejected"""


def note_arrival(
    *,
    receipt: Receipt,
    source: str,
    sample: Sequence[Seen],
    named: Mapping[int, Seen],
    actor: Actor | None,
    at: dt.datetime,
    rejected: int | None = None,
) -> None:
    """Leave a line of one request. ``named`` tells of refused messages, by their index, what could be read of them;
    ``rejected`` is how many were refused, where the receipt does not hold them all."""
    refusals = [_shown(named.get(one.index)) | _said(one) for one in receipt.rejected[:REFUSALS]]
    key = actor.api_key if actor else None
    params: dict[str, Any] = {
        "tenant": current_tenant(),
        "id": uuid7(),
        "at": at,
        "source": clean(source)[:100],
        "key": key.pk if key is not None and limits.is_to_be_noted(key=key, at=at) else None,
        "key_prefix": key.prefix if key is not None else "",
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "unmatched": receipt.unmatched,
        "rejected": len(receipt.rejected) if rejected is None else rejected,
        "sample": msgspec.json.encode([_shown(one) for one in sample[:SHOWN]]).decode(),
        "refusals": msgspec.json.encode(refusals).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, params)


def note_unreadable(*, detail: str, source: str, actor: Actor, at: dt.datetime) -> None:
    """Leave a line of a request whose body could not be read at all."""
    receipt = Receipt(rejected=[Refusal(0, "unreadable", detail)])
    note_arrival(receipt=receipt, source=source, sample=[], named={}, actor=actor, at=at)


def note_write(
    *,
    source: str,
    kind: str,
    name: str,
    taken: int,
    refused: int,
    rows: Sequence[RefusedRow],
    actor: Actor | None,
    at: dt.datetime,
) -> None:
    """Leave a line of rows that came over REST or in a file, as of usage. What has no key was brought by a member."""
    user = "" if actor is None or actor.api_key else str(actor.membership.user)
    note_arrival(
        receipt=Receipt(
            taken, rejected=[Refusal(row.index, row.code, row.detail) for row in rows[:REFUSALS]]
        ),
        source=source,
        sample=[Seen(kind, name, user)],
        named={row.index: Seen(kind, f"{name} [{row.index}]", user) for row in rows[:REFUSALS]},
        actor=actor,
        at=at,
        rejected=refused,
    )


def forget_arrivals(*, at: dt.datetime) -> None:
    """Remove the tenant's old lines, but for the newest of each source: when it was last heard of stays known. What
    they came to stays as sums by the hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            FORGET,
            {
                "tenant": current_tenant(),
                "before": at - KEPT,
                "rows": ROWS,
                "refused_rows": REFUSED_ROWS,
            },
        )
        cursor.execute(
            "DELETE FROM health_arrivalhour WHERE tenant_id = %(tenant)s AND hour < %(before)s",
            {"tenant": current_tenant(), "before": at - KEPT},
        )


def clean(text: str) -> str:
    """Text as PostgreSQL can keep it: without NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _shown(seen: Seen | None) -> dict[str, Any]:
    if seen is None:
        return {}
    return {name: clean(text)[:TEXT] for name, text in msgspec.structs.asdict(seen).items() if text}


def _said(refusal: Refusal) -> dict[str, str]:
    return {"code": refusal.code, "detail": clean(refusal.detail)[:300]}
