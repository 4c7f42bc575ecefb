"""The whole product, started as a person starts it, and killed as an operating system kills it."""

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

import pytest
import redis

ROOT = Path(__file__).parents[2]
NAMES = ["beat", "dispatch", "postgres", "valkey", "web", "worker"]

pytestmark = pytest.mark.live


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
            "PORT": str(port),
            "CSP_ADMIN_EMAIL": "adam@northwind.test",
            "CSP_ADMIN_PASSWORD": "correct horse battery",
        }
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.command("run"), cwd=ROOT, env=self.environment)
        eventually(lambda: (self.home / "run.json").exists() and self.get("/readyz")[0] == 200, seconds=90)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "csplatform.run", *arguments]

    def facts(self) -> dict:
        return json.loads((self.home / "run.json").read_text())

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.facts()["web"] + path, timeout=15) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

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


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    it = Product(tmp_path_factory.mktemp("product"))
    it.start()
    yield it
    it.stop()


def test_run_json_names_everything_for_its_owner_alone(product):
    facts = product.facts()
    assert sorted(facts["pids"]) == NAMES
    assert {"web", "database_url", "owner_database_url", "redis_url"} < set(facts)
    assert (product.home / "run.json").stat().st_mode & 0o777 == 0o600
    assert all(runs(pid) for pid in facts["pids"].values())


def test_a_second_start_in_the_same_home_is_refused(product):
    second = subprocess.run(
        product.command("run"), cwd=ROOT, env=product.environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "in use by another running csplatform" in second.stderr
    assert product.get("/readyz")[0] == 200


def test_a_management_command_runs_in_the_environment_of_the_product(product):
    told = subprocess.run(
        product.command(
            "manage", "shell", "--verbosity", "0", "--command", "import os; print(os.environ['DATABASE_URL'])"
        ),
        cwd=ROOT,
        env=product.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == product.facts()["database_url"]


@pytest.mark.parametrize("name", ["web", "worker", "beat", "dispatch"])
def test_a_killed_process_is_started_again_and_the_page_stays_where_it_was(product, name):
    before = product.facts()
    assert runs(product.kill(name))
    assert product.get("/healthz")[0] == 200
    assert product.facts()["web"] == before["web"]


def test_a_killed_valkey_comes_back_on_the_same_url(product):
    url = product.facts()["redis_url"]
    product.kill("valkey")
    assert product.facts()["redis_url"] == url
    assert redis.Redis.from_url(url).ping()


def test_a_killed_postgres_comes_back_on_the_same_urls(product):
    before = product.facts()
    product.kill("postgres")
    eventually(lambda: product.get("/readyz")[0] == 200)
    assert product.facts()["database_url"] == before["database_url"]


def test_sigterm_leaves_no_process_and_no_run_json(product):
    """Last, because it ends the product of this module."""
    pids = product.facts()["pids"]

    product.process.send_signal(signal.SIGTERM)

    assert product.process.wait(30) == 0
    eventually(lambda: not any(runs(pid) for pid in pids.values()))
    assert not (product.home / "run.json").exists()
