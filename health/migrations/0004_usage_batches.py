"""Usage is rolled up by batch: a transaction may bring several, and how far the roll-up is stands in the outbox.
Its tenant is no longer checked by a foreign key for every event."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("health", "0003_score_causes")]
    operations = [
        migrations.DeleteModel(name="UsageProgress"),
        migrations.RemoveIndex(model_name="usageevent", name="usage_event_xact"),
        migrations.RenameField(model_name="usageevent", old_name="xact", new_name="batch"),
        migrations.AlterField(
            model_name="usageevent", name="batch", field=models.BigIntegerField(editable=False)
        ),
        migrations.AddIndex(
            model_name="usageevent",
            index=models.Index(fields=["tenant", "batch"], name="usage_event_batch"),
        ),
        *(
            migrations.AlterField(
                model_name=name,
                name="tenant",
                field=models.ForeignKey(
                    "accounts.Tenant",
                    models.CASCADE,
                    db_constraint=False,
                    db_index=False,
                    editable=False,
                    related_name="+",
                ),
            )
            for name in ("usagemessage", "usageevent")
        ),
    ]
