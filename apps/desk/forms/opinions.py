"""What a reviewer can say about a shadow proposal: "I would have …", one form for each way to say it.

Nothing here decides: a valid form gives the `Choice` that `shadowing.would_have` keeps and compares. Each form carries
the digest that was on the page, so that nobody speaks about anything else than what they saw.
"""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.desk.forms.editing import EditsArguments
from apps.desk.queries.sight import CLEAR, Sight
from apps.proposals.models import Proposal
from apps.registry.models import ReasonCode
from apps.reviews.choosing import Choice
from apps.routing.states import Verb

_NOTE = 2000


class OpinionForm(forms.Form):
    """What every opinion carries."""

    verb: Verb
    asks_reason = True
    reason_label: str | Promise = ""

    seen_sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(error_messages={"required": _("Choose a reason from the list.")})
    note = forms.CharField(
        label=_("Note"), required=False, max_length=_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, proposal: Proposal, codes: list[ReasonCode], data: Any = None, *, seen: Sight = CLEAR
    ) -> None:
        super().__init__(
            data, auto_id=f"id_would_{self.verb.value}_%s", initial={"seen_sha256": proposal.args_sha256}
        )
        self.proposal = proposal
        if not self.asks_reason:
            del self.fields["reason_code"], self.fields["note"]
            return
        field = self.fields["reason_code"]
        field.label = str(self.reason_label)
        offered = [("", str(_("Choose a reason"))), *((code.code, code.label) for code in codes)]
        field.choices = offered  # type: ignore[attr-defined]  # a ChoiceField, declared above

    def choice(self) -> Choice:
        """What they would have done. Only for a valid form."""
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


class WouldDoIt(OpinionForm):
    """I would have done exactly this."""

    verb = Verb.APPROVE
    asks_reason = False


class WouldEdit(EditsArguments, OpinionForm):
    """I would have done it with other values."""

    verb = Verb.EDIT
    reason_label = _("Why with other values")

    def __init__(
        self, proposal: Proposal, codes: list[ReasonCode], data: Any = None, *, seen: Sight = CLEAR
    ) -> None:
        super().__init__(proposal, codes, data)
        self.offer_arguments(data, seen)

    def _particulars(self) -> dict[str, Any]:
        return {"args": self.arguments.edited}


class WouldChoose(OpinionForm):
    """I would have chosen one of its alternatives."""

    verb = Verb.CHOOSE_ALTERNATIVE
    reason_label = _("Why not as proposed")
    alternative_rank = forms.IntegerField(
        min_value=1, error_messages={"required": _("Choose an alternative.")}, widget=forms.HiddenInput
    )

    def _particulars(self) -> dict[str, Any]:
        return {"alternative_rank": self.cleaned_data["alternative_rank"]}


class WouldReject(OpinionForm):
    """I would have rejected it."""

    verb = Verb.REJECT
    reason_label = _("Why not")


OPINIONS: dict[str, type[OpinionForm]] = {
    form.verb.value: form for form in (WouldDoIt, WouldEdit, WouldChoose, WouldReject)
}
