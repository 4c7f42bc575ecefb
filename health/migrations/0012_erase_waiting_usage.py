"""Erasing a person reaches usage that waits for its account: it is nobody else's, however the person was named."""

from django.db import migrations

KNOWN = """AND user_key = ANY($3) AND account_id IN (SELECT"""
WAITING = """AND user_key = ANY($3) AND (account_id IS NULL OR account_id IN (SELECT"""
END = """WHERE p.tenant_id = $2 AND p.id = ANY($4))',"""
WAITING_END = """WHERE p.tenant_id = $2 AND p.id = ANY($4)))',"""


def replace(schema_editor, pairs):
    """Write the listed function again, with some passages of it changed."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('erase_persona'::regproc)")
        text = cursor.fetchone()[0]
    for old, new in pairs:
        if text.count(old) != 1:
            raise RuntimeError("erase_persona is not as this migration knows it")
        text = text.replace(old, new)
    schema_editor.execute(text, params=None)


class Migration(migrations.Migration):
    dependencies = [("health", "0011_coverage_columns"), ("accounts", "0015_erase_words")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: replace(schema_editor, [(KNOWN, WAITING), (END, WAITING_END)]),
            lambda apps, schema_editor: replace(schema_editor, [(WAITING_END, END), (WAITING, KNOWN)]),
        )
    ]
