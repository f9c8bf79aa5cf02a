"""Leaving a task to others (skip, ask, escalate, hand over), and taking one in an emergency."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.desk.queries.candidates import Candidate
from apps.reviews import breaking, delegating
from apps.reviews.asking import LONGEST
from apps.reviews.models import Task

WAITS = ((15, _("15 minutes")), (60, _("1 hour")), (240, _("4 hours")), (1440, _("1 day")))


class SkipForm(forms.Form):
    """Leave a task to others for good."""

    reason = forms.CharField(
        label=_("Why do you skip it?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class AskForm(forms.Form):
    """Ask the agent, and wait at most so many minutes for its answer."""

    lease_token = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What do you want to know?"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
    minutes = forms.TypedChoiceField(
        label=_("Wait at most"),
        coerce=int,
        choices=WAITS,
        initial=60,
        help_text=_(
            "Never longer than the policy allows. Meanwhile the clock stands still and your hands are free."
        ),
    )

    def __init__(self, task: Task, data: Any = None) -> None:
        super().__init__(data, auto_id="id_ask_%s", initial={"lease_token": task.lease_token})


class EscalateForm(forms.Form):
    """Why the escalation chain should go on now."""

    why = forms.CharField(
        label=_("Why does it need more people?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The next step of its chain comes at once. If you hold the task, you keep it."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_escalate_%s")


class EmergencyForm(forms.Form):
    """What the emergency is."""

    emergency = forms.CharField(
        label=_("What is the emergency?"),
        max_length=breaking.LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Everybody accountable is told at once and reads this. What you decide is no evidence of trust; what is "
            "critical, cannot be undone or needs two people you can only reject."
        ),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_break_%s")


class DelegateForm(forms.Form):
    """Hand a task to one of `people`."""

    lease_token = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.TypedChoiceField(label=_("To whom?"), coerce=int)
    note = forms.CharField(
        label=_("Why, and what should they know?"),
        max_length=delegating.LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, task: Task, people: Sequence[Candidate], data: Any = None) -> None:
        super().__init__(data, auto_id="id_delegate_%s", initial={"lease_token": task.lease_token})
        field = self.fields["to"]
        field.choices = [(one.person.pk, _described(one)) for one in people if one.has_room]  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = _("This person cannot take it now: choose somebody else.")
        self.full = [one.person.name for one in people if not one.has_room]


def _described(one: Candidate) -> str:
    """A candidate in a list that can only hold text."""
    held = ngettext("holds %(count)d task", "holds %(count)d tasks", one.held) % {"count": one.held}
    told = [
        *([gettext("may see what is hidden")] if one.sees_hidden else []),
        *([gettext("here now")] if one.is_here else []),
        held,
    ]
    return f"{one.person.name} ({', '.join(told)})"
