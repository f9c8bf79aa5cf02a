"""Moving a slice to another stage."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.registry.states import Stage


class StageForm(forms.Form):
    """Where to and why. Whether this person may is the policy's word."""

    to = forms.ChoiceField(
        choices=[(s.value, s.label) for s in (Stage.SHADOW, Stage.ASSISTED)], widget=forms.HiddenInput
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept with the move; everyone who sees the slice can read it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
