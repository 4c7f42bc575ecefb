"""The partitions of the past seven years and the coming three months, and who has work waiting."""

import datetime as dt

from django.db import migrations

PARTITIONED = ["health_usageevent", "health_usageday", "health_observation", "health_scoresnapshot"]
MONTHS = range(-84, 4)

WORK = """
CREATE FUNCTION tenants_with_work() RETURNS TABLE (tenant_id int, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT o.tenant_id, 'outbox' FROM accounts_outbox o
    WHERE o.done_at IS NULL AND o.dead_at IS NULL AND o.available_at <= now()
    UNION ALL
    SELECT DISTINCT d.tenant_id, 'dirty' FROM health_dirtymark d
$$;
REVOKE ALL ON FUNCTION tenants_with_work FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_work TO {app};
"""


def month(offset: int) -> str:
    today = dt.datetime.now(dt.UTC).date()
    index = today.year * 12 + today.month - 1 + offset
    return f"{index // 12}-{index % 12 + 1:02}-01"


def run(apps, schema_editor):
    app = schema_editor.quote_name(schema_editor.connection.settings_dict["APP_ROLE"])
    for table in PARTITIONED:
        for offset in MONTHS:
            schema_editor.execute("SELECT add_month(%s::regclass, %s::date)", [table, month(offset)])
    schema_editor.execute(WORK.replace("{app}", app), params=None)


class Migration(migrations.Migration):
    dependencies = [("health", "0001_initial"), ("accounts", "0002_functions")]
    operations = [migrations.RunPython(run, lambda apps, schema_editor: None)]
