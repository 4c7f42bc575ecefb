"""The portfolio says which accounts at risk no manager has seen: a manager's word marks the book as written."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER book_written AFTER INSERT OR UPDATE OR DELETE ON accounts_acknowledgement
FOR EACH STATEMENT EXECUTE FUNCTION book_written()
"""
TAKE = "DROP TRIGGER book_written ON accounts_acknowledgement"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_acknowledgement"), ("health", "0013_signals")]
    operations = [migrations.RunSQL(TRIGGER, TAKE)]
