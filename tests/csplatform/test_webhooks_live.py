"""Webhooks of a running product: told within moments, and lost by no kill -9 of the worker that sends them."""

import threading

import psycopg2
import pytest
import requests

from accounts.services.webhooks.delivering import LEASE
from tests.product import Product, eventually
from tests.receiver import receiving

pytestmark = pytest.mark.live

ACCOUNTS = 5
EACH = 4
# The lease of what the killed worker held, and the moments around it.
RECOVERY_SECONDS = LEASE.total_seconds() + 30


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


def steps(client, count, prefix):
    """So many new steps in one request: each is an event."""
    client("/accounts/bulk", {"items": [{"external_id": "a", "name": "Larkspur"}]})
    items = [
        {"external_id": f"{prefix}{n}", "account_external_id": "a", "title": "Call"} for n in range(count)
    ]
    client("/steps/bulk", {"items": items})


def test_a_write_is_told_and_a_worker_killed_while_it_tells_loses_nothing(product, client):
    with receiving() as receiver:
        held = threading.Event()
        receiver.answer = lambda handler: (held.wait(60), handler.say(204))
        webhook = client("/webhooks", {"url": receiver.url, "events": ["step.created"]})["id"]
        steps(client, ACCOUNTS * EACH, "k")
        begun = {one.id for one in receiver.wait_for(3)}
        product.kill("worker")
        receiver.answer = lambda handler: handler.say(204)
        held.set()
        eventually(
            lambda: [state for state, _ in states(product, webhook)] == ["delivered"] * ACCOUNTS * EACH,
            seconds=RECOVERY_SECONDS,
        )
        ids = [one.id for one in receiver.came]
        assert len(set(ids)) == ACCOUNTS * EACH
        assert all(ids.count(one) >= 2 for one in begun)  # at least once, under the same id


def test_a_receiver_that_hangs_holds_no_worker(product, client):
    with receiving() as dead, receiving() as alive:
        dead.answer = lambda handler: handler.hang()
        for receiver in (dead, alive):
            client("/webhooks", {"url": receiver.url, "events": ["case.created"]})
        client("/accounts/bulk", {"items": [{"external_id": "a", "name": "Larkspur"}]})
        for number in range(20):
            client(
                "/cases",
                {"external_id": f"h{number}", "account_external_id": "a", "kind": "question",
                 "opened_at": "2026-11-01T12:00:00Z"},
            )  # fmt: skip
        alive.wait_for(20)
        assert len({one.id for one in alive.came}) == 20
        assert len(dead.came) < 20  # the breaker, or the few that may be under way, held the rest back
