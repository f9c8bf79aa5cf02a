"""What would a condition say of a proposal that came in? For whoever writes it, clause by clause."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.proposals.models import Assessment, Proposal
from apps.proposals.ruling import circumstances_of
from apps.registry.conditions.expressions import Clause
from apps.registry.marks import has_sensitive, sensitive
from apps.registry.models import Workflow
from apps.reviews.policies import check_uncover
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


class Trial(NamedTuple):
    """What each part of a condition says, and which arguments were left out because they are hidden from who asks."""

    clauses: list[Clause]
    hidden: list[str]


def try_condition(when: str, proposal_id: UUID, *, by: User) -> Trial:
    """What each part of the condition says of this proposal, asked of what `by` may see of it: by comparing, a hidden
    value could be read letter by letter. Raises BadExpression, Assessment.DoesNotExist.
    """
    stored = Assessment.objects.select_related(
        "proposal__action_type", "proposal__workflow", "proposal__agent", "proposal__agent_version"
    ).get(proposal_id=proposal_id, proposal__is_copy=False)
    proposal, facts = stored.proposal, Facts.of(stored.facts)
    consequence, reversibility = place(facts)
    around = circumstances_of(proposal, alternatives=proposal.alternatives.count())
    hidden = _hidden(proposal, by)
    if hidden:
        seen = {name: value for name, value in proposal.args.items() if name not in hidden}
        around = replace(around, args=seen, subject_id=proposal.subject_id)
        # The amount may be one of the hidden arguments, or tell of it.
        facts = replace(facts, amount=None)
    given = RULES.given(
        values(facts, around, consequence=consequence.value, reversibility=reversibility.value)
    )
    return Trial(RULES.clauses(when, given), sorted(hidden))


def _hidden(proposal: Proposal, by: User) -> set[str]:
    """The arguments with something in them that `by` may not see."""
    schema = proposal.args_schema
    if not has_sensitive(schema) or allows(check_uncover, proposal, by=by):
        return set()
    return {field.path.partition(".")[0].removesuffix("[]") for field in sensitive(schema, proposal.args)}
