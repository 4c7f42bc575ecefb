"""What a stored score knows of its coverage as columns of its own, filled from its documents; and whether an account
was single-threaded on the nights from now on."""

import django.contrib.postgres.fields
from django.db import migrations, models

FILL = """
UPDATE health_score SET effective_threads = (coverage->>'effective_threads')::float8,
    top_share = (coverage->>'top_share')::float8,
    missing_roles = ARRAY(SELECT jsonb_array_elements_text(
        CASE WHEN jsonb_typeof(coverage->'missing_roles') = 'array' THEN coverage->'missing_roles' ELSE '[]' END))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0010_touch_marks"),
    ]

    operations = [
        migrations.AddField(
            model_name="score",
            name="effective_threads",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="score",
            name="missing_roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="score",
            name="top_share",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="scoresnapshot",
            name="single_threaded",
            field=models.BooleanField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
