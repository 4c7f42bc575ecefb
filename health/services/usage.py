"""Usage in: events of a product, deduplicated for ever, rolled up by day in the tenant's time zone.

Events land with one statement and are answered; a worker then adds exactly that batch of events to the
daily table. An event whose account is not known waits, and goes the same way when the account appears.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.db import connection
from uuid_utils import uuid7

from accounts import services as accounts
from accounts.models import Actor, Tenant
from accounts.scope import current_tenant
from health.selectors.cases import sql_array
from health.services.arrivals import SHOWN, Receipt, Refusal, Seen, note_arrival
from health.services.observations import mark_dirty

MAX_EVENTS = 10_000
AHEAD = dt.timedelta(days=1)
MONTHS_BACK = 84
MAX_DEPTH = 32
SOURCE = "REST"

ExternalId = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class NewUsage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One thing a user did. ``historical``: it counts as known since it happened (for an admin's migration)."""

    message_id: ExternalId
    account_external_id: ExternalId
    user_key: ExternalId
    feature: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    occurred_at: Moment
    properties: dict[str, Any] | None = None
    historical: bool = False


# The accounts that these names mean: by their own external id, or because an admin said whose group it is; a merged
# account means the one that it was merged into. The limit makes PostgreSQL look up the few names instead of reading
# every account.
HOMES = """SELECT n.external_id, coalesce(a.merged_into_id, a.id, t.merged_into_id, t.id) AS account_id
    FROM ({names}) AS n (external_id)
    LEFT JOIN LATERAL (
        SELECT id, merged_into_id FROM accounts_account
        WHERE tenant_id = %(tenant)s AND external_id = n.external_id
            AND (deleted_at IS NULL OR merged_into_id IS NOT NULL) LIMIT 1
    ) a ON true
    LEFT JOIN health_trackedgroup g ON g.tenant_id = %(tenant)s AND g.external_id = n.external_id
    LEFT JOIN accounts_account t ON t.tenant_id = %(tenant)s AND t.id = g.account_id
        AND (t.deleted_at IS NULL OR t.merged_into_id IS NOT NULL)"""

# One round trip: new message ids are kept, and the events that brought them are stored with their account.
STORE = f"""
WITH sent AS MATERIALIZED (
    SELECT * FROM unnest(%(id)s::uuid[], %(message)s::text[], %(account)s::text[], %(user)s::text[],
        %(feature)s::text[], %(occurred)s::timestamptz[], %(recorded)s::timestamptz[], %(properties)s::jsonb[])
    AS t (id, message_id, external_id, user_key, feature, occurred_at, recorded_at, properties)
), fresh AS (
    INSERT INTO health_usagemessage (tenant_id, message_id)
    SELECT %(tenant)s, message_id FROM sent ORDER BY message_id  -- one order for all writers: no deadlock
    ON CONFLICT DO NOTHING RETURNING message_id
), homes AS MATERIALIZED (
    {HOMES.format(names="SELECT DISTINCT external_id FROM sent")}
), stored AS (
    INSERT INTO health_usageevent (id, tenant_id, account_id, account_external_id, user_key, feature,
        occurred_at, recorded_at, properties, batch)
    SELECT sent.id, %(tenant)s, homes.account_id, sent.external_id, sent.user_key, sent.feature,
        sent.occurred_at, coalesce(sent.recorded_at, %(at)s), nullif(sent.properties, 'null'), %(batch)s
    FROM sent JOIN fresh USING (message_id) LEFT JOIN homes USING (external_id)
    RETURNING account_id, occurred_at, recorded_at
), feed AS (  -- written once, and again only where history is handed in: most requests read it and lock nothing
    INSERT INTO health_usagefeed AS f (tenant_id, id, first_known_at)
    SELECT %(tenant)s, gen_random_uuid(), known_at
    FROM (SELECT min(greatest(occurred_at, recorded_at)) AS known_at FROM stored) s
    WHERE known_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM health_usagefeed WHERE tenant_id = %(tenant)s AND first_known_at <= known_at)
    ON CONFLICT (tenant_id) DO UPDATE SET first_known_at = least(f.first_known_at, excluded.first_known_at)
)
SELECT count(*), count(account_id), min(occurred_at), max(occurred_at)
FROM stored
"""

MATCH = f"""
WITH homes AS MATERIALIZED (
    {HOMES.format(names="SELECT unnest(%(external_ids)s::text[])")}
), matched AS (
    UPDATE health_usageevent e SET account_id = homes.account_id, batch = %(batch)s
    FROM homes
    WHERE e.tenant_id = %(tenant)s AND e.account_id IS NULL AND e.account_external_id = homes.external_id
        AND homes.account_id IS NOT NULL
    RETURNING e.occurred_at
)
SELECT count(*), min(occurred_at), max(occurred_at) FROM matched
"""

# Events that came before anybody knew the group of their user: the user's own now, or that of whom it turned out to be.
REGROUP = f"""
WITH users AS MATERIALIZED (
    SELECT u.user_key, coalesce(m.user_key, u.user_key) AS meant,
        coalesce(nullif(m.account_external_id, ''), u.account_external_id) AS external_id
    FROM health_trackeduser u
    LEFT JOIN health_trackeduser m ON m.tenant_id = %(tenant)s AND m.user_key = u.alias_of AND u.alias_of <> ''
    WHERE u.tenant_id = %(tenant)s AND (u.user_key = ANY(%(users)s) OR u.alias_of <> '' AND u.alias_of = ANY(%(users)s))
), homes AS MATERIALIZED (
    {HOMES.format(names="SELECT DISTINCT external_id FROM users WHERE external_id <> ''")}
), matched AS (
    UPDATE health_usageevent e
    SET account_external_id = homes.external_id, account_id = homes.account_id, user_key = users.meant,
        batch = %(batch)s
    FROM users JOIN homes USING (external_id)
    WHERE e.tenant_id = %(tenant)s AND e.account_id IS NULL AND e.account_external_id = ''
        AND e.user_key = users.user_key
    RETURNING e.account_id, e.occurred_at
)
SELECT count(account_id), min(occurred_at), max(occurred_at) FROM matched
"""

# ``matched_at`` is when events that had waited became known for their account; what was known since it happened
# stays so. The id begins with its time, so that the newest rows lie together in the index, and goes on with a digest
# of what the row is unique by. The answer is the accounts with a row that was not there before, whose count is this
# batch's alone: a higher count moves no measure. Both say it then, and are grouped: joined, PostgreSQL compares each row
# of the one with each of the other, ten thousand by ten thousand, where it knows nothing of the table yet.
ROLL_UP = """
WITH days AS (
    SELECT account_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day, user_key, feature, count(*) AS n,
        min(CASE WHEN recorded_at = occurred_at THEN recorded_at
            ELSE greatest(recorded_at, %(matched_at)s::timestamptz) END) AS known_at
    FROM health_usageevent
    WHERE tenant_id = %(tenant)s AND batch = %(batch)s AND account_id IS NOT NULL
        AND occurred_at BETWEEN %(first)s AND %(last)s
    GROUP BY 1, 2, 3, 4
), added AS (
    INSERT INTO health_usageday AS d (id, tenant_id, account_id, day, user_key, feature, count, recorded_at)
    SELECT overlay(md5(account_id::text || day || user_key || ' ' || feature) PLACING
            lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') FROM 1)::uuid,
        %(tenant)s, account_id, day, user_key, feature, n, known_at
    FROM days ORDER BY account_id, day, user_key, feature  -- one order for all workers: no deadlock
    ON CONFLICT (tenant_id, account_id, day, user_key, feature) DO UPDATE
        SET count = d.count + excluded.count, recorded_at = least(d.recorded_at, excluded.recorded_at)
    RETURNING account_id, day, user_key, feature, count
)
SELECT DISTINCT account_id FROM (
    SELECT account_id FROM (
        SELECT account_id, day, user_key, feature, n FROM days
        UNION ALL SELECT account_id, day, user_key, feature, count FROM added
    ) AS said GROUP BY account_id, day, user_key, feature, n HAVING count(*) = 2
) AS new
"""


def ingest_usage(
    *, events: Iterable[tuple[int, NewUsage]], refusals: Sequence[Refusal], actor: Actor, at: dt.datetime
) -> Receipt:
    """Take the events of one REST request, as ``write_usage`` does, and leave a line of what arrived."""
    taken = list(events)
    receipt = write_usage(events=taken, refusals=refusals, actor=actor, at=at)
    note_arrival(
        receipt=receipt,
        source=SOURCE,
        sample=[
            Seen("track", one.feature, one.user_key, one.account_external_id) for _, one in taken[:SHOWN]
        ],
        named={},
        actor=actor,
        at=at,
    )
    return receipt


def write_usage(
    *,
    events: Iterable[tuple[int, NewUsage]],
    refusals: Sequence[Refusal],
    actor: Actor | None,
    at: dt.datetime,
) -> Receipt:
    """Take events, each with its place in the request, beside those that were ``refusals`` already.

    Writes nothing for an event that breaks a rule, repeats a message of this request, or was ever taken before.
    """
    receipt = Receipt(rejected=list(refusals))
    earliest, latest = first_moment(at), at + AHEAD
    fresh: dict[str, tuple[NewUsage, str]] = {}
    for index, event in events:
        properties = msgspec.json.encode(event.properties).decode()
        if broken := _broken_rule(event, properties, earliest=earliest, latest=latest, actor=actor):
            receipt.rejected.append(Refusal(index, *broken))
        elif event.message_id in fresh:
            receipt.duplicates += 1
        else:
            fresh[event.message_id] = event, properties
    receipt.rejected.sort(key=lambda refusal: refusal.index)
    if fresh:
        stored, receipt.accepted = _store(list(fresh.values()), at=at)
        receipt.unmatched = stored - receipt.accepted
        receipt.duplicates += len(fresh) - stored
        if stored:
            _log_historical([event for event, _ in fresh.values()], actor=actor, at=at)
    return receipt


def first_moment(at: dt.datetime) -> dt.datetime:
    """The earliest moment that surely has a partition, in any time zone."""
    index = at.year * 12 + at.month - 1 - MONTHS_BACK
    return dt.datetime(index // 12, index % 12 + 1, 2, tzinfo=dt.UTC)


def match_usage(*, external_ids: Collection[str], at: dt.datetime) -> int:
    """Give waiting events to the accounts that now carry these external ids; returns how many.

    From ``at`` on they count; an earlier moment does not know them.
    """
    if not external_ids:
        return 0
    with connection.cursor() as cursor:
        batch = _new_batch()
        parameters: dict[str, Any] = {
            "tenant": current_tenant(),
            "batch": batch,
            "external_ids": sorted(external_ids),
        }
        cursor.execute(MATCH, parameters)
        matched, first, last = cursor.fetchone()
    if matched:
        _leave_roll_up(batch, first=first, last=last, at=at, matched_at=at.isoformat())
    return int(matched)


def group_usage(*, ref: dict[str, Any], at: dt.datetime) -> None:
    """Give events that came without a group to the group of their user, now that it is known.

    Handler of the outbox. ``ref``: the ``users`` whose group or whose other id has become known.
    """
    batch = _new_batch()
    with connection.cursor() as cursor:
        cursor.execute(REGROUP, {"tenant": current_tenant(), "batch": batch, "users": ref["users"]})
        matched, first, last = cursor.fetchone()
    if matched:
        _leave_roll_up(batch, first=first, last=last, at=at, matched_at=at.isoformat())


def roll_up_usage(*, ref: dict[str, Any], at: dt.datetime) -> None:
    """Add one batch of events to the daily table, and leave the accounts that it tells news of to be scored again.

    Handler of the outbox. ``ref``: the ``batch``, its ``first`` and ``last`` moment, ``matched_at`` if
    the events had waited for their account, ``waiting`` if some wait still.
    """
    if ref.get("waiting"):
        external_ids, users = _waiting(ref)
        match_usage(external_ids=external_ids, at=at)
        if users:
            group_usage(ref={"users": users}, at=at)
    with connection.cursor() as cursor:
        zone = Tenant.objects.values_list("time_zone", flat=True).get(pk=current_tenant())
        cursor.execute(ROLL_UP, _span(ref) | {"zone": zone, "matched_at": ref.get("matched_at")})
        account_ids: list[UUID] = [row[0] for row in cursor.fetchall()]
    mark_dirty(account_ids=account_ids, at=at)


def _store(fresh: Sequence[tuple[NewUsage, str]], *, at: dt.datetime) -> tuple[int, int]:
    """Write events, their properties beside them as JSON, whose message ids differ; how many were new, and how many
    of those found their account."""
    events = [event for event, _ in fresh]
    # In UTC: PostgreSQL takes no offset of sixteen hours or more.
    occurred = [event.occurred_at.astimezone(dt.UTC).isoformat() for event in events]
    columns = {
        "id": [str(uuid7()) for _ in events],
        "message": [event.message_id for event in events],
        "account": [event.account_external_id for event in events],
        "user": [event.user_key for event in events],
        "feature": [event.feature for event in events],
        "occurred": occurred,
        "properties": [properties for _, properties in fresh],
    }
    batch = _new_batch()
    parameters: dict[str, Any] = {name: _array(values) for name, values in columns.items()}
    parameters |= {
        "recorded": _recorded(events, occurred),
        "tenant": current_tenant(),
        "batch": batch,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, parameters)
        stored, matched, first, last = cursor.fetchone()
    if stored:
        _leave_roll_up(batch, first=first, last=last, at=at, waiting=matched < stored)
    return stored, matched


def _recorded(events: Sequence[NewUsage], occurred: Sequence[str]) -> str | None:
    """When each event became known; None where that is now for all of them."""
    if not any(event.historical for event in events):
        return None
    return sql_array(
        moment if event.historical else None for event, moment in zip(events, occurred, strict=True)
    )


def new_message_id() -> str:
    """An id for a message that came without one: it cannot be told from a repeat."""
    return str(uuid7())


def _new_batch() -> int:
    return secrets.randbits(63)


def _leave_roll_up(
    batch: int, *, first: dt.datetime, last: dt.datetime, at: dt.datetime, **more: str | bool
) -> None:
    ref = {"batch": batch, "first": first.isoformat(), "last": last.isoformat(), **more}
    accounts.enqueue(kind="roll_up_usage", ref=ref, dedupe_key=str(batch), at=at)


def _waiting(ref: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What this batch's events wait for: accounts by external id, and users without a group. It may have come since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT account_external_id, CASE WHEN account_external_id = '' THEN user_key END "
            "FROM health_usageevent WHERE tenant_id = %(tenant)s AND batch = %(batch)s AND account_id IS NULL "
            "AND occurred_at BETWEEN %(first)s AND %(last)s",
            _span(ref),
        )
        found = cursor.fetchall()
    return [name for name, user in found if user is None], [user for _, user in found if user is not None]


def _span(ref: dict[str, Any]) -> dict[str, Any]:
    return {"tenant": current_tenant(), "batch": ref["batch"], "first": ref["first"], "last": ref["last"]}


def _array(texts: Iterable[str]) -> str:
    """Texts without NUL as a PostgreSQL array literal: many times faster than adapting each."""
    joined = "\x00".join(texts).replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace("\x00", '","') + '"}'


def _broken_rule(
    event: NewUsage, properties: str, *, earliest: dt.datetime, latest: dt.datetime, actor: Actor | None
) -> tuple[str, str] | None:
    """The code and detail of the rule that this event breaks, or None."""
    if event.occurred_at > latest:
        return "in_the_future", "occurred_at: more than a day from now."
    if event.occurred_at < earliest:
        return "too_old", f"occurred_at: before {earliest:%Y-%m-%d}, the first day that is kept."
    if event.historical and actor is not None and not actor.is_admin:
        return "forbidden", "historical: only an admin key may say so."
    if "\x00" in f"{event.message_id}{event.account_external_id}{event.user_key}{event.feature}":
        return "invalid", "Text may not hold NUL."
    # Read off the JSON whether there is anything to look into: most properties are flat and harmless.
    if "\\u0000" in properties or properties.count("{") + properties.count("[") > MAX_DEPTH:
        return broken_document(event.properties, "properties")
    return None


def broken_document(document: dict[str, Any] | None, name: str) -> tuple[str, str] | None:
    """The code and detail of why the database could not keep this JSON, or None."""
    stack: list[tuple[Any, int]] = [(document, 1)]
    while stack:
        here, depth = stack.pop()
        if isinstance(here, str):
            if "\x00" in here:
                return "invalid", f"{name}: text may not hold NUL."
        elif isinstance(here, dict | list):
            if depth > MAX_DEPTH:
                return "too_deep", f"{name}: nested deeper than {MAX_DEPTH} levels."
            children = [*here, *here.values()] if isinstance(here, dict) else here
            stack += [(child, depth + 1) for child in children if isinstance(child, str | dict | list)]
    return None


def _log_historical(events: Iterable[NewUsage], *, actor: Actor | None, at: dt.datetime) -> None:
    """The log says so when events count as known since they happened."""
    count = sum(event.historical for event in events)
    if count:
        activity = accounts.NewActivity(
            verb="usage.ingested", object_id=None, data={"historical": True, "events": count}
        )
        accounts.record_activity(activity=activity, actor=actor, at=at)
