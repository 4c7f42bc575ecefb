"""Counting a request is one call of a function, so that it takes one round trip and not those of a transaction.

It runs with the caller's rights: row level security holds, for the tenant that it is told, until its statement ends.
"""

from django.db import migrations

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


def run(apps, schema_editor):
    app = schema_editor.quote_name(schema_editor.connection.settings_dict["APP_ROLE"])
    schema_editor.execute(COUNT.replace("{app}", app), params=None)


def undo(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION count_request", params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_unknown_owners")]
    operations = [migrations.RunPython(run, undo)]
