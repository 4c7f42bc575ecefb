"""The listed functions that erase a person.

The first alone may blank append-only rows, and only of the tenant in scope; the other takes what the person was called
out of every text of one table.
"""

from django.db import migrations

from accounts.migrations.operations import InstallSQL

PERSONA = """
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

# Found by LIKE, which is fast; replaced by a pattern, which knows where a word begins and ends. In JSON a line break
# before a word is written as \n, whose n is no letter of the text.
HELPERS = r"""
CREATE FUNCTION erase_words_likes(words text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
RETURN (SELECT coalesce(array_agg('%' || replace(replace(replace(lower(w), '\', '\\'), '%', '\%'), '_', '\_') || '%'), '{}')
    FROM unnest(words) w);

CREATE FUNCTION erase_words_pattern(words text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
RETURN (SELECT '(?:(?<![[:alnum:]])(?<![[:alnum:]][._+-])|(?<=\\[nrtbf]))(?:' || coalesce(string_agg(
        regexp_replace(w, '([^[:alnum:][:space:]])', '\\\1', 'g'), '|' ORDER BY length(w) DESC), '.^')
    || ')(?![[:alnum:]])' FROM unnest(words) w);
REVOKE ALL ON FUNCTION erase_words_likes, erase_words_pattern FROM PUBLIC;
"""

WORDS = r"""
CREATE FUNCTION erase_words(place regclass, persona uuid, everywhere text[], near text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tenant int := nullif(current_setting('app.tenant_id', true), '')::int;
    homes uuid[];   -- the accounts of the person: near words mean them there only
    home text;      -- how a row of this table names its account
    places text;    -- what to set
    asked text;     -- which rows
    many bigint;
BEGIN
    IF tenant IS NULL THEN
        RAISE EXCEPTION 'no tenant scope is open';
    END IF;
    SELECT array_agg(DISTINCT p.account_id) INTO homes FROM accounts_persona p
        WHERE p.tenant_id = tenant AND persona IN (p.id, p.merged_into_id)
        AND EXISTS (SELECT FROM accounts_persona e WHERE e.tenant_id = tenant AND e.id = persona AND e.erased_at IS NOT NULL);
    IF homes IS NULL THEN
        RAISE EXCEPTION 'this person was not erased';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = place AND a.attname = 'tenant_id' AND NOT a.attisdropped)
    THEN
        RAISE EXCEPTION '% is no table of tenants', place;
    END IF;
    home := CASE WHEN place = 'accounts_account'::regclass THEN 'id' ELSE (SELECT a.attname FROM pg_attribute a
        WHERE a.attrelid = place AND a.attname = 'account_id' AND NOT a.attisdropped) END;
    home := CASE WHEN home IS NULL THEN 'false' ELSE format('%I = ANY($2)', home) END;

    -- Each text of the table; what names an account or another person stays, and an id becomes another id.
    SELECT string_agg(format('%I = CASE WHEN %s THEN %s ELSE %1$I END', t.name, t.holds, t.becomes), ', '),
        string_agg(t.holds, ' OR ')
        INTO places, asked
    FROM (
        SELECT a.attname AS name,
            format(CASE WHEN a.atttypid = 'bytea'::regtype THEN 'lower(convert_from(%I, ''UTF8''))' ELSE 'lower(%I::text)' END
                || ' LIKE ANY(CASE WHEN %s THEN $6 ELSE $4 END) AND '
                || CASE WHEN a.atttypid = 'bytea'::regtype THEN 'convert_from(%1$I, ''UTF8'')' ELSE '%1$I::text' END
                || ' ~* CASE WHEN %2$s THEN $5 ELSE $3 END' || CASE WHEN (place, a.attname)
                    = ('accounts_persona'::regclass, 'external_id') THEN ' AND %1$I ~ ''[@ ]'' ' ELSE '' END,
                a.attname, home) AS holds,
            CASE
                WHEN a.atttypid = 'bytea'::regtype THEN 'convert_to(''{"erased": true}'', ''UTF8'')'
                WHEN place = 'accounts_persona'::regclass AND a.attname = 'external_id'
                    THEN format('''erased-'' || md5($1::text || %I)', a.attname)
                WHEN a.attname IN ('user_key', 'alias_of', 'external_id', 'account_external_id', 'message_id')
                    THEN format('''erased-'' || md5(%I || $7::text)', a.attname)
                ELSE format('regexp_replace(%I::text, CASE WHEN %s THEN $5 ELSE $3 END, ''erased'' || %s, ''gi'')::%s',
                    a.attname, home, CASE WHEN i.is_key THEN format('''-'' || left(md5(%I), 6)', a.attname) ELSE '''''' END,
                    format_type(a.atttypid, a.atttypmod))
            END AS becomes
        FROM pg_attribute a
        CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = place AND x.indisunique
            AND a.attnum = ANY(x.indkey)) AS is_key) i
        WHERE a.attrelid = place AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            AND (a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype)
                OR (place, a.attname) = ('accounts_idempotentreply'::regclass, 'body'))
            AND (place::text, a.attname) NOT IN (('accounts_account', 'name'), ('accounts_account', 'domain'),
                ('accounts_account', 'external_id'), ('accounts_persona', 'name'), ('accounts_persona', 'email'),
                ('accounts_notemention', 'words'), ('accounts_import', 'file'), ('accounts_import', 'errors_file'))
    ) t;
    IF places IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('UPDATE %s SET %s WHERE tenant_id = $1 AND (%s)', place, places, asked)
        USING tenant, homes, erase_words_pattern(everywhere), erase_words_likes(everywhere),
            erase_words_pattern(everywhere || near), erase_words_likes(everywhere || near), persona;
    GET DIAGNOSTICS many = ROW_COUNT;
    RETURN many;
END $$;
REVOKE ALL ON FUNCTION erase_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_words TO {app};
"""


class Migration(migrations.Migration):
    replaces = [("accounts", "0004_erase_persona"), ("accounts", "0015_erase_words")]

    dependencies = [("accounts", "0003_word_search")]
    operations = [
        InstallSQL(PERSONA, "DROP FUNCTION erase_persona"),
        InstallSQL(HELPERS, "DROP FUNCTION erase_words_likes, erase_words_pattern"),
        InstallSQL(WORDS, "DROP FUNCTION erase_words"),
    ]
