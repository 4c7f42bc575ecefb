"""Reports every table, partition, view, key, role and function that breaks a wall of tenancy; exit 1 if any does."""

from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from csplatform.postgres import isolation


class Command(BaseCommand):
    help = "Compare the walls of tenancy with the database; exit 1 with one line for each that is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = connection.settings_dict
        owner = urlsplit(chosen["OWNER_URL"])
        to_owner = psycopg2.connect(
            host=chosen["HOST"],
            port=chosen["PORT"],
            dbname=chosen["NAME"],
            user=owner.username,
            password=unquote(owner.password or ""),
        )
        try:
            with to_owner.cursor() as cursor:
                broken = isolation.findings(cursor, app_role=chosen["APP_ROLE"])
        finally:
            to_owner.close()
        if broken:
            raise CommandError("\n".join(broken))
        self.stdout.write("All walls of tenancy stand.")
