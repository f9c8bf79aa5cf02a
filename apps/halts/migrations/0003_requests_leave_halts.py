from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('halts', '0002_requests'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='halt',
            name='halt_key_once_per_agent',
        ),
        migrations.RemoveField(
            model_name='halt',
            name='body_sha256',
        ),
        migrations.RemoveField(
            model_name='halt',
            name='key',
        ),
    ]
