"""Tables as files: CSV whose text no spreadsheet runs, and that is read back exactly as it was."""

import csv
import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

# Text that a spreadsheet would run as a formula; an apostrophe before it makes it text. What has apostrophes before
# such a start already gets one more, so that taking one off gives back what was there.
RUNS = re.compile(r"'*[=+\-@\t\r]")


def harmless(value: Any) -> Any:
    """Text that begins like a formula, with an apostrophe in front; everything else as it is."""
    return f"'{value}" if isinstance(value, str) and RUNS.match(value) else value


def write_rows(file: TextIO, rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a CSV file: nothing as an empty cell, days and moments in ISO 8601, lists with semicolons
    or, where these stand in them, as JSON."""
    writer = csv.writer(file)
    writer.writerows([harmless(_plain(cell)) for cell in row] for row in rows)


def _plain(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.datetime):
        return cell.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, list | tuple) and not any(
        isinstance(one, dict) or ";" in str(one) or "," in str(one) for one in cell
    ):
        return ";".join(str(one) for one in cell)
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | tuple | dict) else cell
