"""Who counts at an account, and in which role, beside what is said of them; of the scores that stand already, from their
documents."""

import django.contrib.postgres.fields
from django.db import migrations, models

# In the order of the cells that stand already; a role is its place in the scorecard's list of roles.
FILL = """UPDATE health_score s SET people_id = p.ids, people_role = p.roles FROM (
    SELECT t.tenant_id, t.id, array_agg((one.person->>'persona')::uuid ORDER BY one.place) AS ids,
        array_agg((array_position(ARRAY['economic_buyer', 'decision_maker', 'champion', 'executive_sponsor',
            'technical_owner', 'procurement', 'power_user', 'end_user', 'other'], one.person->>'role') - 1)::smallint
            ORDER BY one.place) AS roles
    FROM health_score t
    CROSS JOIN LATERAL jsonb_array_elements(t.coverage->'people') WITH ORDINALITY AS one (person, place)
    GROUP BY t.tenant_id, t.id
) p WHERE s.tenant_id = p.tenant_id AND s.id = p.id"""


class Migration(migrations.Migration):
    dependencies = [("health", "0004_pack_kept_books")]

    operations = [
        migrations.AddField(
            "score",
            "people_id",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField(
            "score",
            "people_role",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(), default=list, size=None
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
