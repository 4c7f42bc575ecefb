"""How much a key may ask for, and when it was used last: 600 requests a minute, counted before the request's own
transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from uuid_utils.compat import uuid7

from accounts.models import Actor, ApiKey
from accounts.scope import current_tenant

REQUESTS_A_MINUTE = 600


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

    @property
    def just_exceeded(self) -> bool:
        """Whether this request is the first of its minute that is refused."""
        return self.count == self.limit + 1


def count_request(*, actor: Actor, at: datetime) -> Use:
    """Count one request of the actor's key, whatever becomes of it.

    The count may be lost in a crash of the server, so its commit does not wait for the disk.
    """
    assert actor.api_key is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count_request(%s, %s, %s, %s)", [current_tenant(), actor.api_key.pk, uuid7(), at]
        )
        count = cursor.fetchone()[0]
    minute = at.replace(second=0, microsecond=0)
    return Use(count=count, reset=int((minute + timedelta(minutes=1) - at).total_seconds()) + 1)


def is_to_be_noted(*, key: ApiKey, at: datetime) -> bool:
    """Whether it is a minute since the use of a key was written down, for requests that are not counted."""
    return key.last_used_at is None or key.last_used_at < at - USED_AGAIN
