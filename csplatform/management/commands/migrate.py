"""Migrations run as the owner of the schema; everything else runs as the application role."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(migrate.Command):
    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--if-needed", action="store_true", help="Do nothing, quickly, where every migration is applied."
        )

    def handle(self, *args: Any, if_needed: bool = False, **options: Any) -> None:
        if if_needed and all_applied():
            return
        if connection.settings_dict["USER"] != connection.settings_dict["APP_ROLE"]:
            super().handle(*args, **options)  # already the owner: the test database
            return
        with connection.as_owner():  # type: ignore[attr-defined]
            super().handle(*args, **options)


def all_applied() -> bool:
    """Whether the database has every migration of the code."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
