"""What the page of a workflow, an agent, a slice or a task says of halts, and the switch on it."""

from typing import Any

from django import template
from django.utils import timezone

from apps.accounts.policies import why_not
from apps.halts import policies, queries
from apps.halts.forms import HaltForm
from apps.halts.standing import Halts, StandingHalt
from apps.halts.targets import Target
from apps.registry.models import Agent, Workflow
from apps.trust.models import Slice

register = template.Library()


@register.inclusion_tag("halts/_notice.html", takes_context=True)
def halt_notice(context: template.Context, row: Workflow | Agent | Slice) -> dict[str, Any]:
    """What is halted of this, with the button that lets it go on for whoever may."""
    by = context["request"].user
    rows = queries.over(_target(row), by, today=timezone.localdate())
    return {"rows": rows, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("halts/_switch.html", takes_context=True)
def halt_switch(context: template.Context, row: Workflow | Agent | Slice) -> dict[str, Any]:
    """The form that stops this; nothing where it is halted, or for whoever may not."""
    by, target = context["request"].user, _target(row)
    halts: Halts = context["standing_halts"]
    stops = {"workflow": halts.workflows, "agent": halts.agents, "slice": halts.slices}[target.scope.value]
    may = row.pk not in stops and not why_not(policies.check_halt, target, by=by)
    form = HaltForm(only=target) if may else None
    return {"form": form, "what": target, "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True)
def halt_over(context: template.Context, proposal: Any) -> StandingHalt | None:
    """What stops this proposal; None: nothing does. No query beside the page's own look."""
    halts: Halts = context["standing_halts"]
    return halts.over(
        workflow_id=proposal.workflow_id, agent_id=proposal.agent_id, slice_id=proposal.slice_id
    )


def _target(row: Workflow | Agent | Slice) -> Target:
    if isinstance(row, Workflow):
        return Target(workflow=row)
    return Target(agent=row) if isinstance(row, Agent) else Target(slice=row)
