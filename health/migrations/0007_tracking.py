"""What tracking libraries tell: users, groups that no account carries, and a short memory of what arrived."""

import uuid_utils.compat
from django.db import migrations, models

TENANT = models.ForeignKey(
    "accounts.tenant", models.CASCADE, db_index=False, editable=False, related_name="+"
)
OPTIONS = {"abstract": False, "base_manager_name": "objects"}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_persona_fact_home"), ("health", "0006_score_book")]
    operations = [
        migrations.CreateModel(
            name="TrackedUser",
            fields=[
                ("user_key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("account_external_id", models.CharField(blank=True, max_length=255)),
                ("alias_of", models.CharField(blank=True, max_length=255)),
                ("updated_at", models.DateTimeField()),
                ("tenant", TENANT),
            ],
            options={
                **OPTIONS,
                "indexes": [
                    models.Index(
                        fields=["tenant", "email"],
                        condition=models.Q(("email", ""), _negated=True),
                        name="tracked_user_email",
                    ),
                    models.Index(
                        fields=["tenant", "alias_of"],
                        condition=models.Q(("alias_of", ""), _negated=True),
                        name="tracked_user_alias",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackedGroup",
            fields=[
                ("external_id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("traits", models.JSONField(default=dict)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        "accounts.account", models.CASCADE, db_index=False, null=True, related_name="+"
                    ),
                ),
                ("mapped_at", models.DateTimeField(null=True)),
                ("tenant", TENANT),
            ],
            options={
                **OPTIONS,
                "indexes": [models.Index(fields=["tenant", "account"], name="tracked_group_account")],
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("source", models.CharField(max_length=100)),
                ("key_prefix", models.CharField(blank=True, max_length=12)),
                ("accepted", models.PositiveIntegerField()),
                ("duplicates", models.PositiveIntegerField()),
                ("unmatched", models.PositiveIntegerField()),
                ("rejected", models.PositiveIntegerField()),
                ("sample", models.JSONField(default=list)),
                ("refusals", models.JSONField(default=list)),
                ("tenant", TENANT),
            ],
            options={
                **OPTIONS,
                "indexes": [
                    models.Index(fields=["tenant", "at"], name="arrival_at"),
                    models.Index(
                        fields=["tenant", "at"],
                        condition=models.Q(("rejected__gt", 0)),
                        name="arrival_rejected",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="usageevent",
            index=models.Index(
                fields=["tenant", "user_key"],
                condition=models.Q(("account_external_id", ""), ("account_id__isnull", True)),
                name="usage_event_ungrouped",
            ),
        ),
    ]
