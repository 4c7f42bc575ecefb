"""Which cases are requests, as dated facts, for those that are there already."""

from django.db import migrations

FILL = """INSERT INTO accounts_casefact
    (tenant_id, id, key, value, effective_at, recorded_at, source, account_id, case_id)
SELECT tenant_id, gen_random_uuid(), 'request', 'true', opened_at, greatest(opened_at, created_at), '', account_id, id
FROM accounts_case WHERE kind = 'request' AND deleted_at IS NULL"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_import_notes")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
