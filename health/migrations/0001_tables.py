"""The tables of health."""

import accounts.tenancy
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [("health", "0001_initial"), ("health", "0003_score_causes"), ("health", "0004_usage_batches"), ("health", "0005_observation_key"), ("health", "0006_score_book"), ("health", "0007_tracking"), ("health", "0008_kept_portfolio"), ("health", "0011_coverage_columns"), ("health", "0013_signals")]

    dependencies = [
        ('accounts', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='BookWrite',
            fields=[
                ('xact', models.BigIntegerField(primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='UsageMessage',
            fields=[
                ('message_id', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('at', models.DateTimeField()),
                ('source', models.CharField(max_length=100)),
                ('key_prefix', models.CharField(blank=True, max_length=12)),
                ('accepted', models.PositiveIntegerField()),
                ('duplicates', models.PositiveIntegerField()),
                ('unmatched', models.PositiveIntegerField()),
                ('rejected', models.PositiveIntegerField()),
                ('sample', models.JSONField(default=list)),
                ('refusals', models.JSONField(default=list)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'at'], name='arrival_at'), models.Index(condition=models.Q(('rejected__gt', 0)), fields=['tenant', 'at'], name='arrival_rejected')],
            },
        ),
        migrations.CreateModel(
            name='DirtyMark',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('account_id', models.UUIDField()),
                ('marked_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account_id'], name='dirty_account')],
            },
        ),
        migrations.CreateModel(
            name='Observation',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('account_id', models.UUIDField()),
                ('persona_id', models.UUIDField(null=True)),
                ('measure', models.CharField(max_length=50)),
                ('facet', models.CharField(blank=True, max_length=20)),
                ('value', models.FloatField(null=True)),
                ('observed_at', accounts.tenancy.MonthTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('source', models.CharField(max_length=50)),
                ('author_id', models.UUIDField(null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account_id', 'measure', 'persona_id', 'facet', 'observed_at'], name='observation_state')],
            },
        ),
        migrations.CreateModel(
            name='ObservationKey',
            fields=[
                ('external_id', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('observation_id', models.UUIDField()),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'observation_id'], name='observation_key')],
            },
        ),
        migrations.CreateModel(
            name='ObservationWithdrawal',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('observation_id', models.UUIDField()),
                ('account_id', models.UUIDField()),
                ('recorded_at', models.DateTimeField()),
                ('author_id', models.UUIDField(null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account_id'], name='observation_withdrawal')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'observation_id'), name='observation_withdrawn_once')],
            },
        ),
        migrations.CreateModel(
            name='Override',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('band', models.CharField(blank=True, choices=[('at_risk', 'At risk'), ('watch', 'Watch'), ('healthy', 'Healthy'), ('unknown', 'Unknown')], max_length=8)),
                ('reason', models.TextField(blank=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account', 'recorded_at'], name='override_account')],
            },
        ),
        migrations.CreateModel(
            name='Score',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('score', models.FloatField()),
                ('evidence', models.FloatField()),
                ('behavioural', models.FloatField()),
                ('behavioural_evidence', models.FloatField()),
                ('emotional', models.FloatField()),
                ('emotional_evidence', models.FloatField()),
                ('band', models.CharField(choices=[('at_risk', 'At risk'), ('watch', 'Watch'), ('healthy', 'Healthy'), ('unknown', 'Unknown')], max_length=8)),
                ('band_computed', models.CharField(choices=[('at_risk', 'At risk'), ('watch', 'Watch'), ('healthy', 'Healthy'), ('unknown', 'Unknown')], max_length=8)),
                ('quadrant', models.CharField(choices=[('engaged', 'Engaged'), ('captive', 'Captive'), ('forgetful_fan', 'Forgetful fan'), ('disengaged', 'Disengaged'), ('unplaced', 'Unplaced')], max_length=13)),
                ('sides', models.JSONField(default=dict)),
                ('flags', models.JSONField(default=list)),
                ('scorecard_version', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('parts', models.JSONField(default=list)),
                ('coverage', models.JSONField(default=dict)),
                ('override', models.JSONField(null=True)),
                ('age_days', models.FloatField(null=True)),
                ('change_7d', models.FloatField(null=True)),
                ('causes', models.JSONField(default=list)),
                ('cover', models.FloatField(null=True)),
                ('if_top_leaves', models.FloatField(null=True)),
                ('threads', models.PositiveIntegerField(default=0)),
                ('single_threaded', models.BooleanField(default=True)),
                ('top_persona_id', models.UUIDField(null=True)),
                ('capped', models.BooleanField(default=False)),
                ('effective_threads', models.FloatField(null=True)),
                ('top_share', models.FloatField(null=True)),
                ('missing_roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('people_cell', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), default=list, size=None)),
                ('people_share', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, size=None)),
                ('people_rated_at', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(null=True), default=list, size=None)),
                ('people_inherited', django.contrib.postgres.fields.ArrayField(base_field=models.BooleanField(), default=list, size=None)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'score', 'account'], name='score_order')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'account'), name='score_account')],
            },
        ),
        migrations.CreateModel(
            name='Scorecard',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('version', models.PositiveIntegerField()),
                ('body', models.JSONField()),
                ('note', models.CharField(blank=True, max_length=300)),
                ('recorded_at', models.DateTimeField()),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'version'), name='scorecard_version')],
            },
        ),
        migrations.CreateModel(
            name='ScoreSnapshot',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('score', models.FloatField()),
                ('evidence', models.FloatField()),
                ('behavioural', models.FloatField()),
                ('behavioural_evidence', models.FloatField()),
                ('emotional', models.FloatField()),
                ('emotional_evidence', models.FloatField()),
                ('band', models.CharField(choices=[('at_risk', 'At risk'), ('watch', 'Watch'), ('healthy', 'Healthy'), ('unknown', 'Unknown')], max_length=8)),
                ('band_computed', models.CharField(choices=[('at_risk', 'At risk'), ('watch', 'Watch'), ('healthy', 'Healthy'), ('unknown', 'Unknown')], max_length=8)),
                ('quadrant', models.CharField(choices=[('engaged', 'Engaged'), ('captive', 'Captive'), ('forgetful_fan', 'Forgetful fan'), ('disengaged', 'Disengaged'), ('unplaced', 'Unplaced')], max_length=13)),
                ('sides', models.JSONField(default=dict)),
                ('flags', models.JSONField(default=list)),
                ('scorecard_version', models.PositiveIntegerField()),
                ('account_id', models.UUIDField()),
                ('at', accounts.tenancy.MonthTimeField()),
                ('coverage', models.FloatField(null=True)),
                ('threads', models.PositiveIntegerField()),
                ('single_threaded', models.BooleanField(null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'at'], name='snapshot_at')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'account_id', 'at'), name='snapshot_once')],
            },
        ),
        migrations.CreateModel(
            name='Signal',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('flag', 'A flag was raised'), ('band', 'The band fell'), ('quadrant', 'Behaviour or emotion turned low'), ('sentiment', 'Somebody turned negative')], max_length=9)),
                ('code', models.CharField(blank=True, max_length=30)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'at'], name='signal_at')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'account', 'at', 'kind', 'code'), name='signal_once')],
            },
        ),
        migrations.CreateModel(
            name='TenantKpi',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('made_at', models.DateTimeField()),
                ('good_until', models.DateTimeField()),
                ('next_at', models.DateTimeField()),
                ('body', models.TextField()),
                ('weeks', models.TextField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant',), name='kpi_tenant')],
            },
        ),
        migrations.CreateModel(
            name='TrackedGroup',
            fields=[
                ('external_id', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('traits', models.JSONField(default=dict)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('mapped_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account'], name='tracked_group_account')],
            },
        ),
        migrations.CreateModel(
            name='TrackedUser',
            fields=[
                ('user_key', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('email', models.CharField(blank=True, max_length=254)),
                ('account_external_id', models.CharField(blank=True, max_length=255)),
                ('alias_of', models.CharField(blank=True, max_length=255)),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(condition=models.Q(('email', ''), _negated=True), fields=['tenant', 'email'], name='tracked_user_email'), models.Index(condition=models.Q(('alias_of', ''), _negated=True), fields=['tenant', 'alias_of'], name='tracked_user_alias')],
            },
        ),
        migrations.CreateModel(
            name='UsageDay',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('account_id', models.UUIDField()),
                ('day', accounts.tenancy.MonthDayField()),
                ('user_key', models.CharField(max_length=255)),
                ('feature', models.CharField(max_length=100)),
                ('count', models.PositiveIntegerField()),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'account_id', 'day', 'user_key', 'feature'), name='usage_day_once')],
            },
        ),
        migrations.CreateModel(
            name='UsageEvent',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('account_id', models.UUIDField(null=True)),
                ('account_external_id', models.CharField(max_length=255)),
                ('user_key', models.CharField(max_length=255)),
                ('feature', models.CharField(max_length=100)),
                ('occurred_at', accounts.tenancy.MonthTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('properties', models.JSONField(null=True)),
                ('batch', models.BigIntegerField(editable=False)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'occurred_at'], name='usage_event_time'), models.Index(condition=models.Q(('account_id__isnull', True)), fields=['tenant', 'account_external_id'], name='usage_event_unmatched'), models.Index(fields=['tenant', 'batch'], name='usage_event_batch'), models.Index(condition=models.Q(('account_external_id', ''), ('account_id__isnull', True)), fields=['tenant', 'user_key'], name='usage_event_ungrouped')],
            },
        ),
    ]
