import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.scope import tenant_scope

ROOT = Path(__file__).parents[2]
ASK_WITHOUT_SERVERS = """
import django; django.setup()
from django.test import Client
for path in ("/healthz", "/readyz"):
    answer = Client(HTTP_HOST="127.0.0.1").get(path)
    print(path, answer.status_code, answer.content.decode().strip())
"""


def test_healthz_and_readyz_answer_while_all_is_well(client, db):
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"postgres": "ok", "redis": "ok"})


def test_without_servers_the_process_is_alive_but_not_ready():
    nowhere = {
        "DATABASE_URL": "postgres://app:x@127.0.0.1:1/x",
        "OWNER_DATABASE_URL": "postgres://owner:x@127.0.0.1:1/x",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "csplatform.settings",
    }
    told = subprocess.run(
        [sys.executable, "-c", ASK_WITHOUT_SERVERS],
        cwd=ROOT,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert told == ["/healthz 200 ok", '/readyz 503 {"postgres": "down", "redis": "down"}']


@pytest.mark.django_db
def test_metrics_tell_the_work_that_waits(client, cast, now):
    before = waiting(client)
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        accounts.enqueue(kind="run_job", ref={}, dedupe_key="any", at=now)

    assert waiting(client) == before + 1


def waiting(client) -> float:
    lines = client.get("/metrics").content.decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("csplatform_work_pending ")))


def test_metrics_count_requests_by_route(client, db):
    client.get("/healthz")
    assert (
        b'csplatform_requests_total{method="GET",route="healthz",status="200"}'
        in client.get("/metrics").content
    )


@pytest.mark.parametrize(
    "stranger", [{"REMOTE_ADDR": "203.0.113.9"}, {"headers": {"X-Forwarded-For": "203.0.113.9"}}]
)
def test_metrics_do_not_exist_for_a_stranger(client, stranger, db):
    assert client.get("/metrics", **stranger).status_code == 404


def test_metrics_are_read_from_afar_with_the_token_only(client, settings, db):
    settings.METRICS_TOKEN = "let me see"
    for token, status in [("let me see", 200), ("let me", 404), ("", 404)]:
        answer = client.get(
            "/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == status
