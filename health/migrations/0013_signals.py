"""What asks us to act is noted when it happens: signals, from now on and for the last half year from the snapshots."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

TRIGGER = """
CREATE TRIGGER book_written AFTER INSERT OR UPDATE OR DELETE ON health_signal
FOR EACH STATEMENT EXECUTE FUNCTION book_written()
"""
# What the nights of the last half year would have noted.
PAST = """
INSERT INTO health_signal (id, tenant_id, account_id, at, kind, code)
SELECT gen_random_uuid(), n.tenant_id, n.account_id, n.at, g.kind, g.code
FROM (
    SELECT tenant_id, account_id, at, band, quadrant, flags, lag(band) OVER w AS was_band,
        lag(quadrant) OVER w AS was_quadrant, lag(flags) OVER w AS was_flags
    FROM health_scoresnapshot WHERE at > now() - interval '181 days'
    WINDOW w AS (PARTITION BY tenant_id, account_id ORDER BY at)
) n CROSS JOIN LATERAL (
    SELECT 'band' AS kind, n.band AS code
    WHERE array_position('{at_risk,watch,healthy}'::text[], n.band::text)
        < array_position('{at_risk,watch,healthy}'::text[], n.was_band::text)
        OR (n.was_band = 'unknown' AND n.band = 'at_risk')
    UNION ALL
    SELECT 'quadrant', n.quadrant
    WHERE (n.was_quadrant IN ('engaged', 'captive') AND n.quadrant IN ('forgetful_fan', 'disengaged'))
        OR (n.was_quadrant IN ('engaged', 'forgetful_fan') AND n.quadrant IN ('captive', 'disengaged'))
    UNION ALL
    SELECT 'flag', f ->> 'code' FROM jsonb_array_elements(n.flags) AS f
    WHERE NOT n.was_flags @> jsonb_build_array(jsonb_build_object('code', f ->> 'code'))
) g
JOIN accounts_account a ON a.tenant_id = n.tenant_id AND a.id = n.account_id
WHERE n.was_flags IS NOT NULL
ON CONFLICT DO NOTHING
"""


def run(apps, schema_editor):
    schema_editor.execute(TRIGGER, params=None)
    schema_editor.execute(PAST, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_single_keys"),
        ("health", "0012_erase_waiting_usage"),
    ]

    operations = [
        migrations.CreateModel(
            name="Signal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("flag", "A flag was raised"),
                            ("band", "The band fell"),
                            ("quadrant", "Behaviour or emotion turned low"),
                            ("sentiment", "Somebody turned negative"),
                        ],
                        max_length=9,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=30)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["tenant", "at"], name="signal_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "account", "at", "kind", "code"), name="signal_once"
                    )
                ],
            },
        ),
        migrations.RunPython(run, migrations.RunPython.noop),
    ]
