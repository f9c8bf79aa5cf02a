"""A grave outcome is told to everybody accountable, whether its work runs by itself or not.

The alarm of trust only holds what runs. What a person approved and turned out badly has to be set right as well.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.delivery.kinds import FIRST_PRESSING_TIER
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.proposals.models import Outcome
from apps.proposals.questions import masked
from apps.proposals.states import GRANTED
from apps.registry.models import Agent
from apps.registry.states import Consequence

GRAVE = frozenset({Consequence.HIGH, Consequence.CRITICAL})


def tell_grave(outcome: Outcome, *, by: Agent | User, now: datetime) -> None:
    """Tell the people the workflow names and the agent's owner; not whoever reported it.

    Only of what could be carried out. A later one about the same proposal takes the place of one that was not read.
    """
    proposal = outcome.proposal
    if proposal.status not in GRANTED:
        return
    notify(
        people={*proposal.workflow.accountable, proposal.agent.owner} - {by},
        kind="outcome",
        title=_("It turned out wrong: {summary}").format(summary=short(proposal.summary)),
        text=_("How bad: {severity}. Who says so: {source}.").format(
            severity=Consequence(outcome.severity).label, source=masked(proposal, outcome.source)
        ),
        link=f"/proposals/{proposal.pk}/",
        tier=FIRST_PRESSING_TIER,
        now=now,
        workflow_id=proposal.workflow_id,
        proposal_id=proposal.pk,
        replaces=True,
    )
