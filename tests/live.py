"""The product as it runs: gunicorn with threads and kept connections, on the test database, as the application role.

Django's own live server takes a new connection per request and can never show what a kept connection leaks.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import Actor, User

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90
REST_SECONDS = 30


class Door:
    """What the walk asks through: a connection of each thread's own, kept as the server keeps its end.

    ``requests`` looks for proxies, cookies and passwords at each request and costs more than the product's answer.
    """

    def __init__(self, url: str) -> None:
        self.host = url.removeprefix("http://")
        self.own = threading.local()

    def ask(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str, str]:
        """Status, text and Location of the answer; no redirect is followed."""
        if not hasattr(self.own, "connection"):
            self.own.connection = HTTPConnection(self.host, timeout=30)
        connection = self.own.connection
        try:
            connection.request(method, target, body, {"Accept": "*/*", **headers})
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (HTTPException, OSError):
            connection.close()
            raise
        return answer.status, text, answer.headers.get("Location", "")


class LiveProduct:
    """A running web server: its address, and who talks to it."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log

    def signed_in(self, who: Actor) -> requests.Session:
        """A browser in which this member is signed in (the form and its throttles are tested elsewhere)."""
        session = requests.Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # no cookie of an answer is kept
        key = session_key(who.membership.user)
        session.headers["Cookie"] = (
            f"{settings.SESSION_COOKIE_NAME}={key}; {settings.CSRF_COOKIE_NAME}={'c' * 32}"
        )
        session.headers["X-CSRFToken"] = "c" * 32
        return session

    def holding(self, token: str | None) -> requests.Session:
        """A client that sends this API key (None: no key)."""
        session = requests.Session()
        if token is not None:
            session.headers["Authorization"] = f"Bearer {token}"
        return session


def session_key(user: User) -> str:
    """A new session of this user, as a login would leave it."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def url_of_this_run(url: str) -> str:
    """The same server and role, but the database of this test run."""
    return f"{url.rpartition('/')[0]}/{connection.settings_dict['NAME']}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_web(log: Path, application: str = "csplatform.wsgi", **extra: str) -> Iterator[LiveProduct]:
    """gunicorn for the time of the block: one process, eight threads, connections kept.

    ``application`` names the WSGI module; ``extra`` is added to its environment. Fails with its last log lines.
    """
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": url_of_this_run(os.environ["DATABASE_URL"]),
        "OWNER_DATABASE_URL": url_of_this_run(os.environ["OWNER_DATABASE_URL"]),
        "CONN_MAX_AGE": "600",
        "PORT": str(port),
        **extra,
    }
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += [
        "--worker-class",
        "csplatform.gunicorn_worker.Worker",
        "--workers",
        "1",
        "--threads",
        "8",
        "--timeout",
        "60",
    ]
    command += ["--graceful-timeout", "2", "--keep-alive", "75"]
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [*command, "--no-control-socket"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(url, process, log)
        yield LiveProduct(url, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            requests.get(f"{url}/login", timeout=START_SECONDS)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    tail = log.read_text(errors="replace").splitlines()[-15:]
    pytest.fail("the web server did not start:\n" + "\n".join(tail))


@pytest.fixture(scope="session")
def web_process(django_db_setup: None, tmp_path_factory: Any) -> Iterator[LiveProduct]:
    """One web server for the whole run; its database is flushed after each test that uses ``live_product``."""
    with running_web(tmp_path_factory.mktemp("web") / "web.log") as product:
        yield product


@pytest.fixture
def live_product(transactional_db: None, web_process: LiveProduct) -> Iterator[LiveProduct]:
    """The running product; rows that the test commits are seen by it and removed afterwards."""
    yield web_process
    wait_until_it_rests()


AT_WORK = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND usename = current_user AND state <> 'idle'"""


def wait_until_it_rests() -> None:
    """A page that a test has left may have asked for something still: the flush would meet what that writes."""
    give_up = time.monotonic() + REST_SECONDS
    while time.monotonic() < give_up:
        with connection.cursor() as cursor:
            cursor.execute(AT_WORK)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)
    pytest.fail(f"the web server still works {REST_SECONDS} s after the test")
