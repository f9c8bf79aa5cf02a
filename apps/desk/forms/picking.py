"""What a reviewer sends who says what they would do before the agent's choice is shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.audit.form_fields import SometimesAsked
from apps.desk.queries.covered import Covered
from apps.reviews.offering import ELSE, NOTHING
from apps.reviews.picking import LONGEST, Picked


class PickForm(forms.Form):
    """One of the possible actions, nothing, or something else and what."""

    lease_token = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    option = forms.ChoiceField(
        error_messages={
            "required": _("Pick what you would do."),
            "invalid_choice": _("Pick what you would do."),
        }
    )
    note = SometimesAsked(
        label=_("What else?"),
        asked_when=_("needed for “something else”"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, shown: Covered, data: Any = None) -> None:
        task = shown.task
        super().__init__(
            data,
            auto_id="id_pick_%s",
            initial={"lease_token": task.lease_token, "version": task.version},
        )
        self.words = {one.key: str(one.number) + ": " + one.title for one in shown.options}
        self.words |= {NOTHING: str(_("None of these: do nothing")), ELSE: str(_("Something else"))}
        self.fields["option"].choices = list(self.words.items())  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def entered(self) -> list[tuple[str, str]]:
        """(label, text) of what was picked and typed, to be read when it cannot be sent any more."""
        told = [
            (str(_("What you would do")), self.words.get(self.data.get("option", ""), "")),
            (str(self.fields["note"].label), self.data.get("note", "")),
        ]
        return [(label, text) for label, text in told if text]

    def picked(self) -> Picked:
        """What to keep. Only for a valid form."""
        return Picked(self.cleaned_data["option"], self.cleaned_data["note"])
