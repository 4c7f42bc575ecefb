"""Telling other programs, measured apart: how long after the answer to a write its webhook arrives where nothing else
waits; and how many deliveries a second a burst of events makes, to one address and to four, against the same requests
sent in a plain loop by the same code in the same run. The worker is there and has told something before either."""

import itertools
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import requests
from django.utils import timezone

from bench.imports import worker
from bench.place import Place
from bench.rows import Row, at_least, at_most

BURST = 1_000  # events of one write
RUNS = {"small": 3, "full": 9}
WRITES = {"small": 40, "full": 300}
APART = 0.3  # seconds between the arrival of one and the next write
WITHIN = 1.0  # seconds, at the 95th percentile: what CHANGELOG says
PATIENCE = 120
numbers = itertools.count()


class Receiver(ThreadingHTTPServer):
    """Answers every request with 204, and knows when which arrived."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived = threading.Condition()
        self.clear()

    def clear(self) -> None:
        self.times: list[float] = []
        self.of: dict[str, float] = {}  # by the id of the object that the event is about

    def url(self, place: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{place}"

    def wait_for(self, count: int) -> None:
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.times) >= count, PATIENCE):
                raise RuntimeError(f"{len(self.times)} of {count} webhooks came within {PATIENCE} s")


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        now = time.perf_counter()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        with self.server.arrived:
            self.server.times.append(now)
            self.server.of[body["data"].get("object", {}).get("id", "")] = now
            self.server.arrived.notify_all()

    def log_message(self, *args: Any) -> None:
        """Nothing on the screen."""


def rows(place: Place) -> list[Row]:
    """webhooks_to_one and webhooks_to_four in deliveries a second; webhook_p50 and webhook_p95 in seconds."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {place.key}"
    with receiving() as receiver, worker(concurrency=2):
        warm_up(place, session, receiver)
        waits = delays(place, session, receiver, WRITES[place.size])
        speeds = [
            speed_row(place, session, receiver, name, count) for name, count in (("one", 1), ("four", 4))
        ]
    p50, p95 = statistics.median(waits), statistics.quantiles(waits, n=20)[-1]
    print(f"webhooks arrive after {p50 * 1000:.0f} ms, 95th percentile {p95 * 1000:.0f} ms", file=sys.stderr)
    return [*speeds, delay_row("webhook_p50", p50, waits), delay_row("webhook_p95", p95, waits)]


def warm_up(place: Place, session: requests.Session, receiver: Receiver) -> None:
    """Until something was told: a worker that has just been started takes seconds to load, and is not measured here."""
    with told(place, session, receiver, 1):
        write(place, session, 1)
        receiver.wait_for(1)
    wait_until_idle(place)


def wait_until_idle(place: Place) -> None:
    """Until the worker has done what filling the tenant left behind."""
    from django.db import connection, transaction

    from accounts.models import Outbox
    from accounts.scope import tenant_scope
    from health.models import DirtyMark

    deadline = time.monotonic() + PATIENCE
    busy = True
    while busy:
        with tenant_scope(place.filled), transaction.atomic():
            waits = Outbox.objects.filter(done_at=None, dead_at=None, available_at__lte=timezone.now())
            busy = waits.exists() or DirtyMark.objects.exists()
        if time.monotonic() > deadline:
            raise RuntimeError(f"the worker is still busy after {PATIENCE} s")
        time.sleep(0.5)
    connection.close()


def delay_row(id: str, value: float, waits: list[float]) -> Row:
    wanted, holds = at_most(1)
    return Row(
        id,
        value,
        "s",
        WITHIN,
        value / WITHIN,
        wanted,
        holds(value / WITHIN),
        len(waits),
        min(waits),
        value,
        max(waits),
    )


def speed_row(place: Place, session: requests.Session, receiver: Receiver, name: str, count: int) -> Row:
    """Deliveries a second from the answer to one write of many events until the last has arrived."""
    loops, runs = [], []
    with told(place, session, receiver, count):
        for _ in range(RUNS[place.size]):
            loops.append(plain_loop(receiver))
            receiver.clear()
            write(place, session, BURST)
            answered = time.perf_counter()
            receiver.wait_for(BURST * count)
            runs.append(BURST * count / (max(receiver.times) - answered))
            wait_until_idle(place)
    value, loop = statistics.median(runs), statistics.median(loops)
    wanted, holds = at_least(0.5)
    ratio = value / loop
    return Row(
        f"webhooks_to_{name}",
        value,
        "/s",
        loop,
        ratio,
        wanted,
        holds(ratio),
        len(runs),
        min(runs),
        value,
        max(runs),
    )


def plain_loop(receiver: Receiver) -> float:
    """The reference: the same requests, signed and sent one after the other, by the code that the worker uses."""
    from accounts.services.webhooks import Parcel, post_parcel
    from accounts.services.webhooks.endpoints import new_secret

    secret, body = new_secret(), json.dumps({"data": {"text": "x" * 600}}).encode()
    begun = time.perf_counter()
    for _ in range(BURST):
        parcel = Parcel(uuid4(), uuid4(), 1, receiver.url("loop"), [secret], body)
        if not post_parcel(parcel, at=timezone.now()).is_delivered:
            raise RuntimeError("the receiver did not answer")
    return BURST / (time.perf_counter() - begun)


def delays(place: Place, session: requests.Session, receiver: Receiver, count: int) -> list[float]:
    """Seconds from the answer to a write, which is after its COMMIT, to the arrival of what tells of it: one at a time."""
    waits = []
    with told(place, session, receiver, 1):
        for number in range(count):
            (id,) = write(place, session, 1)
            answered = time.perf_counter()
            receiver.wait_for(number + 1)
            waits.append(max(receiver.of[id] - answered, 0.0))
            time.sleep(APART)
    return waits


def write(place: Place, session: requests.Session, count: int) -> list[str]:
    """So many new steps in one request; their ids."""
    items = [
        {
            "external_id": f"hook-{next(numbers)}",
            "account_external_id": place.accounts[0],
            "title": "Call them",
        }
        for _ in range(count)
    ]
    answer = session.post(f"{place.url}/api/v1/steps/bulk", json={"items": items}, timeout=60)
    answer.raise_for_status()
    return [one["id"] for one in answer.json()["results"]]


@contextmanager
def told(place: Place, session: requests.Session, receiver: Receiver, count: int) -> Iterator[None]:
    """So many webhooks of new steps, for the time of the block."""
    made = []
    for number in range(count):
        body = {"url": receiver.url(f"{count}-{number}"), "events": ["step.created"]}
        answer = session.post(f"{place.url}/api/v1/webhooks", json=body, timeout=30)
        answer.raise_for_status()
        made.append(answer.json()["id"])
    receiver.clear()
    try:
        yield
    finally:
        for id in made:
            session.delete(f"{place.url}/api/v1/webhooks/{id}", timeout=60).raise_for_status()


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
