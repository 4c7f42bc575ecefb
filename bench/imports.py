"""Imports over HTTP with a real worker: how long a preview of 10,000 accounts takes, how many people a second are written,
and the most memory that any of the worker's processes ever had."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from bench.place import ROOT, Place
from bench.rows import Row, at_least, at_most

PREVIEWED = 10_000
PEOPLE = {"small": 100_000, "full": 1_000_000}
A_COMPANY = 25  # people of one account
SECONDS, ROWS_A_SECOND, MEGABYTES = 3, 1_000, 300


def rows(place: Place) -> list[Row]:
    """import_preview_10k in seconds, import_people in rows a second, import_worker in megabytes."""
    people = PEOPLE[place.size]
    api = Api(place)
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        api.upload("accounts", accounts_file(PREVIEWED))
        took.append(time.perf_counter() - begun)
    with worker() as processes:
        api.finish(api.upload("accounts", accounts_file(people // A_COMPANY)), "run")
        begun = time.perf_counter()
        one = api.wait(api.upload("personas", people_file(people)))
        previewed = time.perf_counter() - begun
        begun = time.perf_counter()
        api.finish(one, "run")
        ran = time.perf_counter() - begun
        memory = max(peak(pid) for pid in processes())
    speed = people / ran
    print(f"{people:,} people: previewed in {previewed:.0f} s, written in {ran:.0f} s", file=sys.stderr)
    return [
        one_row("import_preview_10k", sorted(took)[1], "s", SECONDS, at_most(1), took),
        one_row("import_people", speed, "rows/s", ROWS_A_SECOND, at_least(1), [speed]),
        one_row("import_worker", memory, "MB", MEGABYTES, at_most(1), [memory]),
    ]


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

    def finish(self, one: dict[str, Any], action: str) -> dict[str, Any]:
        one = self.wait(one)
        answer = self.session.post(f"{self.url}/imports/{one['id']}/{action}", timeout=60)
        if answer.status_code != 202:
            raise RuntimeError(f"{action} was answered with {answer.status_code}: {answer.text[:500]}")
        return self.wait(answer.json())


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


@contextmanager
def worker() -> Iterator[Any]:
    """A dispatcher and a worker of one process for the time of the block; asks for the worker's processes."""
    celery = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "csplatform",
        "--quiet",
        "worker",
        "--concurrency",
        "1",
    ]
    home = Path(os.environ["CSP_HOME"])
    with open(home / "worker.log", "ab") as log:
        started = [
            subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            for command in (
                [sys.executable, "manage.py", "dispatch"],
                [*celery, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"],
            )
        ]
    try:
        yield lambda: [started[1].pid, *children(started[1].pid)]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def peak(pid: int) -> float:
    """The most memory that a process ever had at once, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
