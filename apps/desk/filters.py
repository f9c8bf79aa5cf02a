"""The filters of a queue page, as they stand in its address. What cannot be used does not narrow."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.desk.queries.queue import (
    DECIDED,
    HELD,
    IN_TIME,
    LATE,
    OVERDUE,
    SOON,
    WAITING,
    Filters,
    action_choices,
    agent_choices,
    workflow_choices,
)
from apps.registry.states import Consequence
from apps.reviews.ranking import HIGHEST_TIER

SHOWS = ((WAITING, _("Waiting")), (OVERDUE, _("Overdue")), (HELD, _("With someone")), (DECIDED, _("Decided")))
DUES = ((LATE, _("overdue")), (SOON, _("within the hour")), (IN_TIME, _("later")))
_ANY = ("", _("any"))


class QueueFilterForm(forms.Form):
    """Which tasks to show."""

    show = forms.ChoiceField(choices=SHOWS, required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Subject, id or text"), required=False, max_length=200)
    workflow = forms.ChoiceField(label=_("Workflow"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    agent = forms.ChoiceField(label=_("Agent"), required=False)
    consequence = forms.ChoiceField(
        label=_("Consequence"), required=False, choices=[_ANY, *Consequence.choices]
    )
    tier = forms.TypedChoiceField(
        label=_("Tier at least"),
        required=False,
        coerce=int,
        choices=[_ANY, *((tier, str(tier)) for tier in range(1, HIGHEST_TIER + 1))],
    )
    due = forms.ChoiceField(label=_("Due"), required=False, choices=[_ANY, *DUES])
    stuck = forms.BooleanField(
        label=_("Stuck: skipped, timed out, escalated"),
        required=False,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="filter_%s", use_required_attribute=False)
        choices = {"workflow": workflow_choices, "action": action_choices, "agent": agent_choices}
        for name, offered in choices.items():
            self.fields[name].choices = [_ANY, *offered()]  # type: ignore[attr-defined]  # a ChoiceField, above

    @property
    def further(self) -> list[forms.BoundField]:
        """The fields that are folded away until one is used."""
        return [self[name] for name in ("action", "agent", "tier", "due", "stuck")]

    def filters(self) -> Filters:
        """What to show."""
        self.full_clean()
        return Filters(**self._used())

    def query(self) -> str:
        """The filters as they stand in an address, without what cannot be used."""
        return urlencode({name: "on" if value is True else value for name, value in self._used().items()})

    def _used(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}
