"""What many tests of a file begin with, made once: in a transaction around theirs, which is rolled back after the file."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction


class Kept:
    """One world at a time: of which file and fixture it is, and what was made. Each test is given a copy of its own."""

    def __init__(self) -> None:
        self.of: tuple[Any, str] | None = None
        self.made: Any = None
        self.around: transaction.Atomic | None = None
        self.blocker: Any = None

    def given(self, request: pytest.FixtureRequest, blocker: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` leaves, for a fixture that comes before ``db``: a test's own transaction lies within this one."""
        of = request.path, str(request.fixturename)
        if self.of != of:
            self.close()
            self.blocker = blocker
            with blocker.unblock():
                assert not connection.in_atomic_block, "the test's own transaction has begun already"
                self.around = transaction.atomic()
                self.around._from_testcase = True
                self.around.__enter__()
                try:
                    self.made, self.of = make(), of
                except BaseException:
                    self.close()
                    raise
        return copy.deepcopy(self.made)

    def close(self) -> None:
        """Roll back what is kept, if anything is."""
        if self.around is None:
            return
        with self.blocker.unblock():
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)
        self.of = self.made = self.around = None

    def is_for(self, item: pytest.Item | None) -> bool:
        """Whether this test begins with what is kept; any other must not see it."""
        return (
            item is not None and self.of is not None and self.of[0] == item.path
            and self.of[1] in getattr(item, "fixturenames", ())
        )  # fmt: skip


KEPT = Kept()
