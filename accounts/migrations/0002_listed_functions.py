"""The listed functions of the first floor, the login throttles' table, and default rights."""

from django.db import migrations

from accounts.migrations.operations import InstallSQL

RIGHTS = """
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
NO_RIGHTS = """
DROP FUNCTION refresh_statistics;
DROP FUNCTION add_month;
DROP TABLE csplatform_cache;
"""

# A dead webhook with a long queue costs one look at it, not a look at each of its rows.
WEBHOOKS = """
CREATE FUNCTION tenants_with_webhooks() RETURNS TABLE (tenant_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT w.tenant_id FROM accounts_webhook w
    WHERE w.is_active AND (w.held_until IS NULL OR w.held_until <= now()) AND EXISTS (
        SELECT 1 FROM accounts_webhookdelivery d WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id
            AND d.state = 'waiting' AND d.available_at <= now())
$$;
REVOKE ALL ON FUNCTION tenants_with_webhooks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_webhooks TO {app};
"""

# Counting a request is one call, so that it takes one round trip and not those of a transaction. It runs with the
# caller's rights: row level security holds, for the tenant that it is told, until its statement ends.
COUNT = """
CREATE FUNCTION count_request(tenant int, api_key uuid, use uuid, at timestamptz) RETURNS int
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    counted int;
BEGIN
    PERFORM set_config('app.tenant_id', tenant::text, true), set_config('synchronous_commit', 'off', true);
    INSERT INTO accounts_apiuse AS known (tenant_id, id, api_key_id, minute, count)
        VALUES (tenant, use, api_key, date_trunc('minute', at), 1)
        ON CONFLICT (tenant_id, api_key_id, minute) DO UPDATE SET count = known.count + 1
        RETURNING count INTO counted;
    IF counted = 1 THEN  -- the first of a minute also says when the key was used last
        UPDATE accounts_apikey SET last_used_at = at WHERE tenant_id = tenant AND id = api_key;
    END IF;
    RETURN counted;
END $$;
GRANT EXECUTE ON FUNCTION count_request TO {app};
"""


class Migration(migrations.Migration):
    replaces = [("accounts", "0002_functions"), ("accounts", "0018_count_request")]

    dependencies = [("accounts", "0001_tables")]
    operations = [
        InstallSQL(RIGHTS, NO_RIGHTS),
        InstallSQL(WEBHOOKS, "DROP FUNCTION tenants_with_webhooks"),
        InstallSQL(COUNT, "DROP FUNCTION count_request"),
    ]
