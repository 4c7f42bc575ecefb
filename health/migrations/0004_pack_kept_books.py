"""A kept book is stored packed: what was stored before is forgotten, and summed again within seconds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("health", "0003_erasing")]

    operations = [
        migrations.RunSQL("DELETE FROM health_tenantkpi", migrations.RunSQL.noop),
        migrations.AlterField("tenantkpi", "body", models.BinaryField()),
    ]
