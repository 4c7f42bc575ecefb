"""The hand that puts drains into Celery's queue, and the hint that keeps it from putting one there twice.

Redis holds nothing that matters: a hint lives five seconds, a lost message is published again while its work waits,
and every call gives up within half a second.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import celery
import redis
from django.conf import settings
from kombu.exceptions import OperationalError

# The task that drains each kind of work that the dispatcher finds.
DRAINS = {
    "outbox": "accounts.tasks.drain_outbox",
    "dirty": "health.tasks.drain_dirty",
    "book": "health.tasks.keep_book",
    "webhooks": "accounts.tasks.deliver_webhooks",
}
KINDS = {task: kind for kind, task in DRAINS.items()}
HINT_SECONDS = 5
TIMEOUTS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}

Work = tuple[int, str]  # a tenant's id and a kind of work


class QueueDown(Exception):
    """Redis does not answer; the work stays in the database."""


def hint(work: Work) -> str:
    """The key that stands while a drain of this work is queued."""
    return f"csplatform:queued:{work[1]}:{work[0]}"


def hints() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, retry=None, **TIMEOUTS)


class Queue:
    """One connection to Redis, made anew after every failure."""

    def __init__(self, app: celery.Celery) -> None:
        self.app = app
        self._open()

    def _open(self) -> None:
        self.hints = hints()
        # Without retries: waiting is the dispatcher's, which looks at the database again meanwhile.
        self.broker = self.app.connection_for_write(transport_options={**TIMEOUTS, "max_retries": 0})

    def close(self) -> None:
        with suppress(OSError, redis.RedisError, OperationalError):
            self.hints.close()
            self.broker.release()

    def publish(self, works: Sequence[Work]) -> int:
        """Queue one drain of each work that has none queued; returns how many. Raises QueueDown."""
        try:
            # A hung Redis would still do later what it is told now: it is asked first whether it answers.
            self.hints.ping()
            marks = self.hints.pipeline(transaction=False)
            for work in works:
                marks.set(hint(work), "1", nx=True, ex=HINT_SECONDS)
            fresh = [work for work, is_new in zip(works, marks.execute(), strict=True) if is_new]
            for tenant, kind in fresh:
                self.app.send_task(
                    DRAINS[kind], kwargs={"tenant": tenant}, connection=self.broker, retry=False
                )
        except (redis.RedisError, OperationalError, OSError) as error:
            self.close()
            self._open()
            raise QueueDown(str(error)) from error
        return len(fresh)


class Task(celery.Task):
    """A task that takes its hint away before it looks for work, so that later work is published at once."""

    abstract = True
    _hints: redis.Redis | None = None

    def before_start(self, task_id: str, args: Any, kwargs: dict[str, Any]) -> None:
        kind = KINDS.get(self.name)
        if kind is None:
            return
        Task._hints = Task._hints or hints()
        with suppress(redis.RedisError):
            Task._hints.delete(hint((kwargs["tenant"], kind)))
