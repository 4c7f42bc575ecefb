"""Touches with who was there, the list of touchpoints, and what a step waits for and why."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

KEY = models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)
OPTIONS = {"abstract": False, "base_manager_name": "objects"}


def belongs(to, related_name="+", on_delete=django.db.models.deletion.CASCADE, **options):
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_persona_fact_home")]

    operations = [
        migrations.CreateModel(
            name="Touchpoint",
            fields=[
                ("id", KEY),
                ("key", models.CharField(max_length=50)),
                ("label", models.CharField(max_length=100)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("active", models.BooleanField(default=True)),
                ("tenant", belongs("accounts.tenant", db_index=False, editable=False)),
            ],
            options={
                **OPTIONS,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "key"), name="touchpoint_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Touch",
            fields=[
                ("id", KEY),
                ("external_id", models.CharField(blank=True, max_length=255, null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("meeting", "Meeting"), ("call", "Call"), ("mail", "Mail"), ("chat", "Chat"),
                            ("event", "Event"),
                        ],
                        max_length=7,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "direction",
                    models.CharField(
                        blank=True,
                        choices=[("inbound", "They came to us"), ("outbound", "We went to them")],
                        max_length=8,
                        null=True,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[("proactive", "Proactive"), ("reactive", "Reactive")],
                        max_length=9,
                        null=True,
                    ),
                ),
                ("summary", models.TextField(blank=True)),
                ("touchpoint", models.CharField(blank=True, max_length=50)),
                ("account", belongs("accounts.account", "touches", db_index=False)),
                (
                    "owner",
                    belongs(
                        "accounts.membership", on_delete=django.db.models.deletion.SET_NULL, blank=True, null=True
                    ),
                ),
                ("tenant", belongs("accounts.tenant", db_index=False, editable=False)),
            ],
            options={
                **OPTIONS,
                "indexes": [
                    models.Index(fields=["tenant", "updated_at", "id"], name="touch_updated"),
                    models.Index(fields=["tenant", "account", "at"], name="touch_account"),
                    models.Index(fields=["tenant", "at"], name="touch_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "external_id"), name="touch_external_id"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TouchAttendee",
            fields=[
                ("id", KEY),
                ("thought", models.TextField(blank=True)),
                ("feeling", models.TextField(blank=True)),
                ("behaviour", models.TextField(blank=True)),
                ("persona", belongs("accounts.persona", "touches")),
                ("tenant", belongs("accounts.tenant", db_index=False, editable=False)),
                ("touch", belongs("accounts.touch", "attendees", db_index=False)),
            ],
            options={
                **OPTIONS,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "touch", "persona"), name="touch_attendee_once"
                    ),
                ],
            },
        ),
        migrations.AddField("step", "waiting_on", models.TextField(blank=True)),
        migrations.AddField("step", "snoozed_until", models.DateField(blank=True, null=True)),
        migrations.AddField("step", "snooze_reason", models.TextField(blank=True)),
        migrations.AddField("step", "cause", models.CharField(blank=True, max_length=80)),
        migrations.AddField(
            "step",
            "touch",
            belongs(
                "accounts.touch", "steps", django.db.models.deletion.SET_NULL, blank=True, null=True
            ),
        ),
    ]  # fmt: skip
