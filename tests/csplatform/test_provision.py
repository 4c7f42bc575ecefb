"""`provision` against a PostgreSQL of one's own: an empty server that only has its superuser."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest

from csplatform.embedded import Postgres

ROOT = Path(__file__).parents[2]
PASSWORD = 'it\'s \\ 100% "quoted"; $make$'


@pytest.fixture
def own_server(tmp_path):
    binaries = os.environ.get("CSP_PG_BIN")
    server = Postgres(tmp_path, bin_dir=Path(binaries) if binaries else None, durable=False)
    server.start()
    yield server
    server.stop()


def provision(server: Postgres, *arguments: str) -> str:
    place = f"127.0.0.1:{server.port}/book"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://book_app:{quote(PASSWORD, safe='')}@{place}",
        "OWNER_DATABASE_URL": f"postgres://book_owner:{quote(PASSWORD, safe='')}@{place}",
    }
    return subprocess.run(
        [sys.executable, "-m", "csplatform.run", "manage", "provision", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def rights_of(server: Postgres, user: str) -> tuple:
    connection = psycopg2.connect(
        host="127.0.0.1", port=server.port, user=user, password=PASSWORD, dbname="book"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper, rolbypassrls, has_database_privilege('book', 'TEMP'), pg_get_userbyid(datdba)"
                " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = 'book'"
            )
            return cursor.fetchone()
    finally:
        connection.close()


def test_it_makes_roles_and_database_and_may_be_repeated(own_server):
    for _ in range(2):
        provision(own_server, "--superuser-url", own_server.url("postgres"))

    assert rights_of(own_server, "book_app") == (False, False, True, "book_owner")
    assert rights_of(own_server, "book_owner") == (False, True, True, "book_owner")


def test_what_it_prints_does_the_same_in_psql(own_server):
    psql = own_server.bin / "psql"
    for _ in range(2):
        printed = provision(own_server)
        subprocess.run(
            [psql, "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", own_server.url("postgres")],
            input=printed,
            text=True,
            check=True,
        )

    assert rights_of(own_server, "book_app") == (False, False, True, "book_owner")


def test_it_changes_nothing_on_the_server_when_it_only_prints(own_server):
    provision(own_server)
    connection = psycopg2.connect(own_server.url("postgres"))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'book%'")
            assert cursor.fetchone() == (0,)
    finally:
        connection.close()
