"""Erasing a person reaches what tracking libraries told of them: the ids that mean them, the link, and lines of the tail."""

from django.db import migrations

KNOWN = "keys := array_remove(keys, '');"
TRACKED = """

    -- The ids under which a tracking library knows these e-mails name the same person; what it told of them goes.
    keys := keys || ARRAY(
        SELECT u.user_key FROM health_trackeduser u
        WHERE u.tenant_id = tenant AND (u.email = ANY(SELECT lower(k) FROM unnest(keys) k) OR u.alias_of <> ''
            AND u.alias_of IN (SELECT v.user_key FROM health_trackeduser v
                WHERE v.tenant_id = tenant AND v.email = ANY(SELECT lower(k) FROM unnest(keys) k))));
    DELETE FROM health_trackeduser u WHERE u.tenant_id = tenant AND u.user_key = ANY(keys);
    DELETE FROM health_arrival a WHERE a.tenant_id = tenant AND EXISTS (
        SELECT 1 FROM unnest(keys) k WHERE position(k IN a.sample::text || a.refusals::text) > 0);
"""


def replace(schema_editor, old, new):
    """Write the listed function again, with one passage of it changed."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('erase_persona'::regproc)")
        text = cursor.fetchone()[0]
    if text.count(old) != 1:
        raise RuntimeError("erase_persona is not as this migration knows it")
    schema_editor.execute(text.replace(old, new), params=None)


class Migration(migrations.Migration):
    dependencies = [("health", "0008_kept_portfolio"), ("accounts", "0012_account_merges")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: replace(schema_editor, KNOWN, KNOWN + TRACKED),
            lambda apps, schema_editor: replace(schema_editor, KNOWN + TRACKED, KNOWN),
        )
    ]
