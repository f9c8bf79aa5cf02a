"""What was entered in a form that cannot be sent any more, to be read and copied."""

from django import forms

from apps.desk.forms.picking import PickForm


def typed(form: forms.Form | None) -> list[tuple[str, str]]:
    """(label, text) of every field that holds something."""
    if form is None:
        return []
    if isinstance(form, PickForm):
        return form.entered
    fields = [*form.visible_fields(), *getattr(form, "arguments", ())]
    return [(str(field.label), str(field.value())) for field in fields if field.value()]
