"""Forms with which admins issue keys, and admins and governance stop agents."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.registry.states import USUAL_SCOPES, Scope


class KeyIssueForm(forms.Form):
    """What a new key may do and how long."""

    scopes = forms.MultipleChoiceField(
        label=_("May be used to"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=list(USUAL_SCOPES),
    )
    days = forms.IntegerField(
        label=_("Works for (days)"), min_value=1, max_value=730, initial=180, help_text=_("At most 730.")
    )

    def chosen(self) -> list[Scope]:
        """The scopes ticked."""
        return [Scope(scope) for scope in self.cleaned_data["scopes"]]

    def expires_at(self, now: datetime) -> datetime:
        """When the key stops working."""
        return now + timedelta(days=self.cleaned_data["days"])


class KeyRotateForm(forms.Form):
    """How long old and new key work side by side."""

    hours = forms.IntegerField(
        label=_("Both keys work for (hours)"),
        min_value=1,
        max_value=720,
        initial=24,
        help_text=_("At most 720."),
    )

    def overlap(self) -> timedelta:
        """The time in which both work."""
        return timedelta(hours=self.cleaned_data["hours"])


class ApprovalForm(forms.Form):
    """What a version is approved for."""

    name = forms.CharField(label=_("Approved for"), max_length=120, help_text=_("Such as: refunds up to 50."))
    link = forms.URLField(
        label=_("Where it is written down"), max_length=500, required=False, assume_scheme="https"
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class ValidationForm(ApprovalForm):
    """How a version did when it was tried."""

    name = forms.CharField(label=_("Tried with"), max_length=120, help_text=_("Such as: golden set 12."))
    score = forms.DecimalField(
        label=_("Right, in percent"), min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    cases = forms.IntegerField(label=_("Of how many cases"), min_value=1, max_value=2_000_000_000)
    field_order = ("name", "score", "cases", "link", "note")


class ReasonForm(forms.Form):
    """Why; kept in the audit log."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea({"rows": 2}))
