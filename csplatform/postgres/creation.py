"""Test databases are made, migrated and dropped by the owner; the tests themselves run as the application."""

from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import creation
from psycopg2.errors import ObjectInUse


class DatabaseCreation(creation.DatabaseCreation):
    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        with self.connection.as_owner():
            return super().create_test_db(*args, **kwargs)

    def destroy_test_db(self, *args: Any, **kwargs: Any) -> None:
        with self.connection.as_owner():
            super().destroy_test_db(*args, **kwargs)

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        """Drop it, once autovacuum and whoever is just letting go of it have ended: for these PostgreSQL sees to it, and
        waits, by itself. FORCE may not end autovacuum for anyone but a superuser; it is for sessions that stay."""
        with self._nodb_cursor() as cursor:
            name = self.connection.ops.quote_name(test_database_name)
            try:
                cursor.execute(f"DROP DATABASE {name}")
            except OperationalError as error:
                if not isinstance(error.__cause__, ObjectInUse):
                    raise
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def clone_test_db(self, *args: Any, **kwargs: Any) -> None:
        with self.connection.as_owner():
            super().clone_test_db(*args, **kwargs)
