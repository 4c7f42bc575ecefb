"""An account may stand for another: a redirect, so that merging rewrites nothing and can be undone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_saved_views")]
    operations = [
        migrations.AddField(
            model_name="account",
            name="merged_into",
            field=models.ForeignKey(
                "accounts.account", models.SET_NULL, editable=False, null=True, related_name="+"
            ),
        ),
    ]
