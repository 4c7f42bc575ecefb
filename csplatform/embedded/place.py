"""Where an embedded server may run, and as whom.

PostgreSQL refuses to run as root, so root drops to `nobody`; this module makes sure that `nobody`
can read the programs and reach its data, wherever the checkout and CSP_HOME lie. A folder that
`nobody` cannot reach by name is handed over as an open directory instead of being moved.
"""

import ctypes
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SHARED_PROGRAMS = Path("/var/lib/csplatform/programs")
PR_SET_PDEATHSIG = 1


class HomeInUse(RuntimeError):
    """One CSP_HOME serves one running product."""


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Hold CSP_HOME for this process; raises HomeInUse while another process holds it."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "lock", "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeInUse(f"{home} is in use by another running csplatform") from None
        yield


def free_port() -> int:
    """A TCP port on the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lesser_user() -> dict[str, Any]:
    """Keyword arguments for subprocess that run the child as an ordinary user: empty unless we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def server_uid() -> int:
    """The id of the user as whom the servers run."""
    uid: int = lesser_user().get("user", os.geteuid())
    return uid


def user_name(uid: int) -> str:
    """The name of a user, the bare number of one that this machine does not know."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def give(path: Path) -> None:
    """Make the server's user the owner of `path`."""
    if who := lesser_user():
        os.chown(path, who["user"], who["group"])


def reaches(path: Path, right: str = "-x") -> bool:
    """Whether the server's user has the right (`-r`, `-x`) to `path`, all its parents included."""
    return subprocess.run(["test", right, path], check=False, cwd="/", **lesser_user()).returncode == 0


def dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child calls before exec so that it gets signal `number` if we are killed (Linux only).

    It is one system call that takes no lock, so it is safe even where the parent has threads.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(number))


def package_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {package} is not installed")
    return Path(spec.origin).parent


def readable_package(package: str, distribution: str, home: Path) -> Path:
    """The folder of `package` where the server's user can read it.

    That is the installed one, or else a copy of it and of its shared libraries (`<package>.libs`
    beside it) in CSP_HOME, or in /var/lib/csplatform where CSP_HOME is out of reach too.
    """
    installed = package_folder(package)
    if reaches(installed, "-r"):
        return installed
    shelf = home / "programs" if reaches(home) else SHARED_PROGRAMS
    target = shelf / f"{distribution}-{importlib.metadata.version(distribution)}"
    if not target.exists():
        _copy_whole(installed, target)
    return target / package


def _copy_whole(installed: Path, target: Path) -> None:
    """Copy a package and its libraries to `target`, which appears only when the copy is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        built = Path(scratch) / "programs"
        built.mkdir()
        for source in (installed, installed.with_name(f"{installed.name}.libs")):
            if source.is_dir():
                shutil.copytree(source, built / source.name, symlinks=True)
        subprocess.run(["chmod", "-R", "u=rwX,go=rX", built], check=True)
        try:
            built.rename(target)
        except OSError:
            if not target.exists():
                raise
