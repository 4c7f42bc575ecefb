"""Makes the two roles and the database on a PostgreSQL of one's own, or prints the SQL for psql."""

from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection


class Command(BaseCommand):
    help = (
        "Print the SQL (for psql, as a superuser) that makes the roles, the database and the rights that "
        "DATABASE_URL and OWNER_DATABASE_URL name; with --superuser-url run it. Both may be repeated."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--superuser-url", help="postgres://superuser:password@host:port/postgres")

    def handle(self, *args: Any, superuser_url: str | None, **options: Any) -> None:
        chosen = connection.settings_dict
        owner = urlsplit(chosen["OWNER_URL"])
        roles = make_roles(
            str(owner.username), unquote(owner.password or ""), chosen["USER"], chosen["PASSWORD"]
        )
        make = f"CREATE DATABASE {name(chosen['NAME'])} OWNER {name(str(owner.username))}"
        exists = f"SELECT FROM pg_database WHERE datname = {text(chosen['NAME'])}"
        rights = make_rights(chosen["NAME"], chosen["USER"])
        if superuser_url:
            run_as(superuser_url, roles, exists, make, rights)
            self.stdout.write(f"The roles and the database {chosen['NAME']} stand.")
            return
        make_once = f"SELECT {text(make)} WHERE NOT EXISTS ({exists})\\gexec"
        self.stdout.write(
            "\n".join([*(f"{line};" for line in roles), make_once, *(f"{line};" for line in rights)])
        )
        self.stdout.write("-- Then start csplatform with these, and the true host and port in them:")
        place = f"{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"
        self.stdout.write(f"-- DATABASE_URL=postgres://{chosen['USER']}:{chosen['PASSWORD']}@{place}")
        self.stdout.write(f"-- OWNER_DATABASE_URL={chosen['OWNER_URL']}")


def name(plain: str) -> str:
    """An SQL identifier."""
    return '"' + plain.replace('"', '""') + '"'


def text(plain: str) -> str:
    """An SQL string (standard_conforming_strings is on since PostgreSQL 9.1)."""
    return "'" + plain.replace("'", "''") + "'"


def make_roles(owner: str, owner_password: str, app: str, app_password: str) -> list[str]:
    """Statements that make both roles or set them right."""
    lines = []
    for role, rights, password in (
        (owner, "LOGIN NOSUPERUSER BYPASSRLS", owner_password),
        (app, "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE", app_password),
    ):
        missing = f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text(role)})"
        lines.append(f"DO $make$ BEGIN {missing} THEN CREATE ROLE {name(role)}; END IF; END $make$")
        lines.append(f"ALTER ROLE {name(role)} {rights} PASSWORD {text(password)}")
    return lines


def make_rights(database: str, app: str) -> list[str]:
    """Statements that let the application in (with temporary tables, for bulk loads) and nobody else."""
    return [
        f"REVOKE ALL ON DATABASE {name(database)} FROM PUBLIC",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {name(database)} TO {name(app)}",
    ]


def run_as(superuser_url: str, roles: list[str], exists: str, make: str, rights: list[str]) -> None:
    """Run everything; each statement is safe to repeat."""
    superuser = psycopg2.connect(superuser_url)
    superuser.autocommit = True  # CREATE DATABASE refuses a transaction
    try:
        with superuser.cursor() as cursor:
            for line in roles:
                cursor.execute(line)
            cursor.execute(exists)
            if cursor.fetchone() is None:
                cursor.execute(make)
            for line in rights:
                cursor.execute(line)
    finally:
        superuser.close()
