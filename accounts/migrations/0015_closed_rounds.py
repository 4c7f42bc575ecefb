"""What leaders are told of a round that closed with people left is of a kind of its own."""

import django.contrib.postgres.fields
from django.db import migrations, models

MOVE = "UPDATE accounts_notification SET kind = 'closed_round' WHERE kind = 'late_round' AND data ? 'closed'"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_dated_titles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="noticepreference",
            name="muted",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("mention", "Somebody mentions me"),
                        ("band", "An account of mine changes its band"),
                        ("flag", "An account of mine raises a flag"),
                        ("left", "A person at an account of mine leaves"),
                        ("step", "A step is given to me"),
                        ("overdue", "A step of mine is overdue"),
                        ("escalation", "An escalation is opened at an account of mine"),
                        ("handover", "An account comes to me or leaves me"),
                        ("role", "My role changes"),
                        ("round", "I am asked in a rating round"),
                        ("late_round", "A rating round is overdue"),
                        ("closed_round", "A rating round is closed and people are left"),
                    ],
                    max_length=12,
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("mention", "Somebody mentions me"),
                    ("band", "An account of mine changes its band"),
                    ("flag", "An account of mine raises a flag"),
                    ("left", "A person at an account of mine leaves"),
                    ("step", "A step is given to me"),
                    ("overdue", "A step of mine is overdue"),
                    ("escalation", "An escalation is opened at an account of mine"),
                    ("handover", "An account comes to me or leaves me"),
                    ("role", "My role changes"),
                    ("round", "I am asked in a rating round"),
                    ("late_round", "A rating round is overdue"),
                    ("closed_round", "A rating round is closed and people are left"),
                ],
                max_length=12,
            ),
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
    ]
