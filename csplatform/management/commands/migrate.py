"""Migrations run as the owner of the schema; everything else runs as the application role."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

SELDOM = 200_000, 5, 10  # the thresholds of ``gc``; no more memory is taken than with its own


class Command(migrate.Command):
    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--if-needed", action="store_true", help="Do nothing, quickly, where every migration is applied."
        )

    def handle(self, *args: Any, if_needed: bool = False, **options: Any) -> None:
        executor = MigrationExecutor(connection)
        refuse_half_joined(executor.loader)
        if if_needed and all_applied(executor):
            return
        with few_collections():
            if connection.settings_dict["USER"] != connection.settings_dict["APP_ROLE"]:
                super().handle(*args, **options)  # already the owner: the test database
                return
            with connection.as_owner():  # type: ignore[attr-defined]
                super().handle(*args, **options)


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect garbage seldom: each migration makes every model anew, and to look through all of them takes a seventh
    of the time of a first start's migrations."""
    known = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*known)


def refuse_half_joined(loader: MigrationLoader) -> None:
    """Raise CommandError where a database has some of the migrations that a later one joined, and not all: Django
    would take the later one for done."""
    for joined in loader.replacements.values():
        gone = [old for old in joined.replaces if old not in loader.disk_migrations]
        missing = [old for old in gone if old not in loader.applied_migrations]
        if missing and len(missing) < len(gone):
            raise CommandError(
                f"This database lacks {'.'.join(missing[0])}, which {joined} replaced after it had been made. "
                "Migrate it with the code of 27 November 2026 first, then with this."
            )


def all_applied(executor: MigrationExecutor) -> bool:
    """Whether the database has every migration of the code."""
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
