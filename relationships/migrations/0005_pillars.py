"""What members say of the six pillars of trust."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

PILLARS = [
    ("personalization", "Personalization"), ("integrity", "Integrity"), ("expectations", "Setting expectations"),
    ("empathy", "Empathy"), ("time_to_value", "Time to value"), ("responsibility", "Responsibility"),
]  # fmt: skip


def belongs(to, on_delete=django.db.models.deletion.CASCADE, **options):
    return models.ForeignKey(db_index=False, on_delete=on_delete, related_name="+", to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("relationships", "0004_moments")]

    operations = [
        migrations.CreateModel(
            name="PillarRating",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pillar", models.CharField(choices=PILLARS, max_length=15)),
                ("value", models.PositiveSmallIntegerField()),
                ("note", models.TextField(blank=True)),
                ("rated_at", models.DateTimeField()),
                ("account", belongs("accounts.account")),
                (
                    "rated_by",
                    belongs("accounts.membership", on_delete=django.db.models.deletion.SET_NULL, null=True),
                ),
                ("tenant", belongs("accounts.tenant", editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["tenant", "account", "pillar", "rated_at"], name="pillar_rating_account"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("value__range", (1, 5))), name="pillar_rating_1_to_5"
                    ),
                ],
            },
        ),
    ]
