"""What would a condition say of a proposal that came in? For whoever writes it, clause by clause."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from apps.accounts.models import User
from apps.proposals.models import Assessment, Proposal
from apps.proposals.ruling import circumstances_of
from apps.registry.conditions.expressions import Clause
from apps.registry.models import Workflow
from apps.routing.assessment import place
from apps.routing.facts import Facts
from apps.routing.rules.expressions import RULES
from apps.routing.rules.names import values
from apps.rulebook.sight import Sight

RECENT = 20


def recent_proposals(workflow: Workflow | None, *, by: User) -> list[Proposal]:
    """The newest proposals of a workflow (None: of all) that are there for `by`, to try a condition on."""
    own = Proposal.objects.filter(is_copy=False, erased_at__isnull=True).select_related("action_type")
    if workflow is not None:
        own = own.filter(workflow=workflow)
    return Sight(by).there(own.order_by("-id")[: 2 * RECENT])[:RECENT]


class Trial(NamedTuple):
    """What each part of a condition says, and which arguments were left out because they are hidden from who asks."""

    clauses: list[Clause]
    hidden: list[str]


def try_condition(when: str, proposal_id: UUID, *, by: User) -> Trial:
    """What each part of the condition says of this proposal, asked of what `by` may see of it. Raises BadExpression,
    and Assessment.DoesNotExist where the proposal is not there for them.
    """
    stored = Assessment.objects.select_related(
        "proposal__action_type", "proposal__workflow", "proposal__agent", "proposal__agent_version"
    ).get(proposal_id=proposal_id, proposal__is_copy=False)
    proposal, facts, sight = stored.proposal, Facts.of(stored.facts), Sight(by)
    if not sight.there([proposal]):
        raise Assessment.DoesNotExist
    consequence, reversibility = place(facts)
    around = circumstances_of(proposal, alternatives=proposal.alternatives.count())
    hidden = sight.hidden(proposal)
    if hidden:
        seen = {name: value for name, value in proposal.args.items() if name not in hidden}
        around = replace(around, args=seen, subject_id=proposal.subject_id)
        # The amount may be one of the hidden arguments, or tell of it.
        facts = replace(facts, amount=None)
    given = RULES.given(
        values(facts, around, consequence=consequence.value, reversibility=reversibility.value)
    )
    return Trial(RULES.clauses(when, given), sorted(hidden))
