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
    return [(str(field.label), _said(field)) for field in fields if field.value()]


def _said(field: forms.BoundField) -> str:
    """What was chosen as the page called it, what was typed as it was typed."""
    value = str(field.value())
    choices = getattr(field.field, "choices", ())
    return next((str(label) for known, label in choices if str(known) == value), value)
