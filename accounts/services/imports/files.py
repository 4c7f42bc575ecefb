"""What every kind of file shares: its limits, a row that cannot be read, a file of which nothing can be read."""

from dataclasses import dataclass
from typing import Any

MAX_BYTES = 512 * 1024 * 1024
MAX_COLUMNS = 1_000
MAX_ROWS = 2_000_000

Cells = list[Any]


class Unreadable(ValueError):
    """Nothing of this file can be read; ``code`` names the rule, the message says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read: why, and its text as it stands in the file."""

    code: str
    detail: str
    text: str
