"""When a fact about a person was last confirmed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_acknowledgement")]

    operations = [
        migrations.AddField("profilefact", "confirmed_on", models.DateField(blank=True, null=True)),
    ]
