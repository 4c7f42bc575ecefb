"""How gunicorn serves the pages: two processes with four threads each, the code loaded once.

Threads keep their database connections (CONN_MAX_AGE); a process that is killed is forked again from
the loaded master within milliseconds.
"""

import gc
import os
import shutil
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "csplatform.gunicorn_worker.Worker"
preload_app = True
timeout = 30
graceful_timeout = 5
keepalive = 15
control_socket_disable = True

# The processes add up their counts here; a new master begins at nothing.
if metrics := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    shutil.rmtree(metrics, ignore_errors=True)
    Path(metrics).mkdir(parents=True)


def when_ready(server: Any) -> None:
    """Load every view, route and template before the first fork: loading them at the first request would cost that
    visitor of each process a second. What is loaded stays, so that no request waits while it is searched for garbage."""
    from django.conf import settings
    from django.template.loader import get_template
    from django.urls import get_resolver

    _ = get_resolver().reverse_dict
    folder = settings.BASE_DIR / "templates"
    for file in folder.rglob("*.html"):
        get_template(str(file.relative_to(folder)))
    gc.collect()
    gc.freeze()


def pre_fork(server: Any, worker: Any) -> None:
    """Close what loading has opened: a connection must not be shared between processes."""
    from django.db import connections

    connections.close_all()


def child_exit(server: Any, worker: Any) -> None:
    """Keep what an ended process has counted, forget what it was doing."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def post_worker_init(worker: Any) -> None:
    """Let every thread open its connection and plan what a rating runs before it serves: at the first rating of each,
    somebody at the keyboard would wait for it. Whoever comes meanwhile is served by the threads that are ready."""
    together = Barrier(worker.cfg.threads)  # each takes one
    for _ in range(worker.cfg.threads):
        worker.tpool.submit(_rehearse, together)


def _rehearse(together: Barrier) -> None:
    """Nobody waits for this: a database that is not there yet is met again by the first request, which says so."""
    from django.db import DatabaseError
    from django.utils import timezone

    from relationships.services import rehearse_rating

    together.wait()
    with suppress(DatabaseError):
        rehearse_rating(at=timezone.now())
