"""Cases in which a proposal waits for its answer have not ended: every case ReviewHub told of is measured once more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            INSERT INTO outcomes_touchedcase (log_id, "case")
            SELECT DISTINCT log_id, "case" FROM outcomes_logevent WHERE source LIKE 'own:%'
            ON CONFLICT DO NOTHING
            """,
            migrations.RunSQL.noop,
        )
    ]
