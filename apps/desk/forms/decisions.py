"""What a reviewer can send about a task they hold. A valid form gives the `Choice` that `deciding.decide` takes.

Every form carries the claim's token, the version and the digest that were on the page, so that nobody decides on
anything else than what they saw.
"""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.desk.forms.editing import EditsArguments
from apps.desk.queries.sight import CLEAR, Sight
from apps.proposals.models import Proposal
from apps.proposals.states import Retry
from apps.registry.models import ReasonCode
from apps.reviews.caution import is_typed, word_for, words_for
from apps.reviews.choosing import Choice
from apps.reviews.models import Task
from apps.routing.states import Verb

_NOTE = 2000


class DecisionForm(forms.Form):
    """What all decisions carry. `word` is what has to be typed, empty where nothing is; `contested` as in `caution`."""

    verb: Verb
    asks_reason = True
    asks_word = True
    word_key = ""
    reason_label: str | Promise = ""

    lease_token = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen_sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    reason_code = forms.ChoiceField()
    note = forms.CharField(
        label=_("Note to the agent"),
        required=False,
        max_length=_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    typed = forms.CharField(
        required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(
        self,
        task: Task,
        codes: list[ReasonCode],
        data: Any = None,
        *,
        seen: Sight = CLEAR,
        contested: bool = False,
    ) -> None:
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
        self.word = self._word(contested) if self.asks_word else ""
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
        self._particular(data, seen, contested)

    def _word(self, contested: bool) -> str:
        return word_for(self.proposal, contested=contested)

    def _particular(self, data: Any, seen: Sight, contested: bool) -> None:
        """What the fields of one verb need beyond the others'."""

    def _offer_reasons(self, codes: list[ReasonCode]) -> None:
        field = self.fields["reason_code"]
        field.label = str(self.reason_label)
        offered = [(code.code, code.label) for code in codes]
        if len(offered) == 1:
            self.initial["reason_code"] = offered[0][0]
        elif not isinstance(field.widget, forms.RadioSelect):
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
            typed=data.get("typed", ""),
            **self._particulars(),
        )

    def _particulars(self) -> dict[str, Any]:
        return {}


class ApproveForm(DecisionForm):
    """Grant exactly what was proposed."""

    verb = Verb.APPROVE
    asks_reason = False
    word_key = "a"


class _AskedOfSome(forms.TextInput):
    """A field that only some choices ask for: the browser must not insist on it, the form does."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class AlternativeForm(DecisionForm):
    """Grant one of the alternatives instead. What has to be typed depends on which."""

    verb = Verb.CHOOSE_ALTERNATIVE
    reason_label = _("Why not as proposed")
    typed = forms.CharField(
        required=False, max_length=200, widget=_AskedOfSome(attrs={"autocomplete": "off"})
    )
    alternative_rank = forms.IntegerField(
        min_value=1, error_messages={"required": _("Choose an alternative.")}, widget=forms.HiddenInput
    )

    def _word(self, contested: bool) -> str:
        return next(filter(None, self._words(contested).values()), "")

    def _words(self, contested: bool) -> dict[str, str]:
        """{rank: what has to be typed for it}."""
        names = {str(one.rank): one.action_name for one in self.proposal.alternatives.all()}
        words = words_for(self.proposal, set(names.values()), contested=contested)
        return {rank: words[name] for rank, name in names.items()}

    def _particular(self, data: Any, seen: Sight, contested: bool) -> None:
        if self.word and data is not None:
            chosen = data.get("alternative_rank", "")
            self.fields["typed"].required = bool(self._words(contested).get(chosen))

    def _particulars(self) -> dict[str, Any]:
        return {"alternative_rank": self.cleaned_data["alternative_rank"]}


class RejectForm(DecisionForm):
    """Grant nothing."""

    verb = Verb.REJECT
    asks_word = False
    reason_label = _("Why not")
    reason_code = forms.ChoiceField(widget=forms.RadioSelect)
    retry = forms.ChoiceField(
        label=_("May the agent propose it again?"), choices=Retry.choices, initial=Retry.NEVER
    )

    def _particulars(self) -> dict[str, Any]:
        return {"retry": Retry(self.cleaned_data["retry"])}


class EditForm(EditsArguments, DecisionForm):
    """Grant the action with other arguments."""

    verb = Verb.EDIT
    reason_label = _("Why you change it")

    def _particular(self, data: Any, seen: Sight, contested: bool) -> None:
        self.offer_arguments(data, seen)
        if self.word:
            self.fields["typed"].required = bool(data and data.get("shown_sha256"))

    def _particulars(self) -> dict[str, Any]:
        return {"args": self.arguments.edited}


FORMS: dict[str, type[DecisionForm]] = {
    form.verb.value: form for form in (ApproveForm, EditForm, AlternativeForm, RejectForm)
}
