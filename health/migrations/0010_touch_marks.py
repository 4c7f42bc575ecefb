"""Touches are part of what a book shows (the last one stands beside an account at risk), so writing one marks the book."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER book_written AFTER INSERT OR UPDATE OR DELETE ON accounts_touch
FOR EACH STATEMENT EXECUTE FUNCTION book_written()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_touches"),
        ("health", "0009_erase_tracked"),
    ]
    operations = [migrations.RunSQL(TRIGGER, "DROP TRIGGER book_written ON accounts_touch")]
