"""The tables of relationships."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

from accounts.migrations.operations import AmendFunction

# Erasing a person reaches the links of their ratings; notes are text, and reached already.
KNOWN = "DELETE FROM accounts_profilefact f WHERE f.tenant_id = tenant AND f.persona_id = ANY(everyone);"
LINKS = """
    UPDATE relationships_rating r SET evidence = '[]'
        WHERE r.tenant_id = tenant AND r.persona_id = ANY(everyone) AND r.evidence <> '[]';"""


class Migration(migrations.Migration):

    initial = True

    replaces = [("relationships", "0001_initial"), ("relationships", "0002_signs"), ("relationships", "0003_rounds"), ("relationships", "0004_moments"), ("relationships", "0005_pillars"), ("relationships", "0006_org_edges_and_pairings")]

    dependencies = [
        ("accounts", "0004_erasing"),
    ]

    operations = [
        migrations.CreateModel(
            name='Cadence',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
                ('tier', models.CharField(blank=True, max_length=100)),
                ('every_days', models.PositiveSmallIntegerField(default=90)),
                ('due_days', models.PositiveSmallIntegerField(default=14)),
                ('next_on', models.DateField()),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'updated_at', 'id'], name='cadence_updated')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='cadence_external_id'), models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True)), fields=('tenant', 'tier'), name='cadence_tier'), models.CheckConstraint(condition=models.Q(('every_days__range', (7, 366))), name='cadence_every_week_to_year'), models.CheckConstraint(condition=models.Q(('due_days__range', (1, 90))), name='cadence_due_in_1_to_90_days')],
            },
        ),
        migrations.CreateModel(
            name='Driver',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('key', models.CharField(max_length=50)),
                ('label', models.CharField(max_length=100)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'key'), name='driver_key')],
            },
        ),
        migrations.CreateModel(
            name='Edge',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField(blank=True, null=True)),
                ('source', models.CharField(default='browser', editable=False, max_length=20)),
                ('kind', models.CharField(choices=[('influences', 'Influences'), ('conflicts_with', 'Is in conflict with'), ('sponsors', 'Sponsors')], max_length=14)),
                ('strength', models.PositiveSmallIntegerField(default=2)),
                ('persona', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.persona')),
                ('target', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.persona')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'updated_at', 'id'], name='edge_updated'), models.Index(fields=['tenant', 'persona'], name='edge_persona'), models.Index(fields=['tenant', 'target'], name='edge_target')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='edge_external_id'), models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True), ('until_on__isnull', True)), fields=('tenant', 'persona', 'target', 'kind'), name='edge_open'), models.CheckConstraint(condition=models.Q(('persona', models.F('target')), _negated=True), name='edge_two_people'), models.CheckConstraint(condition=models.Q(('strength__range', (1, 3))), name='edge_strength_1_to_3'), models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), _connector='OR'), name='edge_ends_later')],
            },
        ),
        migrations.CreateModel(
            name='Moment',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
                ('happened_at', models.DateTimeField()),
                ('valence', models.SmallIntegerField(choices=[(-2, 'Awful'), (-1, 'Bad'), (0, 'Mixed'), (1, 'Good'), (2, 'Wonderful')])),
                ('intensity', models.PositiveSmallIntegerField(choices=[(1, 'In passing'), (2, 'Strongly'), (3, 'Unforgettably')])),
                ('what', models.TextField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('persona', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='moments', to='accounts.persona')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'updated_at', 'id'], name='moment_updated'), models.Index(fields=['tenant', 'persona', 'happened_at'], name='moment_persona'), models.Index(fields=['tenant', 'account', 'happened_at'], name='moment_account')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='moment_external_id'), models.CheckConstraint(condition=models.Q(('valence__range', (-2, 2))), name='moment_valence'), models.CheckConstraint(condition=models.Q(('intensity__range', (1, 3))), name='moment_intensity')],
            },
        ),
        migrations.CreateModel(
            name='Pairing',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField(blank=True, null=True)),
                ('source', models.CharField(default='browser', editable=False, max_length=20)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.membership')),
                ('persona', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.persona')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'updated_at', 'id'], name='pairing_updated'), models.Index(fields=['tenant', 'persona'], name='pairing_persona')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='pairing_external_id'), models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True), ('until_on__isnull', True)), fields=('tenant', 'persona', 'member'), name='pairing_open'), models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('until_on__gte', models.F('from_on')), _connector='OR'), name='pairing_ends_later')],
            },
        ),
        migrations.CreateModel(
            name='PillarRating',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('pillar', models.CharField(choices=[('personalization', 'Personalization'), ('integrity', 'Integrity'), ('expectations', 'Setting expectations'), ('empathy', 'Empathy'), ('time_to_value', 'Time to value'), ('responsibility', 'Responsibility')], max_length=15)),
                ('value', models.PositiveSmallIntegerField()),
                ('note', models.TextField(blank=True)),
                ('rated_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('rated_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'account', 'pillar', 'rated_at'], name='pillar_rating_account')],
                'constraints': [models.CheckConstraint(condition=models.Q(('value__range', (1, 5))), name='pillar_rating_1_to_5')],
            },
        ),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('strength', models.CharField(blank=True, choices=[('none', 'None'), ('weak', 'Weak'), ('okay', 'Okay'), ('very_good', 'Very good')], max_length=9, null=True)),
                ('sentiment_brand', models.CharField(blank=True, choices=[('negative', 'Negative'), ('neutral', 'Neutral'), ('positive', 'Positive')], max_length=8, null=True)),
                ('sentiment_product', models.CharField(blank=True, choices=[('negative', 'Negative'), ('neutral', 'Neutral'), ('positive', 'Positive')], max_length=8, null=True)),
                ('sentiment_service', models.CharField(blank=True, choices=[('negative', 'Negative'), ('neutral', 'Neutral'), ('positive', 'Positive')], max_length=8, null=True)),
                ('driver', models.CharField(blank=True, max_length=50)),
                ('note', models.TextField(blank=True)),
                ('observed', models.CharField(blank=True, choices=[('negative', 'Negative'), ('neutral', 'Neutral'), ('positive', 'Positive')], max_length=8, null=True)),
                ('signs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None)),
                ('confidence', models.CharField(blank=True, choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], max_length=6, null=True)),
                ('evidence', models.JSONField(blank=True, default=list)),
                ('rated_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('source', models.CharField(default='browser', max_length=20)),
                ('observation_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('persona', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ratings', to='accounts.persona')),
                ('rated_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'persona', 'rated_at'], name='rating_persona'), models.Index(fields=['tenant', 'account', 'rated_at'], name='rating_account'), models.Index(fields=['tenant', 'recorded_at', 'id'], name='rating_recorded')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='rating_external_id'), models.CheckConstraint(condition=models.Q(('strength__isnull', False), ('sentiment_brand__isnull', False), ('sentiment_product__isnull', False), ('sentiment_service__isnull', False), ('observed__isnull', False), _connector='OR'), name='rating_says_something')],
            },
        ),
        migrations.CreateModel(
            name='Sign',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('key', models.CharField(max_length=50)),
                ('label', models.CharField(max_length=100)),
                ('leans', models.CharField(choices=[('negative', 'Negative'), ('neutral', 'Neutral'), ('positive', 'Positive')], max_length=8)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'key'), name='sign_key')],
            },
        ),
        migrations.CreateModel(
            name='RatingWithdrawal',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('recorded_at', models.DateTimeField()),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('rating', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='withdrawals', to='relationships.rating')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant', 'rating'), name='rating_withdrawn_once')],
            },
        ),
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('external_id', models.CharField(blank=True, max_length=255, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
                ('name', models.CharField(max_length=200)),
                ('scope', models.JSONField(blank=True, default=dict)),
                ('second_share', models.PositiveSmallIntegerField(default=0)),
                ('opened_at', models.DateTimeField()),
                ('due_on', models.DateField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('escalated_at', models.DateTimeField(editable=False, null=True)),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('cadence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='relationships.cadence')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'updated_at', 'id'], name='round_updated')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'external_id'), name='round_external_id'), models.CheckConstraint(condition=models.Q(('second_share__lte', 100)), name='round_second_share_percent')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('blind', models.BooleanField(default=False)),
                ('inherited', models.BooleanField(default=False)),
                ('asked_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('unsealed_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('persona', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.persona')),
                ('rater', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.membership')),
                ('round', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='relationships.round')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'rater', 'done_at'], name='assignment_rater'), models.Index(fields=['tenant', 'persona'], name='assignment_persona')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'round', 'persona', 'rater'), name='assignment_once')],
            },
        ),
        AmendFunction("erase_persona", [(KNOWN, KNOWN + LINKS)]),
    ]
