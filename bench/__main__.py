"""Run the benchmarks: print a table, and write bench/latest.json.

python -m bench --size small     minutes
python -m bench --size full      the sizes that the goals name
python -m bench --size large     a book of 5,000 accounts and 40,000 people: its pages alone, for a look
python -m bench --only imports   one part, for a look
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench import books, imports, ingest, one_account, pages, rating, search, tracking, webhooks
from bench.place import running_place
from bench.rows import Row

LATEST = Path(__file__).parent / "latest.json"
SUITE = {
    "pages": pages.rows,
    "search": search.rows,
    "rating": rating.rows,
    "ingest": ingest.rows,
    "tracking": tracking.rows,
    "one_account": one_account.rows,
    "webhooks": webhooks.rows,
    "imports": imports.rows,
    "books": books.rows,
}
LARGE = ["books"]  # what is measured of a large book


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the product against its references.")
    parser.add_argument("--size", choices=["small", "full", "large"], default="small")
    parser.add_argument("--only", choices=list(SUITE), nargs="+", help="These alone; nothing is written.")
    asked = parser.parse_args()
    size, only = asked.size, asked.only or (LARGE if asked.size == "large" else None)
    if size == "large" and only != LARGE:
        parser.error(f"of a large book are measured: {', '.join(LARGE)}")
    with (
        tempfile.TemporaryDirectory(prefix="csplatform-bench-") as home,
        running_place(Path(home), size) as place,
    ):
        rows: list[Row] = []
        show(HEAD)
        # In the order of the suite: ratings outdate the book that the pages are read from.
        for name in (name for name in SUITE if not only or name in only):
            for row in SUITE[name](place):
                rows.append(row)
                show(line_of(row))
            if not only:
                write(rows, size)  # what was measured stays, whatever becomes of the rest
    return 0


def write(rows: list[Row], size: str) -> None:
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "size": size,
        "load": [round(load, 1) for load in os.getloadavg()],  # much of it may be others
    }
    LATEST.write_text(
        json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2) + "\n"
    )


HEAD = "id", "value", "unit", "reference", "ratio", "goal", "holds"


def line_of(row: Row) -> tuple[str, ...]:
    figures = f"{row.value:,.4g}", row.unit, f"{row.reference:,.4g}", f"{row.ratio:.2f}", row.goal
    return row.id, *figures, "yes" if row.holds else "NO"


def show(words: tuple[str, ...]) -> None:
    print("{:<32} {:>12} {:<10} {:>12} {:>8} {:>8}  {}".format(*words), flush=True)


if __name__ == "__main__":
    sys.exit(main())
