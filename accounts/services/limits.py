"""How much a key may ask for: 600 requests a minute, counted in a short transaction of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from uuid_utils.compat import uuid7

from accounts.models import Actor

REQUESTS_A_MINUTE = 600


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
            "SET LOCAL synchronous_commit = off;"
            "INSERT INTO accounts_apiuse (tenant_id, id, api_key_id, minute, count) VALUES (%s, %s, %s, %s, 1) "
            "ON CONFLICT (tenant_id, api_key_id, minute) DO UPDATE SET count = accounts_apiuse.count + 1 "
            "RETURNING count",
            [actor.tenant_id, uuid7(), actor.api_key.pk, minute],
        )
        count = cursor.fetchone()[0]
    return Use(count=count, reset=int((minute + timedelta(minutes=1) - at).total_seconds()) + 1)
