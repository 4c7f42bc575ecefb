"""Taking usage events over HTTP, against a DRF serializer with bulk_create on the same server."""

import http.client
import itertools
import json
import random
import threading
import time
from urllib.parse import urlsplit

from bench.place import Place
from bench.rows import Row, at_least, compare

BATCH = 500
CLIENTS = 4
BATCHES = {"small": 40, "full": 400}

numbers = itertools.count()


def rows(place: Place) -> list[Row]:
    """ingest_vs_drf: events a second, two workers, batches of 500, committed before the answer."""
    batches = BATCHES[place.size]
    row = compare(
        "ingest_vs_drf",
        ours=lambda: events_a_second(place, "/api/v1/usage/events", batches),
        theirs=lambda: events_a_second(place, "/api/v1/bench/usage", batches),
        unit="events/s",
        goal=at_least(5),
        runs=3,
    )
    return [row]


def events_a_second(place: Place, path: str, batches: int) -> float:
    """Send so many batches from four clients at once, bodies made before; the answered events per second."""
    bodies = [body(place) for _ in range(batches)]
    begun = time.perf_counter()
    senders = [
        threading.Thread(target=send, args=(place, path, bodies[client::CLIENTS]))
        for client in range(CLIENTS)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return batches * BATCH / (time.perf_counter() - begun)


def body(place: Place) -> bytes:
    chance = random.Random(next(numbers))
    return json.dumps({"events": [event(place, chance) for _ in range(BATCH)]}).encode()


def event(place: Place, chance: random.Random) -> dict[str, object]:
    return {
        "message_id": f"{chance.getrandbits(64):016x}{next(numbers):08x}",
        "account_external_id": chance.choice(place.accounts),
        "user_key": f"user{chance.randrange(1000)}@example.test",
        "feature": f"feature-{chance.randrange(12)}",
        "occurred_at": time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - chance.randrange(86400))
        ),
        "properties": {"plan": "team"},
    }


def send(place: Place, path: str, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(place.url).netloc)
    headers = {"Authorization": f"Bearer {place.key}", "Content-Type": "application/json"}
    for each in bodies:
        connection.request("POST", path, each, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 202 or told["accepted"] != BATCH:
            raise RuntimeError(f"{path} answered {answer.status}: {told}")
    connection.close()
