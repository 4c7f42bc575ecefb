"""Who may be sent now, and what came of it: claims and records, each in a transaction of its own, with the sending
between them outside of any.

At least once: a claim is a lease, and what a dead worker held is claimed again with the same id. A webhook that fails
three times in a row is held for a while and then tried with one delivery at a time, so that it costs nobody anything.
"""

import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import OperationalError, connection, transaction

from accounts.models import Webhook, WebhookDelivery
from accounts.scope import current_tenant
from accounts.services.log import NewActivity, record_activity
from accounts.services.webhooks.messages import bodies_of
from accounts.services.webhooks.sending import Parcel, Receipt, seconds_asked

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)  # longer than an attempt lasts
AT_ONCE = 32  # attempts at one webhook that may be under way together
BREAKS_AT = 3  # failures in a row
# Seconds after the first, second, ... failed attempt at a delivery; the last one counts on until it expires.
PAUSES = (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
HOLDS = (
    15,
    30,
    60,
    120,
    300,
    600,
)  # seconds that a webhook is held after the third, fourth, ... failure in a row
JITTER = 0.2  # of a pause, either way
LONGEST_ASKED = 24 * 3600.0  # seconds that a receiver may ask us to wait
TRIES_KEPT = 20
LOST = "Its secret cannot be read any more, as SECRET_KEY has changed: make a new one and switch it on."
GONE = "The address answered 410 Gone: it does not want to be told any more."

# The rows are chosen once, into an array: joined, PostgreSQL may choose them anew for each row that waits, as it does
# where a burst has just filled a table of which it knows nothing yet.
CLAIM = """UPDATE accounts_webhookdelivery
SET attempts = attempts + 1, claimed_at = %(at)s, available_at = %(lease_end)s
WHERE tenant_id = %(tenant)s AND id = ANY(ARRAY(
    SELECT d.id FROM unnest(%(webhooks)s::uuid[], %(limits)s::int[]) AS w (id, most)
    CROSS JOIN LATERAL (
        SELECT count(*) AS under_way FROM accounts_webhookdelivery u
        WHERE u.tenant_id = %(tenant)s AND u.webhook_id = w.id AND u.state = 'waiting'
            AND u.claimed_at IS NOT NULL AND u.available_at > %(at)s AND u.available_at <= %(lease_end)s
    ) n
    CROSS JOIN LATERAL (
        SELECT c.id FROM accounts_webhookdelivery c
        WHERE c.tenant_id = %(tenant)s AND c.webhook_id = w.id AND c.state = 'waiting'
            AND c.available_at <= %(at)s
        ORDER BY c.available_at LIMIT greatest(w.most - n.under_way, 0) FOR UPDATE SKIP LOCKED
    ) d
    LIMIT %(limit)s
))
RETURNING id"""


def claim_deliveries(*, at: datetime, limit: int) -> list[Parcel]:
    """Take up to ``limit`` deliveries that are due, for the length of the lease, ready to be sent. One transaction.

    Each webhook has at most ``AT_ONCE`` under way, and one while it is failing; those that are held or off have none.
    """
    with transaction.atomic():
        able = Webhook.objects.filter(is_active=True).exclude(held_until__gt=at)
        found = {row.pk: row for row in able.select_for_update(skip_locked=True).order_by("pk")}
        webhooks = {key: row for key, row in found.items() if _has_secret(row, at=at)}
        if not webhooks or limit < 1:
            return []
        ids = _claim(list(webhooks.values()), at=at, limit=limit)
        rows = list(WebhookDelivery.objects.filter(pk__in=ids))
        bodies = bodies_of(rows)
        return [
            Parcel(
                delivery_id=row.pk,
                webhook_id=row.webhook_id,
                attempt=row.attempts,
                url=webhooks[row.webhook_id].url,
                secrets=secrets_of(webhooks[row.webhook_id], at=at),
                body=bodies[row.pk],
            )
            for row in rows
        ]


def _claim(webhooks: Sequence[Webhook], *, at: datetime, limit: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "tenant": current_tenant(),
                "webhooks": [webhook.pk for webhook in webhooks],
                "limits": [1 if webhook.failures >= BREAKS_AT else AT_ONCE for webhook in webhooks],
                "at": at,
                "lease_end": at + LEASE,
                "limit": limit,
            },
        )
        return [row[0] for row in cursor.fetchall()]


def _has_secret(webhook: Webhook, *, at: datetime) -> bool:
    """Whether anything can be signed for a webhook; one whose secret is lost is switched off."""
    if not webhook.secret:
        switch_off(webhook, reason=LOST, at=at)
        webhook.save(update_fields=CHANGED)
    return bool(webhook.secret)


def secrets_of(webhook: Webhook, *, at: datetime) -> list[str]:
    """The secrets that sign now: the one that is rotated out signs along for a while."""
    overlaps = webhook.previous_until is not None and webhook.previous_until > at
    return [webhook.secret, *filter(None, [webhook.previous_secret])] if overlaps else [webhook.secret]


@dataclass(frozen=True)
class Sent:
    """A parcel and what came of it."""

    parcel: Parcel
    receipt: Receipt


def record_deliveries(*, sent: Sequence[Sent], at: datetime) -> None:
    """Write down what came of attempts, in the order in which they ended. One transaction, that waits for no webhook;
    what they mean to a webhook that somebody else writes meanwhile is counted in one of its own.

    An attempt whose lease ran out and that was claimed anew is not recorded: its successor will be.
    """
    with transaction.atomic():
        ids = {one.parcel.webhook_id for one in sent}
        held = Webhook.objects.select_for_update(skip_locked=True).filter(pk__in=ids).order_by("pk")
        webhooks = {row.pk: row for row in held}
        before = {key: _standing(webhook) for key, webhook in webhooks.items()}
        found = WebhookDelivery.objects.select_for_update().filter(
            pk__in=[one.parcel.delivery_id for one in sent]
        )
        rows = {(row.pk, row.attempts): row for row in found.order_by("pk")}
        done = []
        busy: dict[UUID, list[Receipt]] = {}
        for one in sent:
            row = rows.get((one.parcel.delivery_id, one.parcel.attempt))
            if row is None or row.claimed_at is None:
                continue
            _record(row, one.receipt, at=at)
            done.append(row)
            if row.webhook_id in webhooks:
                _count(webhooks[row.webhook_id], one.receipt, at=at)
            else:
                busy.setdefault(row.webhook_id, []).append(one.receipt)
        _save(done, [one for key, one in webhooks.items() if _standing(one) != before[key]])
    for webhook_id, receipts in sorted(busy.items()):
        _count_later(webhook_id, receipts, at=at)


def _count_later(webhook_id: UUID, receipts: Sequence[Receipt], *, at: datetime) -> None:
    """Count recorded attempts at a webhook whose row somebody else held. If they hold it on, the attempts that follow
    count, and the log says so."""
    try:
        with transaction.atomic():
            for webhook in Webhook.objects.select_for_update().filter(pk=webhook_id):
                for receipt in receipts:
                    _count(webhook, receipt, at=at)
                webhook.save(update_fields=CHANGED)
    except OperationalError as error:
        logger.warning(
            "webhook %s was locked by another transaction: %s attempts are recorded but not counted in how it fares (%s)",
            webhook_id, len(receipts), str(error).strip().partition("\n")[0],
        )  # fmt: skip


def _record(row: WebhookDelivery, receipt: Receipt, *, at: datetime) -> None:
    """What came of an attempt at one delivery."""
    row.claimed_at = None
    row.status, row.took_ms = receipt.status, receipt.took_ms
    row.error, row.answer = receipt.error, receipt.answer
    told = {"at": at.isoformat(), "status": receipt.status, "error": receipt.error, "ms": receipt.took_ms}
    row.tries = [*row.tries, told][-TRIES_KEPT:]
    if receipt.is_delivered:
        row.state, row.ended_at = WebhookDelivery.State.DELIVERED, at
    else:
        _put_off(row, _asked(receipt, at), gone=receipt.is_gone, at=at)


def _count(webhook: Webhook, receipt: Receipt, *, at: datetime) -> None:
    """What came of an attempt at any delivery of this webhook, for the webhook. The row is saved by the caller."""
    if receipt.is_delivered:
        webhook.failures, webhook.failing_since, webhook.held_until = 0, None, None
    elif receipt.is_gone:
        switch_off(webhook, reason=GONE, at=at)
    else:
        _hold(webhook, _asked(receipt, at), at=at)


def _asked(receipt: Receipt, at: datetime) -> float | None:
    """The seconds that a receiver asked us to wait, or None."""
    asked = seconds_asked(receipt.retry_after, at=at)
    return None if asked is None else min(asked, LONGEST_ASKED)


def _put_off(row: WebhookDelivery, asked: float | None, *, gone: bool, at: datetime) -> None:
    """When to try again: after the pause of this attempt, or after what the receiver asked for; the last time when it
    expires."""
    if gone or at >= row.expires_at:
        row.state, row.ended_at = WebhookDelivery.State.FAILED, at
        return
    pause = PAUSES[min(row.attempts, len(PAUSES)) - 1] if asked is None else max(asked, PAUSES[0])
    row.available_at = min(at + _about(pause, least=asked), row.expires_at)


def _hold(webhook: Webhook, asked: float | None, *, at: datetime) -> None:
    """Count the failure; hold the webhook as long as it asked for, or for a while when it keeps failing."""
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or at
    pause = asked or 0.0
    if webhook.failures >= BREAKS_AT:
        pause = max(pause, HOLDS[min(webhook.failures - BREAKS_AT, len(HOLDS) - 1)])
    if pause:
        webhook.held_until = max(at + _about(pause, least=asked), webhook.held_until or at)


def switch_off(webhook: Webhook, *, reason: str, at: datetime) -> None:
    """Send nothing more to this webhook, and say why in the log. The row is saved by the caller."""
    if not webhook.is_active:
        return
    webhook.is_active, webhook.disabled_at, webhook.disabled_reason = False, at, reason
    webhook.updated_at = at
    activity = NewActivity("webhook.disabled", webhook.pk, data={"reason": reason})
    record_activity(activity=activity, actor=None, at=at)


def _about(seconds: float, *, least: float | None) -> timedelta:
    """A pause with jitter, so that those who failed together do not come back together; never less than was asked."""
    share = secrets.SystemRandom().uniform(1 - JITTER, 1 + JITTER)
    return timedelta(seconds=max(seconds * share, least or 0.0))


SAVE = """UPDATE accounts_webhookdelivery t SET state = g.state, available_at = g.available_at, claimed_at = NULL,
    ended_at = g.ended_at, status = g.status, took_ms = g.took_ms, error = g.error, answer = g.answer, tries = g.tries
FROM jsonb_to_recordset(%s::jsonb) AS g (id uuid, state text, available_at timestamptz, ended_at timestamptz,
    status int, took_ms int, error text, answer text, tries jsonb)
WHERE t.tenant_id = %s AND t.id = g.id"""
CHANGED = (
    "failures",
    "failing_since",
    "held_until",
    "is_active",
    "disabled_at",
    "disabled_reason",
    "updated_at",
)
SAVED = ("id", "state", "available_at", "ended_at", "status", "took_ms", "error", "answer", "tries")


def _standing(webhook: Webhook) -> tuple[Any, ...]:
    return tuple(getattr(webhook, name) for name in CHANGED)


def _save(rows: Sequence[WebhookDelivery], webhooks: Iterable[Webhook]) -> None:
    records = [{name: getattr(row, name) for name in SAVED} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(SAVE, [msgspec.json.encode(records).decode(), current_tenant()])
    for webhook in webhooks:
        webhook.save(update_fields=CHANGED)
