"""How much a key may ask for, and when it was used last: 600 requests a minute, counted in a short transaction of their
own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from uuid_utils.compat import uuid7

from accounts.models import Actor, ApiKey

REQUESTS_A_MINUTE = 600


# The first request of a minute also says when the key was used last.
COUNT = """SET LOCAL synchronous_commit = off;
WITH counted AS (
    INSERT INTO accounts_apiuse (tenant_id, id, api_key_id, minute, count)
    VALUES (%(tenant)s, %(id)s, %(key)s, %(minute)s, 1)
    ON CONFLICT (tenant_id, api_key_id, minute) DO UPDATE SET count = accounts_apiuse.count + 1 RETURNING count
), used AS (
    UPDATE accounts_apikey SET last_used_at = %(at)s
    WHERE tenant_id = %(tenant)s AND id = %(key)s AND (SELECT count FROM counted) = 1
)
SELECT count FROM counted"""
USED_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Use:
    """What a key has used of this minute. ``reset`` is in seconds."""

    count: int
    reset: int
    limit: int = REQUESTS_A_MINUTE

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.count)

    @property
    def exceeded(self) -> bool:
        return self.count > self.limit


def count_request(*, actor: Actor, at: datetime) -> Use:
    """Count one request of the actor's key, whatever becomes of it.

    The count may be lost in a crash of the server, so its commit does not wait for the disk.
    """
    assert actor.api_key is not None
    minute = at.replace(second=0, microsecond=0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {"tenant": actor.tenant_id, "id": uuid7(), "key": actor.api_key.pk, "minute": minute, "at": at},
        )
        count = cursor.fetchone()[0]
    return Use(count=count, reset=int((minute + timedelta(minutes=1) - at).total_seconds()) + 1)


def is_to_be_noted(*, key: ApiKey, at: datetime) -> bool:
    """Whether it is a minute since the use of a key was written down, for requests that are not counted."""
    return key.last_used_at is None or key.last_used_at < at - USED_AGAIN
