"""The portfolio that a worker sums, and the trigger by which the database itself says that somebody wrote since.

A statement trigger and not a line in every service: whoever writes what a portfolio reads, through whatever door, a
service, a bulk, a definer function or a later migration, leaves its mark with its COMMIT. A mark is one row of the
writing transaction, so that no writer ever waits for another.
"""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

# What a portfolio reads; csplatform.postgres.walls lists the same.
TABLES = (
    "accounts_account",
    "accounts_accountfact",
    "accounts_accountteam",
    "accounts_tenantfact",
    "accounts_persona",
    "accounts_step",
    "accounts_case",
    "accounts_outcome",
    "health_score",
    "health_scoresnapshot",
)

# Outside a tenant's scope only the owner can write, and then perhaps of every tenant.
FUNCTION = """
CREATE FUNCTION book_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant int := nullif(current_setting('app.tenant_id', true), '')::int;
BEGIN
    IF tenant IS NULL THEN
        INSERT INTO health_bookwrite (tenant_id, xact)
            SELECT t.id, pg_current_xact_id()::text::bigint FROM accounts_tenant t ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO health_bookwrite (tenant_id, xact)
            VALUES (tenant, pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER book_written AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION book_written()
"""

WORK = """
CREATE OR REPLACE FUNCTION tenants_with_work() RETURNS TABLE (tenant_id int, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT o.tenant_id, 'outbox' FROM accounts_outbox o
    WHERE o.done_at IS NULL AND o.dead_at IS NULL AND o.available_at <= now()
    UNION ALL
    SELECT DISTINCT d.tenant_id, 'dirty' FROM health_dirtymark d
    UNION ALL
    SELECT b.tenant_id, 'book' FROM (
        SELECT w.tenant_id FROM health_bookwrite w UNION
        SELECT e.tenant_id FROM health_tenantkpi e WHERE e.good_until <= now()
    ) b JOIN accounts_tenant t ON t.id = b.tenant_id
    LEFT JOIN health_tenantkpi k ON k.tenant_id = b.tenant_id
    WHERE k.next_at IS NULL OR k.next_at <= now()
$$
"""


def run(apps, schema_editor):
    schema_editor.execute(FUNCTION, params=None)
    for table in TABLES:
        schema_editor.execute(TRIGGER.format(table=table), params=None)
    schema_editor.execute(WORK, params=None)
    schema_editor.execute(
        "INSERT INTO health_bookwrite (tenant_id, xact) SELECT id, 0 FROM accounts_tenant", params=None
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_touches"),
        ("health", "0007_tracking"),
    ]

    operations = [
        migrations.CreateModel(
            name="BookWrite",
            fields=[
                ("xact", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="TenantKpi",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("good_until", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                ("body", models.TextField()),
                ("weeks", models.TextField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="kpi_tenant")],
            },
        ),
        migrations.RunPython(run, migrations.RunPython.noop),
    ]
