"""Erasing a person reaches what tracking libraries told of them: the ids that mean them, the link, and lines of the
tail; and usage that waits for its account: it is nobody else's, however the person was named."""

from django.db import migrations

from accounts.migrations.operations import AmendFunction

KNOWN = "keys := array_remove(keys, '');"
TRACKED = """

    -- The ids under which a tracking library knows these e-mails name the same person; what it told of them goes.
    keys := keys || ARRAY(
        SELECT u.user_key FROM health_trackeduser u
        WHERE u.tenant_id = tenant AND (u.email = ANY(SELECT lower(k) FROM unnest(keys) k) OR u.alias_of <> ''
            AND u.alias_of IN (SELECT v.user_key FROM health_trackeduser v
                WHERE v.tenant_id = tenant AND v.email = ANY(SELECT lower(k) FROM unnest(keys) k))));
    DELETE FROM health_trackeduser u WHERE u.tenant_id = tenant AND u.user_key = ANY(keys);
    DELETE FROM health_arrival a WHERE a.tenant_id = tenant AND EXISTS (
        SELECT 1 FROM unnest(keys) k WHERE position(k IN a.sample::text || a.refusals::text) > 0);
"""

OF_ACCOUNTS = "AND user_key = ANY($3) AND account_id IN (SELECT"
OR_WAITING = "AND user_key = ANY($3) AND (account_id IS NULL OR account_id IN (SELECT"
END = "WHERE p.tenant_id = $2 AND p.id = ANY($4))',"
END_OR_WAITING = "WHERE p.tenant_id = $2 AND p.id = ANY($4)))',"


class Migration(migrations.Migration):
    replaces = [("health", "0009_erase_tracked"), ("health", "0012_erase_waiting_usage")]

    dependencies = [("health", "0002_months_and_marks"), ("accounts", "0004_erasing")]
    operations = [
        AmendFunction(
            "erase_persona", [(KNOWN, KNOWN + TRACKED), (OF_ACCOUNTS, OR_WAITING), (END, END_OR_WAITING)]
        )
    ]
