"""The listed SECURITY DEFINER functions of the first floor, the login throttles' table, and default rights."""

from django.db import migrations

FUNCTIONS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE csplatform_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX csplatform_cache_expires ON csplatform_cache (expires);
GRANT SELECT, INSERT, UPDATE, DELETE ON csplatform_cache TO {app};

CREATE FUNCTION add_month(parent regclass, month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', month);
    child text := format('%s_%s', parent, to_char(first, 'YYYYMM'));
    next date := first + interval '1 month';
    zone text := ' 00:00:00+00';  -- months are those of UTC: a bare bound would move with the session's zone
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table WHERE partrelid = parent) THEN
        RAISE EXCEPTION '% is not partitioned', parent;
    END IF;
    IF to_regclass(child) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF (SELECT a.atttypid = 'date'::regtype FROM pg_partitioned_table p
        JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
        WHERE p.partrelid = parent) THEN
        zone := '';
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', child);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
    EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = '
        '(SELECT nullif(current_setting(''app.tenant_id'', true), '''')::int))', child);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        parent, child, first || zone, next || zone);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION add_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_month TO {app};

CREATE FUNCTION refresh_statistics(tables regclass[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE t regclass;
BEGIN
    FOREACH t IN ARRAY tables LOOP
        EXECUTE format('ANALYZE %s', t);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION refresh_statistics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refresh_statistics TO {app};
"""

UNDO = """
DROP FUNCTION refresh_statistics;
DROP FUNCTION add_month;
DROP TABLE csplatform_cache;
"""


def run(apps, schema_editor):
    app = schema_editor.quote_name(schema_editor.connection.settings_dict["APP_ROLE"])
    schema_editor.execute(FUNCTIONS.replace("{app}", app), params=None)


def undo(apps, schema_editor):
    schema_editor.execute(UNDO, params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(run, undo)]
