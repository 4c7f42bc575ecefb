"""Migrations run as the owner of the schema; everything else runs as the application role."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if connection.settings_dict["USER"] != connection.settings_dict["APP_ROLE"]:
            super().handle(*args, **options)  # already the owner: the test database
            return
        with connection.as_owner():  # type: ignore[attr-defined]
            super().handle(*args, **options)
