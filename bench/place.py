"""Where the benchmarks run: real servers of their own with durable commits, one tenant, two web processes."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from csplatform.embedded import running_servers

ROOT = Path(__file__).resolve().parent.parent
ACCOUNTS = {"small": 500, "full": 5000}


@dataclass(frozen=True)
class Place:
    """The running product: its address, an admin key, the external ids of its accounts, and its tenant's id."""

    url: str
    key: str
    accounts: list[str]
    tenant: int
    size: str


@contextmanager
def running_place(home: Path, size: str) -> Iterator[Place]:
    """The product in ``home`` for the time of the block; afterwards nothing is left running."""
    with running_servers(home) as servers:
        os.environ.update(
            servers.environment(),
            DJANGO_SETTINGS_MODULE="bench.settings",
            SECRET_KEY="a key for benchmarks only",
            CSP_HOME=str(home),
        )
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            check=True,
            stdout=sys.stderr,
        )
        tenant, key, accounts = fill(ACCOUNTS[size])
        with running_web(home) as url:
            yield Place(url, key, accounts, tenant, size)


def fill(accounts: int) -> tuple[int, str, list[str]]:
    """One tenant with so many accounts: its id, an admin key's token, the accounts' external ids."""
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from accounts import services
    from accounts.models import Account
    from accounts.scope import tenant_scope

    at = timezone.now()
    tenant = services.create_tenant(tenant=services.NewTenant(slug="bench", name="Bench"), at=at)
    with tenant_scope(tenant.pk), transaction.atomic():
        actor = services.create_first_admin(
            tenant=tenant, email="admin@bench.test", password="a benchmark's password", at=at
        )
        _, token = services.create_key(name="bench", scope="admin", actor=actor, at=at)
        names = [f"account-{number}" for number in range(accounts)]
        Account.objects.bulk_create(
            Account(external_id=name, name=name, currency="EUR", created_at=at, updated_at=at)
            for name in names
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT refresh_statistics(ARRAY['accounts_account']::regclass[])")
    connection.close()
    return tenant.pk, token, names


@contextmanager
def running_web(home: Path) -> Iterator[str]:
    """gunicorn as the product starts it, two processes; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", "python:csplatform.gunicorn_config"]
    with open(home / "web.log", "ab") as log:
        web = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", "csplatform.wsgi"], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        wait_for(f"{url}/hello", web)
        yield url
    finally:
        web.terminate()
        web.wait(20)


def wait_for(url: str, web: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if web.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")
