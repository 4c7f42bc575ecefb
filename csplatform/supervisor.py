"""Keeps a list of processes running: starts them in order, prefixes their logs, restarts the dead.

One loop and no threads: it sleeps until a child writes, a child dies or a signal comes. A child that
dies five times within a minute ends everything, because restarting does not help it.
"""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol, TextIO

from csplatform.embedded.place import dies_with_parent

DEATHS_ALLOWED = 5
DEATHS_WINDOW_SECONDS = 60
STOP_SECONDS = 10

Process = subprocess.Popen[bytes]


class Child(Protocol):
    """What the supervisor asks of a process it keeps running."""

    name: str

    @property
    def process(self) -> Process | None:
        """The last process that was started."""

    def start(self, cancelled: Callable[[], bool] = ...) -> Process:
        """Start and return when the others may rely on it."""

    def stop(self, seconds: float = ...) -> None:
        """Stop within `seconds`, with everything the process has started."""


class Program:
    """A command of ours as a child in a process group of its own; `handles` are inherited open files."""

    def __init__(
        self, name: str, command: Sequence[str], environment: dict[str, str], handles: Sequence[int] = ()
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = environment
        self.handles = tuple(handles)
        self.process: Process | None = None

    def start(self, cancelled: Callable[[], bool] = lambda: False) -> Process:
        """Start it, after sweeping away what a killed predecessor has left."""
        self._kill_group()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.handles,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
        return self.process

    def ask_to_stop(self) -> None:
        """Begin a graceful stop without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stop gracefully within `seconds`, then kill the whole group."""
        self.ask_to_stop()
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
            self._kill_group()
            self.process.wait()

    def _kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Stopped(Exception):
    """Somebody asked for the end while something was being started."""


class Supervisor:
    """Runs `children` until a signal, or until one of them dies too often.

    `on_change` gets the process ids by name whenever one is new. Use as a context manager: on leaving,
    every child is stopped, in reverse order, whatever happened.
    """

    def __init__(self, on_change: Callable[[dict[str, int]], None], out: TextIO = sys.stdout) -> None:
        self.children: list[Child] = []
        self.on_change = on_change
        self.out = out
        self.stopping = False
        self._deaths: dict[str, deque[float]] = {}
        self._selector = selectors.DefaultSelector()
        self._unfinished: dict[int, bytes] = {}
        self._last_words: dict[str, deque[str]] = {}

    def __enter__(self) -> "Supervisor":
        self._alarm, alarm_writer = socket.socketpair()
        for end in (self._alarm, alarm_writer):
            end.setblocking(False)
        self._alarm_writer = alarm_writer
        signal.set_wakeup_fd(alarm_writer.fileno(), warn_on_full_buffer=False)  # one byte is enough to wake
        self._selector.register(self._alarm, selectors.EVENT_READ, None)
        self._old_handlers = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGTERM, self._on_stop),
                (signal.SIGINT, self._on_stop),
                (signal.SIGCHLD, lambda *_: None),
            )
        }
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping = True
        self._stop_all()
        signal.set_wakeup_fd(-1)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        self._selector.close()
        self._alarm.close()
        self._alarm_writer.close()

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def say(self, text: str, name: str = "csplatform") -> None:
        """One line of log, prefixed with who says it."""
        self.out.write(f"{name:<10} | {text}\n")
        self.out.flush()

    def add(self, child: Child) -> None:
        """Start a child and keep it; raises Stopped if a signal came meanwhile."""
        self.children.append(child)
        self._start(child)

    def finish(self, program: Program) -> int:
        """Run a program to its end, logs prefixed; its exit code. Raises Stopped if a signal came."""
        self._watch_output(program.start(), program.name)
        assert program.process is not None
        while program.process.poll() is None and not self.stopping:
            self._wait_for_something(1)
        if self.stopping:
            program.stop()
            raise Stopped
        assert program.process.stdout is not None
        deadline = time.monotonic() + 1
        while not program.process.stdout.closed and time.monotonic() < deadline:
            self._wait_for_something(0.1)
        return program.process.returncode

    def last_words(self, name: str) -> list[str]:
        """The last lines, at most 100, that this child has written."""
        return list(self._last_words.get(name, ()))

    def pids(self) -> dict[str, int]:
        """The process ids of the children, by name."""
        return {child.name: child.process.pid for child in self.children if child.process is not None}

    def run(
        self, ready: Callable[[], bool] = lambda: True, announce: Callable[[], None] = lambda: None
    ) -> int:
        """Keep the children alive; the exit code: 0 after a signal, 1 when one died too often.

        `announce` is called once, when `ready` first says yes.
        """
        announced = False
        with contextlib.suppress(Stopped):
            while not self.stopping:
                self._wait_for_something(1 if announced else 0.2)
                if not self._restart_the_dead():
                    return 1
                if not announced and ready():
                    announced = True
                    announce()
        return 0

    def _start(self, child: Child) -> None:
        """Start a child; raises Stopped if a signal came meanwhile."""
        try:
            process = child.start(lambda: self.stopping)
        except RuntimeError:
            if self.stopping:
                raise Stopped from None
            raise
        self._watch_output(process, child.name)
        self.on_change(self.pids())
        if self.stopping:
            raise Stopped

    def _restart_the_dead(self) -> bool:
        """Restart what is dead; False if one has died too often."""
        for child in self.children:
            if self.stopping or child.process is None or child.process.poll() is None:
                continue
            self.say(f"{child.name} ended with {child.process.returncode}, starting it again")
            deaths = self._deaths.setdefault(child.name, deque(maxlen=DEATHS_ALLOWED))
            deaths.append(time.monotonic())
            if len(deaths) == DEATHS_ALLOWED and deaths[-1] - deaths[0] < DEATHS_WINDOW_SECONDS:
                self.say(f"{child.name} died {DEATHS_ALLOWED} times within a minute: stopping everything")
                return False
            self._start(child)
        return True

    def _stop_all(self) -> None:
        """Ask all programs first, so that they stop side by side, then wait for each; servers last."""
        for child in self.children:
            if isinstance(child, Program):
                child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(
            isinstance(child, Program) and child.process and child.process.poll() is None
            for child in self.children
        ):
            self._wait_for_something(0.1)
        for child in reversed(self.children):
            child.stop(0.1) if isinstance(child, Program) else child.stop()

    def _watch_output(self, process: Process, name: str) -> None:
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            self._selector.register(process.stdout, selectors.EVENT_READ, (process, name))

    def _wait_for_something(self, seconds: float) -> None:
        """Sleep until output, a signal or `seconds`; pass on the output."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._alarm.recv(4096)
            else:
                self._pass_on(*key.data)

    def _pass_on(self, process: Process, name: str) -> None:
        """Print the whole lines that have come; a last line without an end is printed at the end."""
        assert process.stdout is not None
        handle = process.stdout.fileno()
        try:
            data = os.read(handle, 65536)
        except BlockingIOError:
            return
        lines = (self._unfinished.pop(handle, b"") + data).split(b"\n")
        if data:
            self._unfinished[handle] = lines.pop()
        else:
            self._selector.unregister(process.stdout)
            process.stdout.close()
        for line in lines:
            if line or data:
                text = line.decode(errors="replace")
                self._last_words.setdefault(name, deque(maxlen=100)).append(text)
                self.say(text, name)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    scratch.replace(path)
