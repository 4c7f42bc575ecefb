"""Imports over HTTP with a real worker: how long a preview of 10,000 accounts takes, how many people a second are written,
the most memory that any of the worker's processes ever had, and what a kill -9 in the midst of it costs: no row."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests

from bench.place import ROOT, Place
from bench.rows import Row, at_least, at_most

PREVIEWED = 10_000
PEOPLE = {"small": 20_000, "full": 1_000_000}
A_COMPANY = 25  # people of one account
KILLED_AT = 0.6  # of the rows; the speed is that of the rows before
SECONDS, ROWS_A_SECOND, MEGABYTES = 3, 1_000, 300


def rows(place: Place) -> list[Row]:
    """import_preview_10k in seconds, import_people in rows a second, import_worker in megabytes, and import_kill9: rows
    that are missing or doubled after the worker and its processes were killed."""
    people = int(os.environ.get("BENCH_PEOPLE", PEOPLE[place.size]))
    api = Api(place)
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        api.upload("accounts", accounts_file(PREVIEWED))
        took.append(time.perf_counter() - begun)
    with worker() as workers:
        api.finish(api.upload("accounts", accounts_file(people // A_COMPANY)), "run")
        begun = time.perf_counter()
        one = api.wait(api.upload("personas", people_file(people)))
        previewed = time.perf_counter() - begun
        speed, ran = run_and_kill(api, one, workers, people)
        memory = workers.peak()
    lost = abs(people - written(place)) + abs(people - distinct(place))
    print(f"{people:,} people: previewed in {previewed:.0f} s, written in {ran:.0f} s", file=sys.stderr)
    return [
        one_row("import_preview_10k", sorted(took)[1], "s", SECONDS, at_most(1), took),
        one_row("import_people", speed, "rows/s", ROWS_A_SECOND, at_least(1), [speed]),
        one_row("import_worker", memory, "MB", MEGABYTES, at_most(1), [memory]),
        one_row("import_kill9", lost, "rows", people, at_most(0), [lost]),
    ]


def run_and_kill(api: "Api", one: dict[str, Any], workers: "Workers", people: int) -> tuple[float, float]:
    """Run an import, and kill its worker in the midst of it. Rows a second until then, and seconds in all."""
    begun = time.perf_counter()
    one = api.begin(one, "run")
    while (done := api.done(one)) < people * KILLED_AT:
        time.sleep(0.1)
    speed = done / (time.perf_counter() - begun)
    workers.kill()
    one = api.wait(one)
    if (one["counts"]["created"], one["counts"]["failed"]) != (people, 0):
        raise RuntimeError(f"the import ended with {one['counts']}")
    return speed, time.perf_counter() - begun


def written(place: Place) -> int:
    return _count(place, "count(*)")


def distinct(place: Place) -> int:
    return _count(place, "count(DISTINCT external_id)")


def _count(place: Place, what: str) -> int:
    """Of the people that the import wrote."""
    from django.db import connection, transaction

    from accounts.scope import tenant_scope

    with tenant_scope(place.filled), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} FROM accounts_persona WHERE tenant_id = %s AND external_id LIKE 'person-%%'",
                       [place.filled])  # fmt: skip
        (count,) = cursor.fetchone()
    connection.close()
    return int(count)


def one_row(id: str, value: float, unit: str, reference: float, goal: Any, values: list[float]) -> Row:
    wanted, holds = goal
    ratio = value / reference
    return Row(
        id, value, unit, reference, ratio, wanted, holds(ratio), len(values), min(values), value, max(values)
    )


class Api:
    """The product's imports, with an admin key."""

    def __init__(self, place: Place) -> None:
        self.url = f"{place.url}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {place.key}"

    def upload(self, kind: str, content: bytes) -> dict[str, Any]:
        files = {"file": (f"{kind}.csv", io.BytesIO(content))}
        answer = self.session.post(f"{self.url}/imports", data={"kind": kind}, files=files, timeout=300)
        if answer.status_code not in (201, 202):
            raise RuntimeError(f"the import was answered with {answer.status_code}: {answer.text[:500]}")
        return dict(answer.json())

    def wait(self, one: dict[str, Any]) -> dict[str, Any]:
        """The import once its job has ended."""
        while one["state"] in ("previewing", "running", "undoing"):
            time.sleep(0.5)
            one = self.session.get(f"{self.url}/imports/{one['id']}", timeout=60).json()
        if one["state"] not in ("ready", "done"):
            raise RuntimeError(f"the import ended as {one['state']}: {one['issues'][:3]}")
        return one

    def begin(self, one: dict[str, Any], action: str) -> dict[str, Any]:
        one = self.wait(one)
        answer = self.session.post(f"{self.url}/imports/{one['id']}/{action}", timeout=60)
        if answer.status_code != 202:
            raise RuntimeError(f"{action} was answered with {answer.status_code}: {answer.text[:500]}")
        return dict(answer.json())

    def finish(self, one: dict[str, Any], action: str) -> dict[str, Any]:
        return self.wait(self.begin(one, action))

    def done(self, one: dict[str, Any]) -> int:
        """How many rows the import's job has behind it."""
        return int(self.session.get(f"{self.url}/jobs/{one['job']}", timeout=60).json()["done"])


def accounts_file(count: int) -> bytes:
    lines = ["Account ID,Account Name,Website,Type,Industry,ARR,Contract End Date,Licensed Seats"]
    lines += [
        f"imp-{n},Imported {n},https://www.imp{n}.test,Customer,Segment {n % 9},{1000 + n}.50,{n % 28 + 1}/12/2027,{n % 300}"
        for n in range(count)
    ]
    return "\n".join(lines).encode()


def people_file(count: int) -> bytes:
    lines = ["Record ID,First Name,Last Name,Email,Job Title,Buying Role,Associated Company IDs,Phone Number"]
    lines += [
        f"person-{n},Given{n % 997},Family{n},p{n}@imp{n // A_COMPANY}.test,Title {n % 50},"
        f"{'CHAMPION' if n % A_COMPANY == 0 else 'END_USER'},imp-{n // A_COMPANY},+49 30 {n:07}"
        for n in range(count)
    ]
    return "\n".join(lines).encode()


class Workers:
    """A dispatcher and a worker of so many processes, which may be killed and then is there again."""

    def __init__(self, concurrency: int) -> None:
        celery = [sys.executable, "-m", "celery", "--app", "csplatform", "--quiet", "worker"]
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        self.command = [*celery, "--concurrency", str(concurrency), *quiet]
        self.log = open(Path(os.environ["CSP_HOME"]) / "worker.log", "ab")  # noqa: SIM115 (open as long as they run)
        self.dispatcher = self._start([sys.executable, "manage.py", "dispatch"])
        self.worker = self._start(self.command)
        self.peaks = [0.0]
        self.ended = threading.Event()
        self.watch = threading.Thread(target=self._watch, daemon=True)
        self.watch.start()

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, cwd=ROOT, stdout=self.log, stderr=self.log)

    def processes(self) -> list[int]:
        return [self.worker.pid, *children(self.worker.pid)]

    def peak(self) -> float:
        """The most memory that any of them ever had, in megabytes, those that gave way to a fresh one too."""
        for pid in self.processes():
            with suppress(OSError, StopIteration):  # it has ended meanwhile
                self.peaks.append(peak(pid))
        self.peaks = [max(self.peaks)]
        return self.peaks[0]

    def _watch(self) -> None:
        """Look often: a process that grew ends after its task, and its peak with it."""
        while not self.ended.wait(0.1):
            with suppress(OSError):
                self.peak()

    def kill(self) -> None:
        """kill -9 of the worker and of its processes; another one takes its place."""
        self.peak()
        for pid in reversed(self.processes()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.worker.wait(30)
        self.worker = self._start(self.command)

    def stop(self) -> None:
        self.ended.set()
        self.watch.join()
        for process in (self.dispatcher, self.worker):
            process.terminate()
        for process in (self.dispatcher, self.worker):
            process.wait(30)
        self.log.close()


@contextmanager
def worker(concurrency: int = 1) -> Iterator[Workers]:
    """A dispatcher and a worker for the time of the block."""
    workers = Workers(concurrency)
    try:
        yield workers
    finally:
        workers.stop()


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def peak(pid: int) -> float:
    """The most memory that a process ever had at once, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
