"""What would a condition say of a proposal that came in? For whoever writes it, clause by clause."""

from uuid import UUID

from apps.proposals.models import Assessment, Proposal
from apps.proposals.ruling import circumstances_of
from apps.registry.conditions.expressions import Clause
from apps.registry.models import Workflow
from apps.routing.assessment import place
from apps.routing.facts import Facts
from apps.routing.rules.expressions import RULES
from apps.routing.rules.names import values

RECENT = 20


def recent_proposals(workflow: Workflow | None) -> list[Proposal]:
    """The newest proposals of a workflow (None: of all), to try a condition on."""
    own = Proposal.objects.filter(is_copy=False, erased_at__isnull=True).select_related("action_type")
    if workflow is not None:
        own = own.filter(workflow=workflow)
    return list(own.order_by("-id")[:RECENT])


def try_condition(when: str, proposal_id: UUID) -> list[Clause]:
    """What each part of the condition says of this proposal. Raises BadExpression, Assessment.DoesNotExist."""
    stored = Assessment.objects.select_related(
        "proposal__action_type", "proposal__agent", "proposal__agent_version"
    ).get(proposal_id=proposal_id, proposal__is_copy=False, proposal__erased_at__isnull=True)
    facts = Facts.of(stored.facts)
    consequence, reversibility = place(facts)
    around = circumstances_of(stored.proposal, alternatives=stored.proposal.alternatives.count())
    given = RULES.given(
        values(facts, around, consequence=consequence.value, reversibility=reversibility.value)
    )
    return RULES.clauses(when, given)
