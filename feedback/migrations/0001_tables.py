"""The tables of feedback."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [("feedback", "0001_initial")]

    dependencies = [
        ('accounts', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('kind', models.CharField(choices=[('nps', 'NPS'), ('csat', 'CSAT'), ('ces', 'CES'), ('goodwill', 'Goodwill')], max_length=8)),
                ('answer', models.FloatField()),
                ('items', models.JSONField(blank=True, null=True)),
                ('why', models.TextField(blank=True)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('source', models.CharField(blank=True, max_length=50)),
                ('observation_id', models.UUIDField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='accounts.account')),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('persona', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='responses', to='accounts.persona')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account', 'answered_at'], name='response_account'), models.Index(fields=['tenant', 'recorded_at', 'id'], name='response_recorded')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='response_external_id')],
            },
        ),
        migrations.CreateModel(
            name='ResponseWithdrawal',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('recorded_at', models.DateTimeField()),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('response', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='withdrawals', to='feedback.response')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'response'), name='response_withdrawn_once')],
            },
        ),
    ]
