"""The whole product as a person starts it, for tests that kill its parts."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2

ROOT = Path(__file__).parents[1]

# Run in the product's shell: a key of each scope, made by the first admin.
KEYS = """
from django.db import transaction
from django.utils import timezone
from accounts import services
from accounts.models import Actor, Membership
from accounts.scope import tenant_scope
member = Membership.objects.select_related("tenant", "user").get()
actor = Actor(tenant=member.tenant, membership=member, role=member.role)
with tenant_scope(member.tenant_id), transaction.atomic():
    for scope in {scopes}:
        print(services.create_key(name=scope, scope=scope, actor=actor, at=timezone.now())[1])
"""


class Product:
    """A running product in its own CSP_HOME; `facts()` is its run.json."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        own = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY")
        self.home = home
        self.environment = {name: value for name, value in os.environ.items() if name not in own} | {
            "CSP_HOME": str(home),
            "STATIC_ROOT": str(home.parent / "static"),  # compressed once for all products of a process
            "PORT": str(port),
            "CSP_ADMIN_EMAIL": "adam@northwind.test",
            "CSP_ADMIN_PASSWORD": "correct horse battery",
        }
        self.process: subprocess.Popen | None = None

    def start(self, *, from_nothing: bool = False) -> None:
        """Start it, with tables that were made once for all products of a run, or from nothing as on a new machine."""
        if not from_nothing:
            subprocess.run(["cp", "-a", self._prepared(), self.home], check=True)
        self.process = subprocess.Popen(self.command("run"), cwd=ROOT, env=self.environment)
        eventually(lambda: (self.home / "run.json").exists() and self.get("/readyz")[0] == 200, seconds=180)

    def _prepared(self) -> str:
        """The content of a home whose servers are set up and migrated, which takes a core 15 seconds."""
        run = self.home.parents[1] if "PYTEST_XDIST_WORKER" in os.environ else self.home.parent
        made, making = run / "prepared", run / "preparing"
        with open(run / "prepared.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                environment = self.environment | {"CSP_HOME": str(making)}
                subprocess.run(self.command("manage", "check"), cwd=ROOT, env=environment, check=True)
                making.rename(made)
        return f"{made}/."

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "csplatform.run", *arguments]

    def facts(self) -> dict:
        return json.loads((self.home / "run.json").read_text())

    def get(self, path: str) -> tuple[int, str]:
        """Status and text; waits long enough for a web server that has just begun to load on a busy machine."""
        try:
            with urllib.request.urlopen(self.facts()["web"] + path, timeout=90) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def shell(self, code: str) -> str:
        """What a piece of Python prints in the product's environment."""
        arguments = self.command("manage", "shell", "--verbosity", "0", "--command", code)
        told = subprocess.run(
            arguments, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return told.stdout.strip()

    def keys(self, *scopes: str) -> dict[str, str]:
        """New API keys of the first admin, by scope."""
        tokens = self.shell(KEYS.format(scopes=scopes)).split()
        return dict(zip(scopes, tokens, strict=True))

    def query(self, sql: str) -> list[tuple]:
        """Rows of the only tenant, read as the application role."""
        with psycopg2.connect(self.facts()["database_url"]) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.tenant_id', (SELECT id FROM accounts_tenant)::text, true)")
            cursor.execute(sql)
            rows = cursor.fetchall()
        connection.close()
        return rows

    def kill(self, name: str) -> int:
        """kill -9, then wait until run.json names its successor; the successor's pid."""
        killed = self.facts()["pids"][name]
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: self.facts()["pids"][name] != killed)
        return self.facts()["pids"][name]


def eventually(question, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.05)


def runs(pid: int) -> bool:
    """Whether a process is there and not only waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
