"""Secrets of webhooks are encrypted, with a key that follows from SECRET_KEY; those that are there already too."""

from django.db import migrations

from accounts.models.sealed import SealedField, seal, unseal


def convert(schema_editor, change):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, id, secret, previous_secret FROM accounts_webhook")
        for tenant, id, secret, previous in cursor.fetchall():
            cursor.execute(
                "UPDATE accounts_webhook SET secret = %s, previous_secret = %s WHERE tenant_id = %s AND id = %s",
                [change(secret), change(previous), tenant, id],
            )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_erase_words")]
    operations = [
        migrations.AlterField("webhook", "secret", SealedField()),
        migrations.AlterField("webhook", "previous_secret", SealedField(blank=True)),
        migrations.RunPython(
            lambda apps, schema_editor: convert(schema_editor, seal),
            lambda apps, schema_editor: convert(schema_editor, unseal),
        ),
    ]
