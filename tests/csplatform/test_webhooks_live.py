"""Webhooks of a running product: told within moments, and lost by no kill -9 of the worker that sends them."""

import json
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest
import requests

from accounts.services.webhooks.delivering import LEASE
from tests.product import Product, eventually
from tests.receiver import receiving

pytestmark = pytest.mark.live

KILLS = 5
EACH = 6  # events before each kill; those of all kills may be under way together
# The lease of what the killed worker held, and the moments around it.
RECOVERY_SECONDS = LEASE.total_seconds() + 60


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("hooks"))
    product.environment["CSP_WEBHOOKS_TO_LOOPBACK"] = "1"
    try:
        product.start()
        yield product
    finally:
        product.stop()


@pytest.fixture(scope="module")
def client(product):
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {product.keys('admin')['admin']}"

    def post(path, body=None):
        answer = session.post(f"{product.facts()['web']}/api/v1{path}", json=body, timeout=15)
        assert answer.status_code < 300, answer.text
        return answer.json()

    return post


def states(product, webhook):
    """The state and attempts of each delivery of a webhook."""
    connection = psycopg2.connect(product.facts()["database_url"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.tenant_id', (SELECT id FROM accounts_tenant)::text, true)")
            cursor.execute(
                "SELECT state, attempts FROM accounts_webhookdelivery WHERE webhook_id = %s", [webhook]
            )
            return cursor.fetchall()
    finally:
        connection.close()


def kill_worker(product, whole):
    """kill -9 of the processes that send, and with ``whole`` of the worker that they belong to: a worker that dies five
    times within a minute ends the product."""
    pid = product.facts()["pids"]["worker"]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGKILL)
    if whole:
        product.kill("worker")


def steps(client, count, prefix):
    """So many new steps in one request: each is an event."""
    items = [
        {"external_id": f"{prefix}{n}", "account_external_id": "a", "title": "Call"} for n in range(count)
    ]
    client("/steps/bulk", {"items": items})


def test_a_worker_killed_five_times_while_it_tells_loses_nothing_and_doubles_nothing(product, client):
    """While receivers have not answered yet, or just as they have: what comes twice comes under the same id."""
    client("/accounts/bulk", {"items": [{"external_id": "a", "name": "Larkspur"}]})
    with receiving() as receiver:
        held = threading.Event()
        webhook = client("/webhooks", {"url": receiver.url, "events": ["step.created"]})["id"]
        unanswered = set()
        for kill in range(KILLS):
            is_held, before = kill < 3, {one.id for one in receiver.came}
            receiver.answer = lambda handler, is_held=is_held: (is_held and held.wait(120), handler.say(204))
            steps(client, EACH, f"k{kill}-")
            eventually(lambda before=before: {one.id for one in receiver.came} - before, seconds=60)
            unanswered |= {one.id for one in receiver.came} if is_held else set()
            kill_worker(product, whole=kill < 4)
        held.set()
        eventually(
            lambda: [state for state, _ in states(product, webhook)] == ["delivered"] * EACH * KILLS,
            seconds=RECOVERY_SECONDS,
        )
        told = {(one.id, json.loads(one.body)["data"]["object"]["id"]) for one in receiver.came}
        names, steps_told = ({pair[side] for pair in told} for side in (0, 1))
        assert len(told) == len(names) == len(steps_told) == EACH * KILLS
        ids = [one.id for one in receiver.came]
        assert all(ids.count(one) >= 2 for one in unanswered)


def test_a_receiver_that_hangs_holds_no_worker(product, client):
    with receiving() as dead, receiving() as alive:
        dead.answer = lambda handler: handler.hang()
        for receiver in (dead, alive):
            client("/webhooks", {"url": receiver.url, "events": ["case.created"]})
        client("/accounts/bulk", {"items": [{"external_id": "a", "name": "Larkspur"}]})
        for number in range(40):
            client(
                "/cases",
                {"external_id": f"h{number}", "account_external_id": "a", "kind": "question",
                 "opened_at": "2026-11-01T12:00:00Z"},
            )  # fmt: skip
        alive.wait_for(40)
        assert len({one.id for one in alive.came}) == 40
        assert len(dead.came) < 40  # the breaker, or the few that may be under way, held the rest back
