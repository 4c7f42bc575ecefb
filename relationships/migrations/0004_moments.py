"""Moments: what people remember of us."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

KEY = models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)


def belongs(to, related_name="+", on_delete=django.db.models.deletion.CASCADE, **options):
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("relationships", "0003_rounds")]

    operations = [
        migrations.CreateModel(
            name="Moment",
            fields=[
                ("id", KEY),
                ("external_id", models.CharField(blank=True, max_length=255, null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                ("happened_at", models.DateTimeField()),
                (
                    "valence",
                    models.SmallIntegerField(
                        choices=[(-2, "Awful"), (-1, "Bad"), (0, "Mixed"), (1, "Good"), (2, "Wonderful")]
                    ),
                ),
                (
                    "intensity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "In passing"), (2, "Strongly"), (3, "Unforgettably")]
                    ),
                ),
                ("what", models.TextField()),
                ("account", belongs("accounts.account", db_index=False)),
                ("persona", belongs("accounts.persona", "moments", db_index=False)),
                ("tenant", belongs("accounts.tenant", db_index=False, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "updated_at", "id"], name="moment_updated"),
                    models.Index(fields=["tenant", "persona", "happened_at"], name="moment_persona"),
                    models.Index(fields=["tenant", "account", "happened_at"], name="moment_account"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "external_id"), name="moment_external_id"),
                    models.CheckConstraint(
                        condition=models.Q(("valence__range", (-2, 2))), name="moment_valence"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("intensity__range", (1, 3))), name="moment_intensity"
                    ),
                ],
            },
        ),
    ]
