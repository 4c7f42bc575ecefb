"""The real PostgreSQL and Valkey from Python wheels, started under CSP_HOME.

Nothing here imports Django: it runs before the settings, which need the URLs of these servers.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from csplatform.embedded.place import HomeInUse, home_lock
from csplatform.embedded.postgres import Postgres
from csplatform.embedded.valkey import Valkey

__all__ = ["HomeInUse", "Postgres", "Servers", "Valkey", "home_lock", "running_servers"]


@dataclass(frozen=True)
class Servers:
    """Where the running servers answer, and their process ids by name (`postgres`, `valkey`)."""

    database_url: str
    owner_database_url: str
    redis_url: str
    pids: dict[str, int]

    def environment(self) -> dict[str, str]:
        """The environment variables that point the product at these servers."""
        return {
            "DATABASE_URL": self.database_url,
            "OWNER_DATABASE_URL": self.owner_database_url,
            "REDIS_URL": self.redis_url,
        }


@contextmanager
def running_servers(home: Path, pg_bin: Path | None = None, durable: bool = True) -> Iterator[Servers]:
    """PostgreSQL and Valkey for the time of the block, with their data in `home`.

    `pg_bin` names another PostgreSQL (its bin folder); `durable=False` is for tests. Raises HomeInUse,
    PostgresNotStarted, ValkeyNotStarted.
    """
    with home_lock(home), ExitStack() as stack:
        valkey = Valkey(home)
        stack.callback(valkey.stop)
        valkey_process = valkey.start()
        postgres = Postgres(home, bin_dir=pg_bin, durable=durable)
        stack.callback(postgres.stop)
        postgres_process = postgres.start()
        yield Servers(
            database_url=postgres.url("cs_app"),
            owner_database_url=postgres.url("cs_owner"),
            redis_url=valkey.url,
            pids={"postgres": postgres_process.pid, "valkey": valkey_process.pid},
        )
