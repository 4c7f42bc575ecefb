"""Flushing a test database needs the owner, and is done by DELETE: a TRUNCATE would make new files for more than a
hundred partitions and their indexes."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import operations


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(
        self, style: Any, tables: Iterable[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        if reset_sequences:
            return super().sql_flush(
                style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
            )
        deletes = [f"DELETE FROM {self.quote_name(table)}" for table in tables]
        return ["SET CONSTRAINTS ALL DEFERRED", *deletes] if deletes else []

    def execute_sql_flush(self, sql_list: list[Any]) -> None:
        with self.connection.as_owner():
            super().execute_sql_flush(sql_list)
