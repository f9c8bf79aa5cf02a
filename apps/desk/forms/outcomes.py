"""What a person reports that became true later about a proposal: the action turned out right, or wrong."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.audit.ids import uuid7
from apps.proposals.models import Outcome, Proposal
from apps.proposals.states import Verdict
from apps.registry.states import Consequence

_DETAIL = 10_000
_OPPOSITE = {Verdict.WRONG.value: Verdict.CORRECT, Verdict.CORRECT.value: Verdict.WRONG}


class OutcomeForm(forms.Form):
    """One report. `key` makes pressing twice one report; with `corrects` it takes the place of an earlier one."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    corrects = forms.UUIDField(required=False, widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=_("How did the action turn out?"),
        choices=((Verdict.WRONG, _("wrong: it should not have been done so")), (Verdict.CORRECT, _("right"))),
        widget=forms.RadioSelect,
    )
    severity = forms.ChoiceField(
        label=_("How bad was it?"), choices=Consequence.choices, initial=Consequence.LOW
    )
    source = forms.CharField(
        label=_("Who or what says so?"),
        help_text=_("Such as a complaint, a reversed refund, an audit, with its number."),
        max_length=200,
    )
    occurred_at = forms.DateTimeField(
        label=_("When did it become true?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    detail = forms.CharField(
        label=_("What happened?"),
        required=False,
        max_length=_DETAIL,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self, proposal: Proposal, *, now: datetime, corrects: Outcome | None = None, data: Any = None
    ) -> None:
        opposite = _OPPOSITE[corrects.verdict] if corrects else None
        super().__init__(
            data,
            initial={
                "key": uuid7(),
                "corrects": corrects.pk if corrects else None,
                "verdict": opposite,
                "occurred_at": timezone.localtime(now),
            },
        )
        self._proposal = proposal
        self._now = now

    def clean_occurred_at(self) -> datetime:
        """Between the proposal and now."""
        at: datetime = self.cleaned_data["occurred_at"]
        if at > self._now:
            raise forms.ValidationError(_("This is in the future: report what has become true."))
        # The field counts in minutes.
        if at < self._proposal.created_at.replace(second=0, microsecond=0):
            raise forms.ValidationError(_("This is before the action was proposed."))
        return at
