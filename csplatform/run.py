"""From installed packages to a running product, and back to nothing.

    python -m csplatform.run demo      servers, migrations, demo tenants, then all processes
    python -m csplatform.run run       the same without demo tenants; asks for the first admin
    python -m csplatform.run manage …  one management command in that environment

Runs before the settings: it finds or makes what they read from the environment.
"""

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from csplatform.embedded import HomeInUse, Postgres, Valkey, home_lock, running_servers
from csplatform.embedded.place import user_name
from csplatform.supervisor import Program, Stopped, Supervisor, write_private

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
MIGRATE = ["migrate", "--if-needed", "--verbosity", "0", "--skip-checks"]
URLS = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")


class Misconfigured(RuntimeError):
    """The environment asks for something that cannot be; the message says what to change."""


class Failed(RuntimeError):
    """A step before the start went wrong; its own log lines say why."""


def home_folder() -> Path:
    """CSP_HOME as an absolute path, `var` beside the code by default; raises Misconfigured where it is not ours to
    use."""
    home = Path(os.environ.get("CSP_HOME") or ROOT / "var")
    try:
        home = home.resolve()
        home.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Misconfigured(_unusable(home, "it is no folder")) from None
    except OSError as error:
        raise Misconfigured(_unusable(home, error.strerror or str(error))) from None
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise Misconfigured(_unusable(home, "no right to read and write it"))
    return home


def _unusable(path: Path | str, why: str) -> str:
    """What to do about a folder or file that this user may not use."""
    me = user_name(os.geteuid())
    return (
        f"{path} cannot be used as {me} ({why}): set CSP_HOME to a folder of {me}, or start csplatform as the user whose "
        "folder it is"
    )


def web_port() -> int:
    """PORT, 8000 by default; raises Misconfigured if it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Misconfigured(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def given_urls() -> dict[str, str]:
    """The server URLs that the environment names; raises Misconfigured for one database URL of the two."""
    urls = {name: os.environ[name] for name in URLS if os.environ.get(name)}
    if ("DATABASE_URL" in urls) != ("OWNER_DATABASE_URL" in urls):
        raise Misconfigured("Set DATABASE_URL (application role) and OWNER_DATABASE_URL (owner) together")
    return urls


def base_environment(home: Path) -> dict[str, str]:
    """The environment of every process of ours, server URLs apart."""
    return {
        **os.environ,
        "CSP_HOME": str(home),
        "PORT": str(web_port()),
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(home),
        "PYTHONUNBUFFERED": "1",
    }


def secret_key(home: Path) -> str:
    """The key that signs sessions and links, made once per CSP_HOME."""
    file = home / "secret_key"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(48))
    return file.read_text().strip()


def listening_socket(port: int) -> socket.socket:
    """The web socket. We hold it, so that a restarted web server finds its port and callers only wait."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        raise Misconfigured(
            f"Port {port} cannot be used ({error.strerror}); set PORT to another one"
        ) from None
    listener.listen(1024)
    return listener


def programs(environment: dict[str, str], listener: socket.socket) -> list[Program]:
    """Our processes, in the order of their start."""
    handle = listener.fileno()
    python = [sys.executable, "-m"]
    web = [*python, "gunicorn", "--config", "python:csplatform.gunicorn_config", "--bind", f"fd://{handle}"]
    # Root is usual in a container, and only JSON is accepted: Celery's warning about root says nothing here.
    quiet = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [sys.executable, *quiet, "-m", "celery", "--app", "csplatform", "--quiet"]
    worker = [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    home = Path(environment["CSP_HOME"])
    schedule = str(home / "beat-schedule")
    web_environment = environment | {"PROMETHEUS_MULTIPROC_DIR": str(home / "metrics")}
    return [
        Program("web", [*web, "csplatform.wsgi"], web_environment, [handle]),
        Program("dispatch", [*MANAGE, "dispatch"], environment),
        Program("worker", [*worker, "--loglevel", "INFO"], environment),
        Program("beat", [*celery, "beat", "--schedule", schedule, "--loglevel", "INFO"], environment),
    ]


def answers(url: str) -> bool:
    """Whether the web server answers its health check now."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=0.3) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def serve(demo: bool) -> int:
    """Run the product in the foreground until a signal; the exit code."""
    home, port = home_folder(), web_port()
    url = f"http://127.0.0.1:{port}"
    run_file = home / "run.json"
    with home_lock(home), listening_socket(port) as listener, ExitStack() as stack:
        stack.callback(run_file.unlink, missing_ok=True)
        run_file.unlink(missing_ok=True)
        environment = base_environment(home) | given_urls()
        whole = False

        def publish(pids: dict[str, int]) -> None:
            if whole:
                write_private(run_file, json.dumps(run_facts(url, environment, pids), indent=2))

        supervisor = stack.enter_context(Supervisor(publish))
        try:
            start_servers(supervisor, home, environment)
            hints = prepare(supervisor, environment, demo)
            web, *others = programs(environment, listener)
            supervisor.add(web)
        except Stopped:
            return 0

        def announce() -> None:
            """Start the rest when the pages are there: until then it would only slow them down."""
            nonlocal whole
            for program in others:
                supervisor.add(program)
            whole = True
            publish(supervisor.pids())
            supervisor.say(f"csplatform runs at {url}/login (Ctrl-C stops it)")
            for line in hints:
                supervisor.say(line)

        return supervisor.run(ready=lambda: answers(url), announce=announce)


def run_facts(url: str, environment: dict[str, str], pids: dict[str, int]) -> dict[str, object]:
    """What run.json tells other programs."""
    return {"web": url, **{name.lower(): environment[name] for name in URLS}, "pids": pids}


def start_servers(supervisor: Supervisor, home: Path, environment: dict[str, str]) -> None:
    """Start the embedded servers that no URL replaces, and put their URLs into `environment`."""
    if "REDIS_URL" not in environment:
        valkey = Valkey(home)
        supervisor.add(valkey)
        environment["REDIS_URL"] = valkey.url
    if "DATABASE_URL" not in environment:
        postgres = Postgres(home)
        supervisor.add(postgres)
        environment["DATABASE_URL"] = postgres.url("cs_app")
        environment["OWNER_DATABASE_URL"] = postgres.url("cs_owner")


def prepare(supervisor: Supervisor, environment: dict[str, str], demo: bool) -> list[str]:
    """Migrate, then seed the demo or make the first admin; the lines that tell how to log in."""
    if supervisor.finish(Program("migrate", [*MANAGE, *MIGRATE], environment)) != 0:
        raise Failed("The database could not be migrated")
    collect_static(supervisor, environment)
    if demo:
        if supervisor.finish(Program("demo", [*MANAGE, "demo"], environment)) != 0:
            raise Failed("The demo tenants could not be seeded")
        return logins(supervisor.last_words("demo"))
    make_first_admin(supervisor, environment)
    return []


def logins(words: list[str]) -> list[str]:
    """What the demo says on signing in: told again at the end, where it is not buried under other lines."""
    begin = next((number for number, line in enumerate(words) if line.startswith("Sign in")), len(words))
    return words[begin:]


def make_first_admin(supervisor: Supervisor, environment: dict[str, str]) -> None:
    """Let the command ask at our terminal, so it is no child of the supervisor, yet ends when we must."""
    asking = subprocess.Popen([*MANAGE, "first_admin"], env=environment)
    while asking.poll() is None and not supervisor.stopping:
        with suppress(subprocess.TimeoutExpired):
            asking.wait(0.5)
    if supervisor.stopping:
        asking.terminate()
        asking.wait()
        raise Stopped
    if asking.returncode != 0:
        raise Failed("There is no admin: set CSP_ADMIN_EMAIL and CSP_ADMIN_PASSWORD, or answer the questions")


def collect_static(supervisor: Supervisor, environment: dict[str, str]) -> None:
    """Gather and compress the static files for the web server, unless they are as they were."""
    stamp = Path(environment.get("STATIC_ROOT") or f"{environment['CSP_HOME']}/static") / ".stamp"
    facts = [(ROOT / "requirements.txt").read_text()]
    for file in sorted((ROOT / "static").rglob("*")):
        facts.append(f"{file} {file.stat().st_mtime_ns} {file.stat().st_size}")
    wanted = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    collect = [*MANAGE, "collectstatic", "--no-input", "--clear", "--verbosity", "0"]
    if supervisor.finish(Program("static", collect, environment)) != 0:
        raise Failed("The static files could not be collected")
    stamp.write_text(wanted)


@contextmanager
def product_environment(home: Path) -> Iterator[dict[str, str]]:
    """The environment of the running product, or of servers that run for the time of the block."""
    environment = base_environment(home) | given_urls()
    if all(name in environment for name in URLS):
        yield environment
        return
    try:
        with running_servers(home) as servers:
            environment = servers.environment() | environment
            subprocess.run([*MANAGE, *MIGRATE], env=environment, check=True, stdout=sys.stderr)
            yield environment
    except HomeInUse:
        run_file = home / "run.json"
        if not run_file.exists():
            raise Failed("csplatform is just starting or stopping; try again in a moment") from None
        facts = json.loads(run_file.read_text())
        yield {name: facts[name.lower()] for name in URLS} | environment


def fresh_urls() -> dict[str, str]:
    """URLs for a PostgreSQL of one's own that is still to be provisioned, with new passwords."""
    made = {
        "DATABASE_URL": f"postgres://cs_app:{secrets.token_urlsafe(16)}@127.0.0.1:5432/cs",
        "OWNER_DATABASE_URL": f"postgres://cs_owner:{secrets.token_urlsafe(16)}@127.0.0.1:5432/cs",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
    }
    return made | given_urls()


def manage(arguments: list[str]) -> int:
    """Run one management command; its exit code."""
    if arguments[:1] == ["provision"]:  # is about a server that does not exist yet
        environment = base_environment(home_folder()) | fresh_urls()
        return subprocess.run([*MANAGE, *arguments], env=environment, check=False).returncode
    with product_environment(home_folder()) as environment:
        return subprocess.run([*MANAGE, *arguments], env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """Do what the first argument names; the exit code."""
    try:
        match arguments:
            case ["demo"]:
                return serve(demo=True)
            case ["run"]:
                return serve(demo=False)
            case ["manage", *rest]:
                return manage(rest)
        print(__doc__, file=sys.stderr)
        return 2
    except PermissionError as error:  # something in a folder of ours was left there by another user
        if not str(error.filename).startswith(str(home_folder())):
            raise
        print(f"csplatform: {_unusable(error.filename, error.strerror or str(error))}", file=sys.stderr)
        return 1
    except RuntimeError as error:
        print(f"csplatform: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
