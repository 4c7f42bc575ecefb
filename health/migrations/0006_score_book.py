"""The columns of a score that a book is summed from, filled from the documents of the stored scores."""

import django.contrib.postgres.fields
from django.db import migrations, models

FILL = """
UPDATE health_score s SET cover = (s.coverage->>'coverage')::float8,
    if_top_leaves = (s.coverage->>'if_top_leaves')::float8,
    threads = coalesce((s.coverage->>'threads')::int, 0),
    single_threaded = coalesce((s.coverage->>'single_threaded')::boolean, true),
    top_persona_id = (s.coverage->>'top_persona')::uuid,
    capped = jsonb_path_exists(s.flags, '$[*] ? (@.cap != null)'),
    people_cell = coalesce(p.cell, '{}'), people_share = coalesce(p.share, '{}'),
    people_rated_at = coalesce(p.rated_at, '{}'), people_inherited = coalesce(p.inherited, '{}')
FROM health_score o LEFT JOIN LATERAL (
    SELECT array_agg(CASE WHEN strength IS NULL OR sentiment IS NULL THEN 0
            ELSE 1 + 3 * array_position('{none,weak,okay,very_good}'::text[], strength) - 3
                + array_position('{negative,neutral,positive}'::text[], sentiment) - 1 END ORDER BY n) AS cell,
        array_agg(influence / total ORDER BY n) AS share, array_agg(rated_at ORDER BY n) AS rated_at,
        array_agg(coalesce(inherited, false) ORDER BY n) AS inherited
    FROM (
        SELECT x.*, sum(x.influence) OVER () AS total
        FROM ROWS FROM (jsonb_to_recordset(coalesce(o.coverage->'people', '[]')) AS (
            influence float8, strength text, sentiment text, rated_at timestamptz, inherited boolean
        )) WITH ORDINALITY AS x (influence, strength, sentiment, rated_at, inherited, n)
    ) y
) p ON true
WHERE o.tenant_id = s.tenant_id AND o.id = s.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0005_observation_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="score",
            name="capped",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="score",
            name="cover",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="score",
            name="if_top_leaves",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="score",
            name="people_cell",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="score",
            name="people_inherited",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BooleanField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="score",
            name="people_rated_at",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DateTimeField(null=True), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="score",
            name="people_share",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.FloatField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="score",
            name="single_threaded",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="score",
            name="threads",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="score",
            name="top_persona_id",
            field=models.UUIDField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
