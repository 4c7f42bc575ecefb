"""Flushing a test database needs the owner: the application role may not TRUNCATE."""

from typing import Any

from django.db.backends.postgresql import operations


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: list[Any]) -> None:
        with self.connection.as_owner():
            super().execute_sql_flush(sql_list)
