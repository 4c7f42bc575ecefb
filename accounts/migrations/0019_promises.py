"""What is said of a promise after it was given, and that a step was closed without being done."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

KEY = models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)


def belongs(to, related_name="+", on_delete=django.db.models.deletion.CASCADE, **options):
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_count_request")]

    operations = [
        migrations.CreateModel(
            name="PromiseTerm",
            fields=[
                ("id", KEY),
                (
                    "kind",
                    models.CharField(
                        choices=[("renegotiated", "Renegotiated"), ("broken", "Broken")], max_length=12
                    ),
                ),
                ("due_on", models.DateField(null=True)),
                ("moved_to", models.DateField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "author",
                    belongs(
                        "accounts.membership", on_delete=django.db.models.deletion.SET_NULL, null=True,
                        db_index=False,
                    ),
                ),
                (
                    "persona",
                    belongs("accounts.persona", on_delete=django.db.models.deletion.SET_NULL, null=True),
                ),
                ("step", belongs("accounts.step", "terms", db_index=False)),
                ("tenant", belongs("accounts.tenant", db_index=False, editable=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "step", "recorded_at"], name="promise_term_step"),
                ],
            },
        ),
        migrations.AddField("step", "broken", models.BooleanField(default=False)),
        migrations.AddIndex(
            "step",
            models.Index(
                condition=models.Q(("source", "promise")), fields=["tenant", "due_on", "id"],
                name="step_promise",
            ),
        ),
        migrations.AddConstraint(
            "step",
            models.CheckConstraint(
                condition=models.Q(("broken", False), ("done_at__isnull", False), _connector="OR"),
                name="step_broken_is_closed",
            ),
        ),
    ]  # fmt: skip
