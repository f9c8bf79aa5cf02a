"""Cycles leave the sweeper's index when they are met: vacuum early, so that a sweep walks no dead entries."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE sla_clockcycle SET (
                autovacuum_vacuum_scale_factor = 0,
                autovacuum_vacuum_threshold = 5000,
                autovacuum_vacuum_cost_delay = 0
            )
            """,
            "ALTER TABLE sla_clockcycle RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay)",
        ),
    ]
