"""The first step of every start: migrate, or see at once that there is nothing to do."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
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
        recorder, loader = MigrationRecorder(connection), MigrationLoader(connection)
        [last] = loader.graph.leaf_nodes("journeys")
        names = [last, *loader.get_migration(*last).replaces]
        for name in names:
            recorder.record_unapplied(*name)
        try:
            assert not all_applied(MigrationExecutor(connection))
        finally:
            for name in names:
                recorder.record_applied(*name)
        assert all_applied(MigrationExecutor(connection))


@pytest.fixture
def before_the_join(transactional_db):
    """A database that has the migrations which were joined by their old names alone; its recorder."""
    joined = MigrationLoader(connection).replacements
    with connection.as_owner():
        recorder = MigrationRecorder(connection)
        for name in joined:
            recorder.record_unapplied(*name)
        yield recorder
        for name in joined:
            recorder.record_applied(*name)


def test_a_database_from_before_the_migrations_were_joined_needs_nothing(before_the_join):
    assert all_applied(MigrationExecutor(connection))


def test_a_database_that_has_only_some_of_the_joined_ones_is_told_what_to_do(before_the_join):
    before_the_join.record_unapplied("accounts", "0009_notes")
    try:
        with pytest.raises(CommandError, match=r"lacks accounts\.0009_notes"):
            call_command("migrate", if_needed=True, verbosity=0)
    finally:
        before_the_join.record_applied("accounts", "0009_notes")
