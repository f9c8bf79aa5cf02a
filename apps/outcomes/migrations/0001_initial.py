import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('registry', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportProgress',
            fields=[
                ('log_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('bytes_read', models.PositiveBigIntegerField(default=0)),
                ('rows_read', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='EventLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('use', models.CharField(choices=[('baseline', 'before: a baseline'), ('live', 'since: further events of the live process')], max_length=10)),
                ('is_live', models.BooleanField(default=False)),
                ('format', models.CharField(blank=True, choices=[('csv', 'CSV'), ('xes', 'XES')], max_length=4)),
                ('mapping', models.JSONField(blank=True, default=dict)),
                ('leaves_bad_out', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('uploaded', 'waits for its columns to be named'), ('queued', 'waits for its import'), ('ready', 'ready'), ('failed', 'not imported')], default='uploaded', max_length=10)),
                ('problem', models.CharField(blank=True, max_length=500)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('rows_bad', models.PositiveIntegerField(default=0)),
                ('events', models.PositiveIntegerField(default=0)),
                ('cases', models.PositiveIntegerField(default=0)),
                ('starts_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='event_logs', to='registry.workflow')),
            ],
        ),
        migrations.CreateModel(
            name='BadRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField()),
                ('reason', models.CharField(max_length=300)),
                ('log', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bad_rows', to='outcomes.eventlog')),
            ],
            options={
                'ordering': ['line'],
            },
        ),
        migrations.CreateModel(
            name='Kpi',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60, verbose_name='short name')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('cadence', models.CharField(choices=[('month', 'every month'), ('quarter', 'every quarter')], default='month', max_length=8, verbose_name='confirmed')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('created_at', models.DateTimeField()),
                ('reminded_at', models.DateTimeField(null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owned_kpis', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kpis', to='registry.workflow')),
            ],
        ),
        migrations.CreateModel(
            name='KpiVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('measure', models.CharField(choices=[('cycle_time', 'cycle time: hours from the first event of a case to its end, median'), ('rework', 'rework rate: share of cases in which an activity was done again'), ('handovers', 'handovers: times a case changed hands, mean'), ('throughput', 'throughput: cases that ended, in a week'), ('reported', 'reported: figures that people enter, such as satisfaction or cost per case')], max_length=12, verbose_name='measure')),
                ('unit', models.CharField(blank=True, max_length=20, verbose_name='unit')),
                ('direction', models.CharField(choices=[('lower', 'lower is better'), ('higher', 'higher is better')], max_length=6, verbose_name='direction')),
                ('definition', models.TextField(verbose_name='definition')),
                ('ends_with', models.CharField(blank=True, max_length=200, verbose_name='measured to')),
                ('target', models.DecimalField(decimal_places=4, max_digits=16, null=True, verbose_name='target')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kpi', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='outcomes.kpi')),
            ],
            options={
                'ordering': ['kpi', '-number'],
            },
        ),
        migrations.CreateModel(
            name='Baseline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(blank=True, max_length=500)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('only', models.JSONField(default=dict)),
                ('figures', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('log', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='baselines', to='outcomes.eventlog')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='baselines', to='outcomes.kpiversion')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='LogEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('position', models.PositiveIntegerField(default=0)),
                ('activity', models.CharField(max_length=200)),
                ('resource', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, max_length=260)),
                ('log', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='outcomes.eventlog')),
            ],
        ),
        migrations.CreateModel(
            name='LogPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('log', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='outcomes.eventlog')),
            ],
        ),
        migrations.CreateModel(
            name='MeasuredCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.CharField(max_length=200)),
                ('ended_on', models.DateField()),
                ('value', models.FloatField()),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='outcomes.kpiversion')),
            ],
        ),
        migrations.CreateModel(
            name='MeasuredDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('n', models.PositiveIntegerField()),
                ('total', models.FloatField()),
                ('spread', models.JSONField(default=dict)),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='days', to='outcomes.kpiversion')),
            ],
        ),
        migrations.CreateModel(
            name='OwnEventsTold',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='own_events_told_one_row')],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('value', models.DecimalField(decimal_places=4, max_digits=16)),
                ('source', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='outcomes.kpiversion')),
            ],
            options={
                'ordering': ['-day', '-at'],
            },
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('said', models.CharField(choices=[('confirmed', 'confirmed'), ('disputed', 'disputed')], max_length=10)),
                ('note', models.TextField(blank=True)),
                ('figures', models.JSONField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='outcomes.kpiversion')),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='TouchedCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.CharField(max_length=200)),
                ('log', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='outcomes.eventlog')),
            ],
        ),
        migrations.AddIndex(
            model_name='eventlog',
            index=models.Index(condition=models.Q(('status', 'queued')), fields=['id'], name='event_log_waits'),
        ),
        migrations.AddConstraint(
            model_name='eventlog',
            constraint=models.UniqueConstraint(condition=models.Q(('is_live', True)), fields=('workflow',), name='event_log_one_live_a_workflow'),
        ),
        migrations.AddConstraint(
            model_name='eventlog',
            constraint=models.UniqueConstraint(fields=('workflow', 'name'), name='event_log_name_once'),
        ),
        migrations.AddConstraint(
            model_name='eventlog',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('created_by__isnull', True), ('is_live', True)), models.Q(('created_by__isnull', False), ('is_live', False)), _connector='OR'), name='event_log_live_or_by_a_person'),
        ),
        migrations.AddConstraint(
            model_name='kpi',
            constraint=models.UniqueConstraint(fields=('workflow', 'slug'), name='kpi_slug_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kpi',
            trigger=pgtrigger.compiler.Trigger(name='never_removed_rows', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='883a44966ba0c603e23fc54269ab5e650c31c30a', operation='DELETE', pgid='pgtrigger_never_removed_rows_9bae8', table='outcomes_kpi', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kpi',
            trigger=pgtrigger.compiler.Trigger(name='never_removed_table', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;", hash='3c0b27834a3abb3d4f1e813d374c7b8c3a56e2a0', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_removed_table_b39a5', table='outcomes_kpi', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='kpiversion',
            constraint=models.UniqueConstraint(fields=('kpi', 'number'), name='kpi_version_number_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kpiversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only_rows', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='60ccc82a24b6ad6d0d6b10ed044c4e56fedcf0c8', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_rows_19cd6', table='outcomes_kpiversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='kpiversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only_table', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;", hash='13ffc91038a902dce05786aaa669483b6d5744ff', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_table_f110d', table='outcomes_kpiversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='baseline',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on__lte', models.F('ends_on'))), name='baseline_period_in_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='baseline',
            trigger=pgtrigger.compiler.Trigger(name='append_only_rows', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='305afcc76617e03a7d4dc1187e547e1fa4126c36', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_rows_7b815', table='outcomes_baseline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='baseline',
            trigger=pgtrigger.compiler.Trigger(name='append_only_table', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;", hash='d76f14850410991985c857635ebd853fbacf697f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_table_4ad8f', table='outcomes_baseline', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='logevent',
            index=models.Index(fields=['log', 'case'], name='log_event_of_case'),
        ),
        migrations.AddConstraint(
            model_name='logevent',
            constraint=models.UniqueConstraint(condition=models.Q(('source', ''), _negated=True), fields=('log', 'source'), name='log_event_source_once'),
        ),
        migrations.AddConstraint(
            model_name='logpart',
            constraint=models.UniqueConstraint(fields=('log', 'position'), name='log_part_position_once'),
        ),
        migrations.AddIndex(
            model_name='measuredcase',
            index=models.Index(fields=['version', 'ended_on'], name='measured_case_by_day'),
        ),
        migrations.AddConstraint(
            model_name='measuredcase',
            constraint=models.UniqueConstraint(fields=('version', 'case'), name='measured_case_once'),
        ),
        migrations.AddConstraint(
            model_name='measuredday',
            constraint=models.UniqueConstraint(fields=('version', 'day'), name='measured_day_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reading',
            trigger=pgtrigger.compiler.Trigger(name='append_only_rows', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e33f4e79f9b7a7b7c29b592a8a2a48d28b003ab3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_rows_390a8', table='outcomes_reading', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reading',
            trigger=pgtrigger.compiler.Trigger(name='append_only_table', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;", hash='7e3684bc28e3a9e568c7239f8e10ac602fa1f639', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_table_ce845', table='outcomes_reading', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), ('said', 'disputed'), _negated=True), name='statement_dispute_says_why'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statement',
            trigger=pgtrigger.compiler.Trigger(name='append_only_rows', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3245ca217aac7a8b7f92be3f74f591ae76925580', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_rows_c4d09', table='outcomes_statement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statement',
            trigger=pgtrigger.compiler.Trigger(name='append_only_table', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;", hash='c58c976818f7bffa8b0f10747b7b3f985ceeff60', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_table_96627', table='outcomes_statement', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='touchedcase',
            index=models.Index(fields=['log', 'id'], name='touched_case_of_log'),
        ),
    ]
