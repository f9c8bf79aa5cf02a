"""What every form needs in which a person writes other arguments than those proposed: fields, and the shown edit.

An edit counts only when its difference was on the page it is sent from: `shown_sha256` is the digest of the edited
action whose difference was there, empty before there was one.
"""

from typing import Any

from django import forms

from apps.desk.arguments import ArgumentsForm
from apps.desk.queries.sight import Sight
from apps.proposals.digests import action_sha256
from apps.proposals.masking import holds_hidden
from apps.proposals.models import Proposal


class EditsArguments(forms.Form):
    """`arguments` is the form of the arguments themselves; what is hidden in them is not in it and stays as it is."""

    proposal: Proposal
    arguments: ArgumentsForm

    shown_sha256 = forms.CharField(required=False, widget=forms.HiddenInput)

    def offer_arguments(self, data: Any, seen: Sight) -> None:
        """A field for each argument this person sees. Wants `action_type` loaded."""
        action_type = self.proposal.action_type
        masked = seen.args(action_type.name, self.proposal.args)
        locked = {name for name, value in masked.items() if holds_hidden(value)}
        self.arguments = ArgumentsForm(action_type.args_schema, self.proposal.args, data, locked=locked)

    def is_valid(self) -> bool:
        """Both forms are, and both say what is wrong."""
        return all([super().is_valid(), self.arguments.is_valid()])

    @property
    def edited_sha256(self) -> str:
        """The digest of the action as edited. Only for a valid form."""
        return action_sha256(self.proposal.action_type.name, self.arguments.edited)

    @property
    def was_shown(self) -> bool:
        """Whether exactly this edit was on the page as a difference. Only for a valid form."""
        shown: str = self.cleaned_data["shown_sha256"]
        return shown == self.edited_sha256
