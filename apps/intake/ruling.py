"""What do the admins' rules say about prepared proposals? Gathers what they may ask of each; the answering is pure.

The same can be gathered again from what is stored (`proposals.ruling`), so that an old answer can be checked.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.intake.preparation import Prepared, declared_in
from apps.proposals.queries import proposed_by_others
from apps.registry.models import Agent, AgentVersion
from apps.routing.queries import Policy
from apps.routing.rules.names import Circumstances

# How long ago another agent's same proposal still counts as a second opinion.
LATELY = timedelta(hours=24)


def corroborated(
    agent: Agent, prepared: Mapping[int, Prepared], policies: Mapping[int, Policy], *, now: datetime
) -> dict[int, bool]:
    """Of those whose policy (by workflow id) has a rule that asks: did another agent propose the same? One query."""
    asked = {
        index: _same(item)
        for index, item in prepared.items()
        if (policy := policies.get(item.action.action_type.workflow_id)) and policy.asks_others
    }
    found = proposed_by_others(agent.pk, asked.values(), since=now - LATELY) if asked else set()
    return {index: same in found for index, same in asked.items()}


def circumstances(item: Prepared, agent: Agent, version: AgentVersion) -> Circumstances:
    """What rules may ask of a prepared proposal beyond its facts."""
    body = item.body
    return Circumstances(
        action=body.action.name,
        args=body.action.args,
        agent=agent.slug,
        version=version.facts,
        subject_kind=body.subject.kind if body.subject else "",
        subject_id=body.subject.id if body.subject else "",
        alternatives=len(item.alternatives),
        affected=(body.impact.affected or 0) if body.impact else 0,
        systems=tuple(body.impact.systems) if body.impact else (),
        run=body.run.model_dump(mode="json", exclude_none=True) if body.run else {},
    )


def declared(item: Prepared) -> dict[str, Any]:
    """The values of what a prepared proposal declares, by the names of `registry.conditions`."""
    return declared_in(item.body, item.body.action, item.amount, item.currency)


def _same(item: Prepared) -> tuple[int, str, str, str]:
    subject = item.body.subject
    kind, sent = (subject.kind, subject.id) if subject else ("", "")
    return item.action.action_type.workflow_id, kind, sent, item.args_sha256
