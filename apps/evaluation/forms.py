"""The form that asks for a sample."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.evaluation.sampling import MOST


class SampleForm(forms.Form):
    """How many of each outcome, by which seed."""

    seed = forms.CharField(
        label=_("Seed"),
        max_length=60,
        help_text=_("Any word. The same seed draws the same cases again, another one others."),
    )
    each = forms.IntegerField(
        label=_("Cases of each outcome, at most"), min_value=1, max_value=MOST, initial=50
    )
    since = forms.DateField(
        label=_("Answered since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateTimeField(
        label=_("Answered before"),
        required=False,
        help_text=_("To draw an earlier sample again: the moment that stands with it in the audit log."),
    )
    uncovered = forms.BooleanField(label=_("With hidden values"), required=False)

    def __init__(self, *args: Any, may_uncover: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_uncover:
            del self.fields["uncovered"]
