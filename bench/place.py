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
from typing import Any

from csplatform.embedded import running_servers

ROOT = Path(__file__).resolve().parent.parent
USAGE_DAYS = 35
ACCOUNTS = {"small": 500, "full": 5000, "large": 5000}
PERSONAS = {"small": 3, "full": 3, "large": 8}  # of each account


@dataclass(frozen=True)
class Place:
    """The running product: its address; of a filled tenant the slug, an admin key, a leader's cookie and some
    accounts' external ids, and its id; and the id of an empty tenant."""

    url: str
    key: str
    session: str
    accounts: list[str]
    slug: str
    filled: int
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
            CSP_WEBHOOKS_TO_LOOPBACK="1",
        )
        for command in (["migrate"], ["collectstatic", "--no-input"]):
            subprocess.run(
                [sys.executable, "manage.py", *command, "--verbosity", "0"],
                cwd=ROOT,
                check=True,
                stdout=sys.stderr,
            )
        made = fill(ACCOUNTS[size], PERSONAS[size])
        names = [account["external_id"] for account in made["accounts"]]
        with running_web(home) as url:
            yield Place(
                url,
                made["api_keys"]["admin"],
                made["session"],
                names,
                made["slug"],
                made["id"],
                made["empty"],
                size,
            )


def fill(accounts: int, personas: int) -> dict[str, Any]:
    """A tenant with people, ratings and usage, and an empty one.

    Returns what is known of the first, the session cookie of its leader, and the id of the empty one.
    """
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from accounts import services
    from accounts.models import Membership, Role
    from csplatform.demo.sample import Sample, fill

    at = timezone.now()
    sample = Sample(tenants=1, accounts=accounts, personas=personas, days=USAGE_DAYS)
    made = fill(sample=sample, at=at)[0]
    leader = Membership.objects.select_related("user").get(tenant__slug=made["slug"], role=Role.LEADER)
    session = signed_in(leader.user)
    empty = services.create_tenant(tenant=services.NewTenant(slug="base", name="Base"), at=at)
    settle(leader.tenant_id)
    connection.close()
    return made | {"session": session, "id": leader.tenant_id, "empty": empty.pk}


def settle(tenant: int) -> None:
    """Sum the tenant's book, as a worker does a second after the last write."""
    from django.db import transaction
    from django.utils import timezone

    from accounts.scope import tenant_scope
    from health import services as health

    with tenant_scope(tenant), transaction.atomic():
        health.keep_book(at=timezone.now())


def signed_in(user: Any) -> str:
    """The session cookie of this user, as a login would leave it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


@contextmanager
def running_web(home: Path) -> Iterator[str]:
    """gunicorn as the product starts it, two processes; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", "python:csplatform.gunicorn_config"]
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(home / "metrics")}
    with open(home / "web.log", "ab") as log:
        web = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", "csplatform.wsgi"],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
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
