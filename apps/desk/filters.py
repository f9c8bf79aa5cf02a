"""The filters of a queue page, as they stand in its address. What cannot be used does not narrow."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.desk.queries.queue import DECIDED, HELD, OVERDUE, WAITING, Filters, workflow_choices
from apps.registry.states import Consequence

SHOWS = ((WAITING, _("Waiting")), (OVERDUE, _("Overdue")), (HELD, _("With someone")), (DECIDED, _("Decided")))


class QueueFilterForm(forms.Form):
    """Which tasks to show."""

    show = forms.ChoiceField(choices=SHOWS, required=False, widget=forms.HiddenInput)
    workflow = forms.ChoiceField(label=_("Workflow"), required=False)
    consequence = forms.ChoiceField(
        label=_("Consequence"), required=False, choices=[("", _("any")), *Consequence.choices]
    )
    text = forms.CharField(label=_("Subject, id or text"), required=False, max_length=200)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="filter_%s", use_required_attribute=False)
        self.fields["workflow"].choices = [("", _("any")), *workflow_choices()]  # type: ignore[attr-defined]

    def filters(self) -> Filters:
        """What to show."""
        self.full_clean()
        kept = {name: value for name, value in self.cleaned_data.items() if value}
        return Filters(**kept)
