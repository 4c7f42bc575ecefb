"""The tables of journeys."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [("journeys", "0001_initial"), ("journeys", "0002_prescriptions")]

    dependencies = [
        ('accounts', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
                ('name', models.CharField(max_length=100)),
                ('position', models.PositiveSmallIntegerField()),
                ('think', models.TextField(blank=True)),
                ('feel', models.TextField(blank=True)),
                ('do', models.TextField(blank=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'updated_at', 'id'], name='stage_updated')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='stage_external_id')],
            },
        ),
        migrations.CreateModel(
            name='Prescription',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('cause', models.CharField(max_length=80)),
                ('title', models.CharField(max_length=300)),
                ('side', models.CharField(choices=[('ours', 'Ours'), ('theirs', 'Theirs')], default='ours', max_length=6)),
                ('due_days', models.PositiveSmallIntegerField(default=7)),
                ('remedies', models.TextField(blank=True)),
                ('active', models.BooleanField(default=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'cause'), name='prescription_cause'), models.CheckConstraint(condition=models.Q(('due_days__lte', 365)), name='prescription_due_within_a_year')],
            },
        ),
        migrations.CreateModel(
            name='Placement',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('entered_on', models.DateField()),
                ('reason', models.TextField(blank=True)),
                ('recorded_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='placements', to='accounts.account')),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('stage', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='placements', to='journeys.stage')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account', 'entered_on'], name='placement_account'), models.Index(fields=['tenant', 'stage'], name='placement_stage')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='placement_external_id')],
            },
        ),
    ]
