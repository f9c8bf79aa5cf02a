"""Stopping something, letting it stand for longer, and letting it go on: each with its reason."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.policies import why_not
from apps.halts.halting import LOOK_AGAIN_AFTER
from apps.halts.policies import check_look_again
from apps.halts.queries import Choices
from apps.halts.targets import NoTarget, Target, named


def _reason(help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), help_text=help_text, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


def in_a_week() -> date:
    """The usual day to look again."""
    return timezone.localdate() + LOOK_AGAIN_AFTER


class _Day(forms.DateField):
    """A day to come, within a year."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Look again on"), initial=in_a_week, widget=forms.DateInput(attrs={"type": "date"})
        )

    def clean(self, value: Any) -> date:
        day: date = super().clean(value)
        forbidden = why_not(check_look_again, day, today=timezone.localdate())
        if forbidden:
            raise forms.ValidationError(forbidden)
        return day


class HaltForm(forms.Form):
    """What to stop, why, and when somebody looks again. `only`: the page is about this one."""

    target = forms.CharField(label=_("What to stop"), widget=forms.Select)
    reason = _reason(_("Everybody who is stopped reads it, agents too."))
    look_again_on = _Day()

    def __init__(
        self, data: Any = None, *, choices: Choices | None = None, only: Target | None = None
    ) -> None:
        super().__init__(data, auto_id="halt_%s")
        if only is not None:
            self.fields["target"].widget = forms.HiddenInput()
            self.fields["target"].initial = only.key
        else:
            self.fields["target"].widget = forms.Select(choices=choices or [])

    def clean_target(self) -> Target:
        """What is named."""
        try:
            return named(self.cleaned_data["target"])
        except NoTarget:
            raise forms.ValidationError(_("There is no such thing to stop.")) from None


class KeepForm(forms.Form):
    """Why it stays halted, and when somebody looks again."""

    reason = _reason()
    look_again_on = _Day()


class LiftForm(forms.Form):
    """Why it may go on."""

    reason = _reason()
