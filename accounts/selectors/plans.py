"""Statements whose plan a connection keeps: for those that every rating or score runs."""

from django.db import connection


def planned(sql: str) -> str:
    """What runs ``sql``, with the same named parameters, by a plan that this connection keeps (csplatform.postgres)."""
    kept: str = connection.planned(sql)  # type: ignore[attr-defined]
    return kept
