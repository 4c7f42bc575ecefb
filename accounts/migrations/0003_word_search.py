"""Names, addresses and external ids found by the beginnings of their words, in one tenant, whatever its size.

Under a policy no index serves a search: neither LIKE nor @@ is leakproof, so the policy is checked first, row by row.
The listed function reads past the policy, in the tenant of the scope alone, and answers with ids only; whoever asks
reads the rows themselves behind all the walls. Each word in the index begins with its tenant's id.
"""

from django.db import migrations

from accounts.migrations.operations import InstallSQL

WORDS = r"""
CREATE FUNCTION search_words(tenant int, words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(array_remove(string_to_array(
    tenant::text || '/' || regexp_replace(
        lower(CASE WHEN octet_length(words) = char_length(words) THEN words ELSE translate(
            regexp_replace(normalize(words, NFKD), U&'[\0300-\036F]', '', 'g'),
            'ØøŁłĐđÐðÞþıŒœÆæ', 'OoLlDdDdTtiOoAa') END),
        '[\s!-/:-@[-`{-~]+', ' ' || tenant::text || '/', 'g'),
    ' '), tenant::text || '/'));
REVOKE ALL ON FUNCTION search_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_words TO {app};

CREATE INDEX account_words ON accounts_account USING gin (
    search_words(tenant_id, name || ' ' || domain || ' ' || coalesce(external_id, '')))
    WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX persona_words ON accounts_persona USING gin (
    search_words(tenant_id, name || ' ' || email || ' ' || coalesce(external_id, '')))
    WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;

CREATE FUNCTION find_by_words(wanted text, most int) RETURNS TABLE (kind text, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
    tenant int := nullif(current_setting('app.tenant_id', true), '')::int;
    whole tsquery;    -- every word as it stands, which comes first
    begun tsquery;    -- every word as a beginning
    many int;
BEGIN
    IF tenant IS NULL THEN
        RAISE EXCEPTION 'no tenant scope is open';
    END IF;
    SELECT string_agg(format('''%s''', word), ' & ')::tsquery, string_agg(format('''%s'':*', word), ' & ')::tsquery
        INTO whole, begun FROM unnest(tsvector_to_array(search_words(tenant, wanted))) word;
    IF begun IS NULL THEN
        RETURN;
    END IF;
    -- The words name the tenant already; it is asked for again outside, so that no other index is read as well.
    RETURN QUERY SELECT 'account', f.id FROM (SELECT t.id, t.tenant_id FROM accounts_account t WHERE t.deleted_at IS NULL
        AND search_words(tenant_id, name || ' ' || domain || ' ' || coalesce(external_id, '')) @@ whole LIMIT most) f
        WHERE f.tenant_id = tenant;
    GET DIAGNOSTICS many = ROW_COUNT;
    IF many < most THEN
        RETURN QUERY SELECT 'account', f.id FROM (SELECT t.id, t.tenant_id FROM accounts_account t WHERE t.deleted_at IS NULL
            AND search_words(tenant_id, name || ' ' || domain || ' ' || coalesce(external_id, '')) @@ begun LIMIT most) f
            WHERE f.tenant_id = tenant;
    END IF;
    RETURN QUERY SELECT 'persona', f.id FROM (SELECT t.id, t.tenant_id FROM accounts_persona t WHERE t.deleted_at IS NULL
        AND search_words(tenant_id, name || ' ' || email || ' ' || coalesce(external_id, '')) @@ whole LIMIT most) f
        WHERE f.tenant_id = tenant;
    GET DIAGNOSTICS many = ROW_COUNT;
    IF many < most THEN
        RETURN QUERY SELECT 'persona', f.id FROM (SELECT t.id, t.tenant_id FROM accounts_persona t WHERE t.deleted_at IS NULL
            AND search_words(tenant_id, name || ' ' || email || ' ' || coalesce(external_id, '')) @@ begun LIMIT most) f
            WHERE f.tenant_id = tenant;
    END IF;
END $$;
REVOKE ALL ON FUNCTION find_by_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_by_words TO {app};
"""

UNDO = """
DROP FUNCTION find_by_words;
DROP INDEX account_words;
DROP INDEX persona_words;
DROP FUNCTION search_words;
"""


class Migration(migrations.Migration):
    replaces = [("accounts", "0008_search")]

    dependencies = [("accounts", "0002_listed_functions")]
    operations = [InstallSQL(WORDS, UNDO)]
