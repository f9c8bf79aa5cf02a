"""What an agent may propose is a list of scopes: the actions of each grant become the one it has, without a limit."""

import apps.registry.models
import apps.registry.scopes
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def as_scopes(apps, schema_editor):
    AgentGrant = apps.get_model("registry", "AgentGrant")
    for row in AgentGrant.objects.all():
        row.scopes = [{"actions": sorted(set(row.actions)), "within": ""}]
        row.save(update_fields=["scopes"])


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0003_halt_scope'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PermissionReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scopes', models.JSONField()),
                ('note', models.CharField(max_length=500, verbose_name='note')),
                ('at', models.DateTimeField()),
                ('by_name', models.CharField(max_length=200)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='agentgrant',
            name='moves_revision',
        ),
        migrations.AddField(
            model_name='agentgrant',
            name='review_days',
            field=models.PositiveSmallIntegerField(default=90, verbose_name='reviewed every (days)'),
        ),
        migrations.AddField(
            model_name='agentgrant',
            name='review_on',
            field=models.DateField(default=apps.registry.models.usual_review_day),
        ),
        migrations.AddField(
            model_name='agentgrant',
            name='scopes',
            field=models.JSONField(default=apps.registry.scopes.every_action, validators=[apps.registry.scopes.check_scopes], verbose_name='scopes'),
        ),
        migrations.AddField(
            model_name='agentgrant',
            name='scopes_since',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name='agentgrant',
            name='told_on',
            field=models.DateField(blank=True, null=True),
        ),
        # The way back would forget the limits, and so give more than was granted: there is none.
        migrations.RunPython(as_scopes),
        migrations.RemoveField(
            model_name='agentgrant',
            name='actions',
        ),
        migrations.AddIndex(
            model_name='agentgrant',
            index=models.Index(fields=['review_on'], name='agent_grant_due'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agentgrant',
            trigger=pgtrigger.compiler.Trigger(name='moves_revision', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO registry_revision (id, value) VALUES (1, gen_random_uuid())\n    ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value;\n    RETURN NULL;\n', hash='f24ce14a58d393bcc570381fd8c5c2ed1b81d68b', level='STATEMENT', operation='INSERT OR UPDATE OF "agent_id", "workflow_id", "scopes" OR DELETE OR TRUNCATE', pgid='pgtrigger_moves_revision_60f53', table='registry_agentgrant', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='agentgrant',
            constraint=models.CheckConstraint(condition=models.Q(('scopes', []), _negated=True), name='agent_grant_has_a_scope'),
        ),
        migrations.AddConstraint(
            model_name='agentgrant',
            constraint=models.CheckConstraint(condition=models.Q(('review_days__gte', 1), ('review_days__lte', 730)), name='agent_grant_review_days'),
        ),
        migrations.AddField(
            model_name='permissionreview',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='permission_reviews', to='registry.agent'),
        ),
        migrations.AddField(
            model_name='permissionreview',
            name='by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='permissionreview',
            name='workflow',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.workflow'),
        ),
        migrations.AddIndex(
            model_name='permissionreview',
            index=models.Index(fields=['agent', 'workflow', '-at'], name='permission_review_newest'),
        ),
        migrations.AddConstraint(
            model_name='permissionreview',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='permission_review_note'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='permissionreview',
            trigger=pgtrigger.compiler.Trigger(name='append_only_rows', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0d4463768856c2d131c51c94d8cd6fae79780bed', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_rows_3ef0e', table='registry_permissionreview', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='permissionreview',
            trigger=pgtrigger.compiler.Trigger(name='append_only_table', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;", hash='c9a5aa3222347a1dabb6934e80750b95bda56b25', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_table_e5654', table='registry_permissionreview', when='BEFORE')),
        ),
    ]
