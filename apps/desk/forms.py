"""What a reviewer can send about a task they hold. A valid form gives the `Choice` that `deciding.decide` takes.

Every form carries the claim's token, the version and the digest that were on the page, so that nobody decides on
anything else than what they saw.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.desk.arguments import ArgumentsForm
from apps.proposals.digests import action_sha256
from apps.proposals.models import Proposal
from apps.proposals.states import Retry
from apps.registry.models import ReasonCode
from apps.reviews.caution import is_typed
from apps.reviews.choosing import Choice
from apps.reviews.models import Task
from apps.routing.states import Verb

_NOTE = 2000


class DecisionForm(forms.Form):
    """What all decisions carry. `must_type` is the word to type, empty where none is needed."""

    verb: Verb
    asks_reason = True
    asks_word = True
    word_key = ""

    lease_token = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen_sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(label=_("Your reason"))
    note = forms.CharField(
        label=_("Note to the agent"),
        required=False,
        max_length=_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    typed = forms.CharField(
        required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, task: Task, codes: list[ReasonCode], must_type: str, data: Any = None) -> None:
        super().__init__(
            data,
            auto_id=f"id_{self.verb.value}_%s",
            initial={
                "lease_token": task.lease_token,
                "version": task.version,
                "seen_sha256": task.proposal.args_sha256,
            },
        )
        self.proposal: Proposal = task.proposal
        self.word = must_type if self.asks_word else ""
        if self.word:
            self.fields["typed"].label = _("Type %(word)s to confirm") % {"word": self.word}
            self.fields["typed"].required = True
            if self.word_key:
                self.fields["typed"].widget.attrs |= {
                    "data-key": self.word_key,
                    "aria-keyshortcuts": self.word_key,
                }
        else:
            del self.fields["typed"]
        if self.asks_reason:
            self._offer_reasons(codes)
        else:
            del self.fields["reason_code"], self.fields["note"]

    def _offer_reasons(self, codes: list[ReasonCode]) -> None:
        field = self.fields["reason_code"]
        offered = [(code.code, code.label) for code in codes]
        if len(offered) == 1:
            self.initial["reason_code"] = offered[0][0]
        else:
            offered.insert(0, ("", str(_("Choose a reason"))))
        field.choices = offered  # type: ignore[attr-defined]  # a ChoiceField, declared above

    def clean_typed(self) -> str:
        """The word is what stands between a slip of the hand and something that cannot be undone."""
        typed: str = self.cleaned_data["typed"]
        if self.fields["typed"].required and not is_typed(typed, self.word):
            raise forms.ValidationError(_("This is not %(word)s. Nothing was decided.") % {"word": self.word})
        return typed

    def choice(self) -> Choice:
        """What to decide. Only for a valid form."""
        data = self.cleaned_data
        return Choice(
            verb=self.verb,
            seen_sha256=data["seen_sha256"],
            reason_code=data.get("reason_code", ""),
            note=data.get("note", ""),
            **self._particulars(),
        )

    def _particulars(self) -> dict[str, Any]:
        return {}


class ApproveForm(DecisionForm):
    """Grant exactly what was proposed."""

    verb = Verb.APPROVE
    asks_reason = False
    word_key = "a"


class AlternativeForm(DecisionForm):
    """Grant one of the alternatives instead."""

    verb = Verb.CHOOSE_ALTERNATIVE
    alternative_rank = forms.IntegerField(
        min_value=1, error_messages={"required": _("Choose an alternative.")}, widget=forms.HiddenInput
    )

    def _particulars(self) -> dict[str, Any]:
        return {"alternative_rank": self.cleaned_data["alternative_rank"]}


class RejectForm(DecisionForm):
    """Grant nothing."""

    verb = Verb.REJECT
    asks_word = False
    retry = forms.ChoiceField(
        label=_("May the agent propose it again?"), choices=Retry.choices, initial=Retry.NEVER
    )

    def _particulars(self) -> dict[str, Any]:
        return {"retry": Retry(self.cleaned_data["retry"])}


class EditForm(DecisionForm):
    """Grant the action with other arguments. `arguments` is the form of the arguments themselves.

    `shown_sha256` is the digest of the edited action whose difference was on the page, empty before there was one.
    """

    verb = Verb.EDIT
    shown_sha256 = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, task: Task, codes: list[ReasonCode], must_type: str, data: Any = None) -> None:
        super().__init__(task, codes, must_type, data)
        self.arguments = ArgumentsForm(self.proposal.action_type.args_schema, self.proposal.args, data)
        if self.word:
            self.fields["typed"].required = bool(data and data.get("shown_sha256"))

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

    def _particulars(self) -> dict[str, Any]:
        return {"args": self.arguments.edited}


class SkipForm(forms.Form):
    """Leave a task to others for good."""

    reason = forms.CharField(
        label=_("Why do you skip it?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


FORMS: dict[str, type[DecisionForm]] = {
    form.verb.value: form for form in (ApproveForm, EditForm, AlternativeForm, RejectForm)
}
