"""What is to be stopped: everything, or one named workflow, agent or slice; and how an address or a form names it."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.halts.models import Halt
from apps.halts.states import HaltScope
from apps.registry.models import Agent, AgentGrant, Workflow
from apps.trust.models import Slice


class NoTarget(LookupError):
    """There is no such thing to stop."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a halt is about; nothing named is everything."""

    workflow: Workflow | None = None
    agent: Agent | None = None
    slice: Slice | None = None

    @property
    def scope(self) -> HaltScope:
        if self.slice is not None:
            return HaltScope.SLICE
        if self.agent is not None:
            return HaltScope.AGENT
        return HaltScope.WORKFLOW if self.workflow is not None else HaltScope.EVERYTHING

    @property
    def columns(self) -> dict[str, Any]:
        """As a halt keeps it."""
        return {
            "scope": self.scope,
            "workflow": self.workflow,
            "agent": self.agent,
            "slice": self.slice,
        }

    @property
    def key(self) -> str:
        """As a form names it: `everything`, `workflow:7`."""
        named = self.slice or self.agent or self.workflow
        return f"{self.scope.value}:{named.pk}" if named is not None else self.scope.value

    @property
    def url(self) -> str:
        """The page of what is stopped."""
        if self.slice is not None:
            return reverse("trust:slice_detail", args=[self.slice.pk])
        if self.agent is not None:
            return reverse("registry:agent_detail", args=[self.agent.slug])
        if self.workflow is not None:
            return reverse("registry:workflow_detail", args=[self.workflow.slug])
        return reverse("halts:halt_list")

    def __str__(self) -> str:
        return str(Halt(**self.columns))

    def workflow_ids(self) -> set[int]:
        """The workflows whose work stops: of an agent, all in which it may propose. At most one query."""
        if self.slice is not None:
            return {self.slice.workflow_id}
        if self.workflow is not None:
            return {self.workflow.pk}
        if self.agent is not None:
            return set(AgentGrant.objects.filter(agent=self.agent).values_list("workflow_id", flat=True))
        return set(Workflow.objects.filter(is_active=True).values_list("pk", flat=True))


def target_of(halt: Halt) -> Target:
    """What this halt stops."""
    return Target(halt.workflow, halt.agent, halt.slice)


def named(key: str) -> Target:
    """The target a form names. Raises NoTarget."""
    scope, _colon, number = key.partition(":")
    if key == HaltScope.EVERYTHING:
        return Target()
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NoTarget(key)
    try:
        match scope:
            case HaltScope.WORKFLOW:
                return Target(workflow=Workflow.objects.get(pk=number))
            case HaltScope.AGENT:
                return Target(agent=Agent.objects.get(pk=number))
            case HaltScope.SLICE:
                return Target(slice=_slices().get(pk=number))
    except (Workflow.DoesNotExist, Agent.DoesNotExist, Slice.DoesNotExist):
        raise NoTarget(key) from None
    raise NoTarget(key)


def slice_named(*, workflow: str, action: str, segment: str, agent: str) -> Target:
    """The slice of these names. Raises NoTarget."""
    row = (
        _slices()
        .filter(workflow__slug=workflow, action_type__name=action, segment=segment, agent__slug=agent)
        .first()
    )
    if row is None:
        raise NoTarget(f"{workflow}/{action}/{segment}/{agent}")
    return Target(slice=row)


def _slices() -> Any:
    return Slice.objects.select_related("workflow", "action_type", "agent")
