"""The listed function that erases a person: it alone may blank append-only rows, and only of the tenant in scope."""

from django.db import migrations

ERASE = """
CREATE FUNCTION erase_persona(persona uuid, erased_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tenant int := nullif(current_setting('app.tenant_id', true), '')::int;
    everyone uuid[];  -- the persona and those merged into it
    keys text[];      -- how its usage is named
    place record;
BEGIN
    IF tenant IS NULL THEN
        RAISE EXCEPTION 'no tenant scope is open';
    END IF;
    SELECT array_agg(p.id), array_remove(array_agg(DISTINCT p.email) || array_agg(DISTINCT p.external_id), NULL)
        INTO everyone, keys
        FROM accounts_persona p WHERE p.tenant_id = tenant AND persona IN (p.id, p.merged_into_id);
    keys := array_remove(keys, '');

    -- Usage keeps its counts under a name that says nothing.
    FOR place IN
        SELECT c.oid::regclass AS name, bool_or(a.attname = 'properties') AS has_properties
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY c.oid HAVING count(*) FILTER (WHERE a.attname IN ('tenant_id', 'account_id', 'user_key')) = 3
    LOOP
        EXECUTE format('UPDATE %s SET user_key = ''erased-'' || md5(user_key || $1::text) %s WHERE tenant_id = $2 '
            'AND user_key = ANY($3) AND account_id IN (SELECT p.account_id FROM accounts_persona p '
            'WHERE p.tenant_id = $2 AND p.id = ANY($4))',
            place.name, CASE WHEN place.has_properties THEN ', properties = NULL' ELSE '' END)
            USING persona, tenant, keys, everyone;
    END LOOP;

    -- Free text, in every table whose rows are about a persona: each text column, and the titles of things.
    DELETE FROM accounts_profilefact f WHERE f.tenant_id = tenant AND f.persona_id = ANY(everyone);
    FOR place IN
        SELECT c.oid::regclass AS name,
            string_agg(format('%I = ''''', a.attname), ', ') FILTER (WHERE a.atttypid = 'text'::regtype
                OR a.attname IN ('title', 'subject', 'url', 'why', 'note', 'summary')) AS blanks
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY c.oid HAVING count(*) FILTER (WHERE a.attname IN ('tenant_id', 'persona_id')) = 2
    LOOP
        IF place.blanks IS NOT NULL THEN
            EXECUTE format('UPDATE %s SET %s WHERE tenant_id = $1 AND persona_id = ANY($2)', place.name, place.blanks)
                USING tenant, everyone;
        END IF;
    END LOOP;

    UPDATE accounts_activity a SET data = '{"erased": true}'
        WHERE a.tenant_id = tenant AND (a.persona_id = ANY(everyone) OR a.object_id = ANY(everyone));
    UPDATE accounts_idempotentreply r SET body = convert_to('{"erased": true}', 'UTF8')
        WHERE r.tenant_id = tenant AND EXISTS (
            SELECT 1 FROM unnest(everyone) e (id) WHERE position(convert_to(e.id::text, 'UTF8') IN r.body) > 0);
    UPDATE accounts_persona p SET name = 'Erased person', email = '', phone = '', title = '', language = '',
            time_zone = '', erased_at = $2, deleted_at = coalesce(p.deleted_at, $2), updated_at = $2
        WHERE p.tenant_id = tenant AND p.id = ANY(everyone);
END $$;
REVOKE ALL ON FUNCTION erase_persona FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_persona TO {app};
"""


def run(apps, schema_editor):
    app = schema_editor.quote_name(schema_editor.connection.settings_dict["APP_ROLE"])
    schema_editor.execute(ERASE.replace("{app}", app), params=None)


def undo(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION erase_persona", params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_persona_fact_account")]
    operations = [migrations.RunPython(run, undo)]
