"""Stored answers to POSTs that carried an Idempotency-Key: written in the transaction of the effect, replayed
for seven days, so that a client may repeat a request whose answer it never saw."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import Actor, IdempotentReply
from accounts.models.sealed import seal, unseal

KEPT = timedelta(days=7)
SEALED = b"sealed:"


class OtherBody(Exception):
    """An idempotency key was used again with another request."""


def find_reply(*, actor: Actor, key: str, fingerprint: str, at: datetime) -> IdempotentReply | None:
    """The stored answer to this very request, or None. Waits for a running request with the same key.

    Raises OtherBody if the key belongs to another request.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_number(actor, key)])
    reply = IdempotentReply.objects.filter(api_key=actor.api_key, key=key, created_at__gt=at - KEPT).first()
    if reply is not None and reply.fingerprint != fingerprint:
        raise OtherBody
    if reply is not None and bytes(reply.body).startswith(SEALED):
        reply.body = unseal(bytes(reply.body).removeprefix(SEALED).decode()).encode()
    return reply


def store_reply(
    *,
    actor: Actor,
    key: str,
    fingerprint: str,
    status: int,
    headers: dict[str, str],
    body: bytes,
    sealed: bool = False,
    at: datetime,
) -> None:
    """Keep the answer to a request, to be committed with its effect; an outdated one gives way. An answer that shows a
    secret is kept ``sealed``."""
    IdempotentReply.objects.filter(api_key=actor.api_key, key=key).delete()
    IdempotentReply.objects.create(
        api_key=actor.api_key,
        key=key,
        fingerprint=fingerprint,
        status=status,
        headers=headers,
        body=SEALED + seal(body.decode()).encode() if sealed else body,
        created_at=at,
    )


def _lock_number(actor: Actor, key: str) -> int:
    assert actor.api_key is not None
    name = f"{actor.tenant_id}:{actor.api_key.pk}:{key}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
