"""The partitions from last January to three months ahead, who has work waiting, and the trigger by which
the database itself says that somebody wrote what a portfolio reads.

A statement trigger and not a line in every service: whoever writes, through whatever door, a service, a bulk, a definer
function or a later migration, leaves its mark with its COMMIT. A mark is one row of the writing transaction, so that no
writer ever waits for another.
"""

from django.db import migrations

from accounts.migrations.operations import InstallSQL

MONTHS = """
SELECT add_month(parent, month::date)
FROM unnest('{health_usageevent,health_usageday,health_observation,health_scoresnapshot}'::regclass[]) parent,
    generate_series(date_trunc('year', now() AT TIME ZONE 'UTC') - interval '1 year',
                    date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months', '1 month') month
"""

WORK = """
CREATE FUNCTION tenants_with_work() RETURNS TABLE (tenant_id int, kind text)
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
$$;
REVOKE ALL ON FUNCTION tenants_with_work FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_work TO {app};
"""

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
    "accounts_touch",
    "accounts_acknowledgement",
    "health_score",
    "health_scoresnapshot",
    "health_signal",
)

# Outside a tenant's scope only the owner can write, and then perhaps of every tenant.
MARK = """
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


class Migration(migrations.Migration):
    replaces = [
        ("health", "0002_months"),
        ("health", "0010_touch_marks"),
        ("health", "0014_acknowledgements_mark_the_book"),
    ]

    dependencies = [("health", "0001_tables"), ("accounts", "0004_erasing")]
    operations = [
        InstallSQL(MONTHS, "SELECT 1"),
        InstallSQL(WORK, "DROP FUNCTION tenants_with_work"),
        InstallSQL(MARK, "DROP FUNCTION book_written"),
        *(
            InstallSQL(TRIGGER.format(table=table), f"DROP TRIGGER book_written ON {table}")
            for table in TABLES
        ),
    ]
