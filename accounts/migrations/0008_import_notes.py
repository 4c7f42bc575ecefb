from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_persona_templates"),
    ]

    operations = [
        migrations.AddField("importchunk", "notes", models.JSONField(default=list)),
        migrations.AddField("importchunk", "twins", models.BinaryField(default=bytes)),
    ]
