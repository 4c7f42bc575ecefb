"""What is older than last year lies by year, and months that stood before move into their year whole."""

import datetime as dt
from importlib import import_module

import pytest
from django.db import connection, transaction

from csplatform.postgres.isolation import findings
from tests.conftest import make_cast

YEARS = import_module("health.migrations.0007_old_years").YEARS
OLD = dt.datetime.now(dt.UTC).year - 3
MOMENTS = [dt.datetime(OLD, 3, 31, 23, 59, 59, tzinfo=dt.UTC), dt.datetime(OLD, 11, 1, tzinfo=dt.UTC)]
LIES_IN = (
    "SELECT tableoid::regclass::text, tenant_id, observed_at FROM health_observation ORDER BY observed_at"
)


@pytest.fixture
def owner(transactional_db):
    """A cursor of the owner of the schema; nothing that it did stays."""
    cast = make_cast()
    with connection.as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.tenants = [cast.northwind.pk, cast.globex.pk]
        yield cursor
        transaction.set_rollback(True)


def test_the_months_of_an_old_year_become_that_year_with_every_row(owner):
    owner.execute(f"DROP TABLE health_observation_{OLD}")
    for tenant, moment in zip(owner.tenants, MOMENTS, strict=True):
        owner.execute("SELECT add_month('health_observation', %s::date)", [moment])
        owner.execute(
            "INSERT INTO health_observation"
            " (id, tenant_id, account_id, measure, facet, value, observed_at, recorded_at, source)"
            " VALUES (gen_random_uuid(), %s, gen_random_uuid(), 'breadth', '', 1, %s, %s, '')",
            [tenant, moment, moment],
        )
    owner.execute(LIES_IN)
    assert [row[0][-6:] for row in owner.fetchall()] == [f"{OLD}03", f"{OLD}11"]
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    owner.execute(YEARS)
    owner.execute(LIES_IN)
    year = f"health_observation_{OLD}"
    assert owner.fetchall() == [(year, *row) for row in zip(owner.tenants, MOMENTS, strict=True)]
    told = findings(owner, app_role=connection.settings_dict["APP_ROLE"])
    assert not [found for found in told if year in found]
