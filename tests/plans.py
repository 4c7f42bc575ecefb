"""How PostgreSQL runs a statement."""

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db import connection


def nodes_run(sql: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Run a statement; each node of its plan, with what it did (``Actual Loops``, ``Actual Rows``)."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (told,) = cursor.fetchone()
    return list(_nodes((msgspec.json.decode(told) if isinstance(told, str) else told)[0]["Plan"]))


def most_loops(sql: str, params: dict[str, Any]) -> int:
    """Run a statement; how often the node of its plan that ran most was run."""
    return max(node["Actual Loops"] for node in nodes_run(sql, params))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)
