"""What lines of arrivals that are kept no more came to, by source and hour."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_persona_templates"),
        ("health", "0007_old_years"),
    ]

    operations = [
        migrations.CreateModel(
            name="ArrivalHour",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("source", models.CharField(max_length=100)),
                ("key_prefix", models.CharField(blank=True, max_length=12)),
                ("requests", models.PositiveIntegerField()),
                ("taken", models.PositiveBigIntegerField()),
                ("rejected", models.PositiveBigIntegerField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "hour", "source", "key_prefix"), name="arrival_hour_once"
                    )
                ],
            },
        ),
    ]
