"""The first step of every start: migrate, or see at once that there is nothing to do."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from csplatform.management.commands.migrate import all_applied


@pytest.mark.django_db
def test_a_database_that_has_every_migration_is_left_alone(django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        call_command("migrate", if_needed=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_lacks_one_is_seen_to_need_it():
    with connection.as_owner():
        recorder = MigrationRecorder(connection)
        [last] = MigrationLoader(connection).graph.leaf_nodes("journeys")
        recorder.record_unapplied(*last)
        try:
            assert not all_applied()
        finally:
            recorder.record_applied(*last)
        assert all_applied()
