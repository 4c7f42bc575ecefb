"""Settings of a server whose requests wait long for each other, so that a test can hold one."""

from tests.settings import *  # noqa: F403

OPTIONS = DATABASES["default"]["OPTIONS"]  # noqa: F405
OPTIONS["options"] = OPTIONS["options"].replace("lock_timeout=2000", "lock_timeout=60000")
