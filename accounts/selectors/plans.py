"""Statements whose plan a connection keeps: for those that every rating or score runs."""

from collections import defaultdict

from django.db import connection


def planned(sql: str) -> str:
    """What runs ``sql``, with the same named parameters, by a plan that this connection keeps (csplatform.postgres)."""
    kept: str = connection.planned(sql)  # type: ignore[attr-defined]
    return kept


def plan_ahead(*statements: str) -> None:
    """Let this connection plan statements before anybody waits for them. Nothing is run."""
    with connection.cursor() as cursor:
        for sql in statements:
            kept = planned(sql)
            if kept != sql:  # else this connection keeps no more of them
                cursor.execute(kept.replace("EXECUTE", "EXPLAIN EXECUTE", 1), defaultdict(type(None)))
