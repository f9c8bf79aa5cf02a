"""For what does one person answer, and whose agents work where? Read once, then asked of any number of halts."""

from collections.abc import Set
from dataclasses import dataclass

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.halts.states import HaltScope
from apps.halts.targets import Target
from apps.registry.models import AgentGrant
from apps.registry.visibility import named_workflow_ids


@dataclass(frozen=True, slots=True)
class Reach:
    """`named`: the workflows that name the person; `work`: (agent, workflow, the agent's owner) of each permission."""

    person_id: int
    is_office: bool
    named: Set[int]
    work: frozenset[tuple[int, int, int]]

    def covers(self, target: Target) -> bool:
        """Whether the person answers for all that stops: admins and governance for everything."""
        if self.is_office:
            return True
        if target.scope is HaltScope.EVERYTHING:
            return False
        is_agent = target.scope is HaltScope.AGENT
        concerned = {one[1] for one in self._stopped(target)} if is_agent else target.workflow_ids()
        return bool(concerned) and concerned <= self.named

    def owns_all(self, target: Target) -> bool:
        """Whether every agent that stops is the person's own."""
        agent = target.agent or (target.slice.agent if target.slice is not None else None)
        owners = {agent.owner_id} if agent is not None else {owner for *_, owner in self._stopped(target)}
        return owners == {self.person_id}

    def _stopped(self, target: Target) -> Set[tuple[int, int, int]]:
        if target.agent is not None:
            return {one for one in self.work if one[0] == target.agent.pk}
        if target.workflow is not None:
            return {one for one in self.work if one[1] == target.workflow.pk}
        return self.work


def reach_of(by: User) -> Reach:
    """What this person may stop and let go on depends on. Three queries."""
    return Reach(
        person_id=by.pk,
        is_office=rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE),
        named=named_workflow_ids(by),
        work=frozenset(AgentGrant.objects.values_list("agent_id", "workflow_id", "agent__owner_id")),
    )
