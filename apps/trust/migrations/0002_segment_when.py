"""Segments are conditions in CEL, as rules are: what they said in their own form is written in it."""

import json

from django.db import migrations, models

_NUMBERS = {"at_most": "<=", "above": ">"}


def _clause(condition):
    field, how, value = condition["field"], condition["is"], condition["value"]
    name = {"amount": "impact.amount", "currency": "impact.currency", "subject": "subject.kind"}.get(field, field)
    if how == "one_of":
        told = f"{name} in {json.dumps(value, ensure_ascii=False)}"
    else:
        told = f"{name} {_NUMBERS[how]} {value}"
    if name == "impact.amount":
        return f"impact.has_amount && {told}"
    return f"has({name}) && {told}" if name.startswith("args.") else told


def written_in_cel(apps, schema_editor):
    Segment = apps.get_model("trust", "Segment")
    for row in Segment.objects.all():
        row.when = " && ".join(_clause(one) for one in row.conditions)
        row.save(update_fields=["when"])


class Migration(migrations.Migration):
    dependencies = [("trust", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="when",
            field=models.TextField(default="false", verbose_name="holds a proposal when"),
            preserve_default=False,
        ),
        migrations.RunPython(written_in_cel, migrations.RunPython.noop),
        migrations.RemoveField(model_name="segment", name="conditions"),
    ]
