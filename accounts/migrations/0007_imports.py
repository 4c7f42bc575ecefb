"""Imported files, their rows in chunks and kept mappings; people are found by their e-mail address in any case."""

import django.db.models.deletion
import django.db.models.functions.text
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_touches"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=50)),
                ("filename", models.CharField(max_length=255)),
                ("file", models.CharField(max_length=255)),
                ("size", models.BigIntegerField()),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("jsonl", "JSON lines")],
                        default="csv",
                        max_length=5,
                    ),
                ),
                ("encoding", models.CharField(blank=True, max_length=20)),
                ("delimiter", models.CharField(blank=True, max_length=1)),
                ("columns", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("preview", "Preview"),
                            ("run", "Import"),
                            ("undo", "Undo"),
                        ],
                        default="draft",
                        max_length=7,
                    ),
                ),
                ("rows", models.PositiveIntegerField(null=True)),
                ("counts", models.JSONField(default=dict)),
                ("issues", models.JSONField(default=list)),
                ("errors_file", models.CharField(blank=True, max_length=255)),
                ("created_at", models.DateTimeField()),
                ("ran_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.apikey",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.job",
                    ),
                ),
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
            },
        ),
        migrations.CreateModel(
            name="ImportChunk",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("first", models.PositiveIntegerField()),
                ("length", models.PositiveIntegerField()),
                ("rows", models.BinaryField()),
                ("keys", models.BinaryField(default=bytes)),
                ("targets", models.BinaryField(default=bytes)),
                ("parents", models.BinaryField(default=bytes)),
                ("refused", models.JSONField(default=dict)),
                (
                    "state",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Staged"), (1, "Planned"), (2, "Saved"), (3, "Linked"), (4, "Undone")],
                        default=0,
                    ),
                ),
                ("statuses", models.TextField(blank=True)),
                ("faults", models.JSONField(default=list)),
                ("undo", models.BinaryField(default=bytes)),
                (
                    "of_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="accounts.import",
                    ),
                ),
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
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=50)),
                ("name", models.CharField(max_length=100)),
                ("mapping", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
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
            },
        ),
        migrations.AddField(
            model_name="persona",
            name="email_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower("email"),
                output_field=models.CharField(max_length=254),
            ),
        ),
        migrations.AddIndex(
            model_name="persona",
            index=models.Index(fields=["tenant", "email_key"], name="persona_email_key"),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["tenant", "created_at", "id"], name="import_tenant"),
        ),
        migrations.AddConstraint(
            model_name="importchunk",
            constraint=models.UniqueConstraint(
                fields=("tenant", "of_import", "number"), name="import_chunk_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="importmapping",
            constraint=models.UniqueConstraint(fields=("tenant", "kind", "name"), name="import_mapping_name"),
        ),
    ]
