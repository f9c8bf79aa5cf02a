"""What a reviewer can say about a shadow proposal: what they would have done. And how what people did reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.desk.queries.changes import action_differences
from apps.desk.queries.sight import Action, Sight
from apps.proposals.models import HumanAction, Proposal
from apps.registry.models import ReasonCode
from apps.reviews import policies
from apps.routing.states import Verb
from apps.trust.divergence import divergence
from apps.trust.states import Divergence

# An opinion is no decision, so it never reads like one.
WOULD: dict[str, str | Promise] = {
    Verb.APPROVE: _("would have done exactly this"),
    Verb.EDIT: _("would have done it with other values"),
    Verb.CHOOSE_ALTERNATIVE: _("would have chosen one of its alternatives"),
    Verb.REJECT: _("would have rejected it"),
}


# How what people did reads against what was proposed, as a sentence that needs no other.
_AGAINST: dict[Divergence, str | Promise] = {
    Divergence.SAME: _("Exactly as proposed."),
    Divergence.OTHER_VALUES: _("Against what was proposed: the same action with other values."),
    Divergence.ALTERNATIVE: _("Against what was proposed: one of the agent's alternatives."),
    Divergence.OTHER_ACTION: _("Against what was proposed: another action."),
    Divergence.NOTHING: _("People did nothing of what was proposed."),
}


@dataclass(frozen=True, slots=True)
class WouldHave:
    """The reasons a person may give, beside the agent's alternatives. `has_said`: they chose."""

    reasons: list[ReasonCode]
    has_said: bool


@dataclass(frozen=True, slots=True)
class Did:
    """What somebody did, or (`is_opinion`) would have done, beside what was proposed, as one person sees it."""

    row: HumanAction
    said: str | Promise
    divergence: Divergence
    changes: list[dict[str, Any]]

    @property
    def is_opinion(self) -> bool:
        """Whether a reviewer said so, having seen the proposal."""
        return self.row.by_id is not None

    @property
    def against(self) -> str | Promise:
        """How it compares with what was proposed."""
        if self.is_opinion and self.divergence is Divergence.NOTHING:
            return _("Nothing of what was proposed would have been done.")
        return _AGAINST[self.divergence]


def what_one_would_have(proposal: Proposal, *, by: User) -> WouldHave | None:
    """None for whoever is not asked. Wants `workflow` and `agent` loaded."""
    if not allows(policies.check_would_have, proposal, by=by):
        return None
    return WouldHave(
        reasons=list(ReasonCode.objects.filter(workflow_id=proposal.workflow_id)),
        has_said=proposal.human_actions.filter(by=by).exists(),
    )


def what_people_did(proposal: Proposal, others: Iterable[Action], seen: Sight) -> list[Did]:
    """Oldest first. `others` are the agent's alternatives. One query."""
    own, known = (proposal.action_type.name, proposal.args), list(others)
    return [_did(row, own, known, proposal, seen) for row in proposal.human_actions.order_by("received_at")]


def _did(row: HumanAction, own: Action, others: list[Action], proposal: Proposal, seen: Sight) -> Did:
    action = (row.action_name, row.args)
    found = divergence(own, action, others).kind
    row.note, row.actor = seen.text(row.note), seen.text(row.actor)
    is_same_kind = action[0] == own[0]
    schema = proposal.args_schema
    return Did(
        row=row,
        said=WOULD.get(row.verb) or row.action_name.replace("_", " ") or _("nothing"),
        divergence=found,
        changes=action_differences(own, action, schema, seen) if is_same_kind else [],
    )
