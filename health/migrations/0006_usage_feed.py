"""When each tenant's usage was first known, for the tenants that have some as well."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

FILL = """INSERT INTO health_usagefeed (tenant_id, id, first_known_at)
SELECT tenant_id, gen_random_uuid(), min(greatest(occurred_at, recorded_at)) FROM health_usageevent GROUP BY tenant_id"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_persona_links"),
        ("health", "0005_who_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageFeed",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("first_known_at", models.DateTimeField()),
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
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="usage_feed_tenant")],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
