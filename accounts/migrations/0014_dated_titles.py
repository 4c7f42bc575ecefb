"""Titles as dated facts, for the people who are there already: since they are known. Erasing somebody takes them along."""

from django.db import migrations

from accounts.migrations.operations import AmendFunction

FILL = """INSERT INTO accounts_personafact
    (tenant_id, id, key, value, effective_at, recorded_at, source, persona_id)
SELECT tenant_id, gen_random_uuid(), 'title', to_jsonb(title), created_at, created_at, '', id
FROM accounts_persona WHERE title <> ''"""
PROFILE = "DELETE FROM accounts_profilefact f WHERE f.tenant_id = tenant AND f.persona_id = ANY(everyone);"
TITLES = """
    DELETE FROM accounts_personafact f WHERE f.tenant_id = tenant AND f.persona_id = ANY(everyone) AND f.key = 'title';"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_main_contact")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        AmendFunction("erase_persona", [(PROFILE, PROFILE + TITLES)]),
    ]
