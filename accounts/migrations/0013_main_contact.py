"""Who a member says the main contact of an account is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_step_channel"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="main_contact",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.persona",
            ),
        ),
    ]
