"""The task table is updated often and read at its head: vacuum it early, and leave room for updates in place."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE reviews_task SET (
                fillfactor = 70,
                autovacuum_vacuum_scale_factor = 0,
                autovacuum_vacuum_threshold = 1000,
                autovacuum_vacuum_cost_delay = 0
            )
            """,
            "ALTER TABLE reviews_task RESET (fillfactor, autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay)",
        ),
    ]
