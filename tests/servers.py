"""Real servers for the test run, started before Django reads its settings; given URLs are used as they are.

Processes that share a run have servers of their own: a snapshot, a count of connections or a flush is the server's.
"""

import atexit
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from csplatform.embedded import running_servers

OWN = "CSP_TEST_SERVERS"  # set by the first process, so that those it starts do not take its URLs for given ones

if "DATABASE_URL" not in os.environ or (OWN in os.environ and "PYTEST_XDIST_WORKER" in os.environ):
    stack = ExitStack()
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="csplatform-test-")))
    binaries = os.environ.get("CSP_PG_BIN")
    servers = stack.enter_context(
        running_servers(home, pg_bin=Path(binaries) if binaries else None, durable=False)
    )
    atexit.register(stack.close)
    os.environ.update(
        SECRET_KEY="a key for tests only, never used elsewhere",
        DATABASE_URL=servers.database_url,
        OWNER_DATABASE_URL=servers.owner_database_url,
        REDIS_URL=servers.redis_url,
        CSP_HOME=str(home),
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        **{OWN: "1"},
    )
