"""The dispatcher: hears of work a millisecond after its COMMIT, sweeps every second besides, and alone publishes it.

It holds no state that matters. PostgreSQL gone: it comes back when that does. Redis down, hung or wiped: the work
waits in the database and is published again.
"""

import logging
import select
import threading
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from accounts.services import WORK_CHANNEL
from csplatform.queue import Queue, QueueDown, Work

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
GATHER_SECONDS = 0.01  # notices that come together are one sweep
RETRY_SECONDS = 0.5


class Dispatcher:
    """Publishes the work of all tenants in turn until ``stop`` is set."""

    def __init__(self, queue: Queue, stop: threading.Event) -> None:
        self.queue = queue
        self.stop = stop
        self._last_tenant = 0
        self._down = self._away = False  # Redis, PostgreSQL: each change is logged once

    def run(self) -> None:
        """Listen and sweep, and start over whenever PostgreSQL goes away."""
        while not self.stop.is_set():
            try:
                with listening():
                    logger.info("dispatch listens")
                    self._away = False
                    while not self.stop.is_set():
                        self.sweep()
                        wait_for_notice(SWEEP_SECONDS)
                        self.stop.wait(GATHER_SECONDS)
            except (OperationalError, InterfaceError) as error:
                if not self._away:
                    logger.warning("PostgreSQL is away: %s", str(error).strip())
                self._away = True
                connection.close()
                self.stop.wait(RETRY_SECONDS)
        self.queue.close()

    def sweep(self) -> int:
        """Publish what waits, beginning after the tenant that was served last; returns how many drains."""
        works = in_turn(tenants_with_work(), after=self._last_tenant)
        if not works:
            return 0
        self._last_tenant = works[0][0]
        try:
            published = self.queue.publish(works)
        except QueueDown as error:
            if not self._down:
                logger.warning("Redis does not answer, the work waits: %s", error)
            self._down = True
            return 0
        if self._down:
            logger.info("Redis answers again")
        self._down = False
        return published


def tenants_with_work() -> list[Work]:
    """Every tenant and kind of work that waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, kind FROM tenants_with_work() "
            "UNION ALL SELECT tenant_id, 'webhooks' FROM tenants_with_webhooks()"
        )
        return list(cursor.fetchall())


def in_turn(works: list[Work], *, after: int) -> list[Work]:
    """The same, in the order of the tenants, beginning with the first tenant after this one."""
    return sorted(works, key=lambda work: (work[0] <= after, work))


@contextmanager
def listening() -> Any:
    """A connection that hears of work."""
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {WORK_CHANNEL}")
    try:
        yield
    finally:
        connection.close()


def wait_for_notice(seconds: float) -> bool:
    """Sleep until a notice comes, at most so long; True if one came. Raises when PostgreSQL is gone."""
    raw = connection.connection
    heard = bool(select.select([raw], [], [], seconds)[0])
    if heard:
        with connection.wrap_database_errors:
            raw.poll()
        raw.notifies.clear()
    return heard
