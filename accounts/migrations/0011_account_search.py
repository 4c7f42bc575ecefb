"""Every account that has these words, for the filter of a table: the search of names, without its end at some hundred.

Listed for the same reason as ``find_by_words``: under a policy no index serves a search.
"""

from django.db import migrations

from accounts.migrations.operations import InstallSQL

SEARCH = r"""
CREATE FUNCTION accounts_by_words(wanted text) RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
    tenant int := nullif(current_setting('app.tenant_id', true), '')::int;
    begun tsquery;
BEGIN
    IF tenant IS NULL THEN
        RAISE EXCEPTION 'no tenant scope is open';
    END IF;
    SELECT string_agg(format('''%s'':*', word), ' & ')::tsquery
        INTO begun FROM unnest(tsvector_to_array(search_words(tenant, wanted))) word;
    IF begun IS NULL THEN
        RETURN;
    END IF;
    -- The words name the tenant already; it is asked for again outside, so that no other index is read as well.
    RETURN QUERY SELECT f.id FROM (SELECT t.id, t.tenant_id FROM accounts_account t WHERE t.deleted_at IS NULL
        AND search_words(tenant_id, name || ' ' || domain || ' ' || coalesce(external_id, '')) @@ begun OFFSET 0) f
        WHERE f.tenant_id = tenant;
END $$;
REVOKE ALL ON FUNCTION accounts_by_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_by_words TO {app};
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_initiatives")]
    operations = [InstallSQL(SEARCH, "DROP FUNCTION accounts_by_words;")]
