"""An import whose worker is killed in the midst of it: every row is written, and none twice. With real processes."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests

from tests.product import Product, eventually

pytestmark = pytest.mark.live

PEOPLE, ACCOUNTS, KILLS = 6_000, 50, 2
COUNTED = """SELECT
    (SELECT count(*) FROM accounts_persona),
    (SELECT count(DISTINCT external_id) FROM accounts_persona),
    (SELECT count(*) FROM accounts_activity WHERE verb = 'persona.created'),
    (SELECT count(*) FROM accounts_personafact WHERE key = 'role'),
    (SELECT count(*) FROM accounts_persona WHERE reports_to_id IS NOT NULL)"""


class Client:
    """An admin's program at a running product."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.url = f"{product.facts()['web']}/api/v1"
        self.headers = {"Authorization": f"Bearer {product.keys('admin')['admin']}"}

    def post(self, path: str, **more) -> requests.Response:
        return requests.post(f"{self.url}{path}", headers=self.headers, timeout=60, **more)

    def upload(self, kind: str, lines: list[str]) -> dict:
        files = {"file": (f"{kind}.csv", "\n".join(lines).encode())}
        answer = self.post("/imports", data={"kind": kind}, files=files)
        assert answer.status_code in (201, 202), answer.text
        eventually(lambda: self.state(answer.json()["id"]) == "ready", seconds=120)
        return answer.json()

    def get(self, path: str) -> dict:
        """What stands there; nothing while the key has asked for too much, as it does on a slow machine."""
        answer = requests.get(f"{self.url}{path}", headers=self.headers, timeout=60)
        assert answer.status_code in (200, 429), answer.text
        return answer.json() if answer.status_code == 200 else {}

    def state(self, id: str) -> str:
        return self.get(f"/imports/{id}").get("state", "")

    def run(self, one: dict, action: str = "run") -> str:
        answer = self.post(f"/imports/{one['id']}/{action}")
        assert answer.status_code == 202, answer.text
        return answer.json()["job"]

    def count(self) -> tuple:
        parts = urlsplit(self.product.facts()["database_url"])
        connection = psycopg2.connect(parts.geturl())
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.tenant_id', (SELECT id FROM accounts_tenant)::text, true)")
            cursor.execute(COUNTED)
            (row,) = cursor.fetchall()
        connection.close()
        return row


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("import"))
    product.start()
    try:
        yield Client(product)
    finally:
        product.stop()


def kill_worker(product: Product) -> None:
    """kill -9 of the worker and of the processes that it had started, then wait for its successor."""
    worker = product.facts()["pids"]["worker"]
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGKILL)
    product.kill("worker")


def test_an_import_whose_worker_is_killed_writes_every_row_once(client):
    accounts = [f"A{n},Account {n}" for n in range(ACCOUNTS)]
    job = client.run(client.upload("accounts", ["external_id,name", *accounts]))
    eventually(lambda: client.get(f"/jobs/{job}").get("state") == "done", seconds=60)
    people = [f"P{n},Person {n},A{n % ACCOUNTS},{f'P{n + 1}' if n % 100 else ''}" for n in range(PEOPLE)]
    head = "external_id,name,account_external_id,reports_to_external_id"
    one = client.upload("personas", [head, *people[:-1], f"P{PEOPLE - 1},Last,A0,"])
    job = client.run(one)
    for kill in range(KILLS):
        reached = (kill + 1) * PEOPLE // (KILLS + 2)
        eventually(lambda reached=reached: client.get(f"/jobs/{job}").get("done", 0) >= reached, seconds=120)
        kill_worker(client.product)
    eventually(lambda: client.get(f"/jobs/{job}").get("state") == "done", seconds=240)
    linked = sum(1 for n in range(PEOPLE - 1) if n % 100)
    assert client.count() == (PEOPLE, PEOPLE, PEOPLE, PEOPLE, linked)
    eventually(lambda: one.update(client.get(f"/imports/{one['id']}")) or one["state"] == "done", seconds=90)
    assert (one["counts"]["created"], one["counts"]["failed"]) == (PEOPLE, 0)
