"""What of past proposals is there for one person who tries conditions on them: which proposals, and which values.

By comparing, a value could be read letter by letter: a condition is asked of what its writer may see.
"""

from collections.abc import Iterable
from typing import Any

from apps.accounts.models import User
from apps.accounts.policies import allows
from apps.audit.withheld import withheld_from
from apps.proposals.models import Proposal
from apps.proposals.ruling import declared_of
from apps.registry.marks import has_sensitive, sensitive
from apps.registry.models import ActionType
from apps.registry.schemas import ArgsSchema
from apps.reviews import policies
from apps.reviews.models import Task


class Sight:
    """How one person sees past proposals. Who may uncover what is asked once a workflow."""

    def __init__(self, by: User) -> None:
        self.by = by
        self._uncovers: dict[int, bool] = {}

    def there(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """Those neither looked at again as if they were new, nor to be decided by them before they know the agent's
        choice, in their order. Two queries and those about the covered ones.
        """
        withheld = withheld_from(self.by)
        found = {row.pk: row for row in proposals if row.pk not in withheld}
        covered = Task.objects.filter(proposal__in=list(found), is_blind_first=True, closed_at__isnull=True)
        queues = policies.queue_ids(self.by)
        for task in covered:
            if not allows(policies.check_see_choice, task, by=self.by, queues=queues):
                del found[task.proposal_id]
        return list(found.values())

    def hidden(self, proposal: Proposal) -> set[str]:
        """The arguments with something in them that they may not see. Wants `action_type` loaded."""
        schema = proposal.args_schema
        if not has_sensitive(schema) or self._may_uncover(proposal):
            return set()
        return {field.path.partition(".")[0].removesuffix("[]") for field in sensitive(schema, proposal.args)}

    def declared(self, proposal: Proposal, kind: ActionType, schema: ArgsSchema) -> dict[str, Any]:
        """What it declares, by the names of `registry.conditions`, less what they may not see."""
        return declared_of(proposal, kind, schema, proposal.args, hidden=self.hidden(proposal))

    def _may_uncover(self, proposal: Proposal) -> bool:
        known = self._uncovers.get(proposal.workflow_id)
        if known is None:
            known = allows(policies.check_uncover, proposal, by=self.by)
            self._uncovers[proposal.workflow_id] = known
        return known
