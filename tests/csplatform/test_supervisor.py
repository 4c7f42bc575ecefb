"""The supervisor with real processes: a small program of ours stands for web and worker."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# An echo server on an inherited socket that also starts a grandchild, as gunicorn and celery do.
ECHO = """
import os, socket, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
listener = socket.socket(fileno=int(sys.argv[1]))
print("serving", flush=True)
while True:
    caller, _ = listener.accept()
    caller.sendall(str(os.getpid()).encode())
    caller.close()
"""

SUPERVISE = """
import json, os, signal, socket, sys
from pathlib import Path
from csplatform.supervisor import Program, Supervisor, write_private
home, echo = Path(sys.argv[1]), sys.argv[2]
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen()
def publish(pids):
    write_private(home / "pids.json", json.dumps({"port": listener.getsockname()[1], **pids}))
with Supervisor(publish) as supervisor:
    handle = listener.fileno()
    supervisor.add(Program("web", [sys.executable, "-c", echo, str(handle)], dict(os.environ), [handle]))
    supervisor.add(Program("mute", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ)))
    code = supervisor.run()
sys.exit(code)
"""


@contextmanager
def supervised(home: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, home, ECHO],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def eventually(question, seconds: float = 10):
    """The first true answer to `question`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"still not so after {seconds} s")


def published(home: Path) -> dict[str, int] | None:
    file = home / "pids.json"
    facts = json.loads(file.read_text()) if file.exists() else {}
    return facts if "mute" in facts else None


def who_answers(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as call:
        return int(call.recv(20))


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_killed_child_answers_again_on_the_same_port_and_callers_only_wait(tmp_path):
    with supervised(tmp_path):
        before = eventually(lambda: published(tmp_path))
        assert who_answers(before["port"]) == before["web"]
        handle = os.pidfd_open(before["web"])
        os.kill(before["web"], signal.SIGKILL)
        select.select([handle], [], [], 10)

        answered = who_answers(before["port"])

        assert answered != before["web"]
        assert eventually(lambda: published(tmp_path)["web"] == answered)
        assert published(tmp_path)["mute"] == before["mute"]
        eventually(lambda: group_is_gone(before["web"]))  # and with it the children it had started


def test_the_fifth_death_within_a_minute_stops_everything_with_exit_1(tmp_path):
    with supervised(tmp_path) as supervisor:
        last = None
        for _ in range(5):
            facts = eventually(lambda last=last: (now := published(tmp_path)) and now["web"] != last and now)
            last = facts["web"]
            os.kill(last, signal.SIGKILL)

        assert supervisor.wait(20) == 1
        eventually(lambda: group_is_gone(facts["mute"]))
        eventually(lambda: group_is_gone(last))
        assert "web died 5 times within a minute" in supervisor.stdout.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_child_and_its_children(tmp_path, number):
    with supervised(tmp_path) as supervisor:
        facts = eventually(lambda: published(tmp_path))
        who_answers(facts["port"])

        supervisor.send_signal(number)

        assert supervisor.wait(20) == 0
        eventually(lambda: group_is_gone(facts["web"]))
        eventually(lambda: group_is_gone(facts["mute"]))


def test_lines_are_prefixed_with_the_name_of_who_wrote_them(tmp_path):
    with supervised(tmp_path) as supervisor:
        facts = eventually(lambda: published(tmp_path))
        who_answers(facts["port"])
        supervisor.terminate()
        supervisor.wait(20)

        assert "web        | serving\n" in supervisor.stdout.read()


def test_the_file_of_pids_is_for_its_owner_alone(tmp_path):
    with supervised(tmp_path):
        eventually(lambda: published(tmp_path))
        assert (tmp_path / "pids.json").stat().st_mode & 0o777 == 0o600
