"""Reads of the pages of halts: what a person may see, and what they may stop."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.halts import policies
from apps.halts.models import Halt, HaltQuerySet
from apps.halts.reach import reach_of
from apps.halts.states import HaltScope
from apps.halts.targets import Target, target_of
from apps.registry.models import Agent, AgentGrant, Workflow
from apps.registry.visibility import named_workflow_ids, visible_workflows

MOST_PAST = 100
Choices = list[tuple[str, str | list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class HaltRow:
    """A halt as a page shows it. `url` is the page of what is halted."""

    halt: Halt
    url: str
    is_overdue: bool
    can_keep: bool
    can_lift: bool


def standing(by: User, *, today: date) -> list[HaltRow]:
    """What is halted now and `by` may know of, the newest first."""
    return _rows(_visible(by).standing(), by, today)


def past(by: User) -> HaltQuerySet:
    """The last ones that were lifted."""
    return _visible(by).filter(lifted_at__isnull=False).order_by("-lifted_at")[:MOST_PAST]


def over(target: Target, by: User, *, today: date) -> list[HaltRow]:
    """The halts that stop this workflow, agent or slice, but for one of everything, which every page shows."""
    concerned = Q(workflow=target.workflow) if target.workflow is not None else Q(pk=None)
    if target.agent is not None:
        concerned = Q(agent=target.agent)
    if target.slice is not None:
        row = target.slice
        concerned = Q(slice=row) | Q(agent=row.agent_id) | Q(workflow=row.workflow_id)
    return _rows(_visible(by).standing().filter(concerned), by, today)


def choices(by: User) -> Choices:
    """What this person may stop and is not halted, for a form: everything, workflows, agents. Slices have own pages."""
    taken = {target_of(halt).key for halt in Halt.objects.standing().with_targets()}
    workflows, agents = Workflow.objects.filter(is_active=True), Agent.objects.all()
    may_all = rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE)
    if not may_all:
        mine = named_workflow_ids(by)
        workflows = workflows.filter(pk__in=mine)
        others = AgentGrant.objects.exclude(workflow__in=mine).values("agent")
        agents = agents.filter(grants__workflow__in=mine).exclude(pk__in=others).distinct()
    groups: Choices = []
    if may_all:
        groups.append((HaltScope.EVERYTHING.value, capfirst(str(HaltScope.EVERYTHING.label))))
    groups.append(
        (_("Workflows"), [(Target(workflow=row).key, row.name) for row in workflows.order_by("name")])
    )
    groups.append((_("Agents"), [(Target(agent=row).key, row.name) for row in agents.order_by("name")]))
    return [left for group in groups if (left := _without(group, taken))]


def _without(
    group: tuple[str, str | list[tuple[str, str]]], taken: set[str]
) -> tuple[str, str | list[tuple[str, str]]] | None:
    key, shown = group
    if isinstance(shown, str):
        return None if key in taken else group
    left = [one for one in shown if one[0] not in taken]
    return (key, left) if left else None


def _visible(by: User) -> HaltQuerySet:
    """Everybody knows of what stops everything or an agent; of the rest who may read the workflow."""
    seen = visible_workflows(by)
    wide = Q(scope__in=[HaltScope.EVERYTHING, HaltScope.AGENT])
    return Halt.objects.with_targets().filter(wide | Q(workflow__in=seen) | Q(slice__workflow__in=seen))


def _rows(halts: HaltQuerySet, by: User, today: date) -> list[HaltRow]:
    """As pages show them, the newest first; what `by` may do is read once for all of them."""
    found = list(halts.order_by("-at"))
    reach = reach_of(by) if found else None
    return [
        HaltRow(
            halt=halt,
            url=target_of(halt).url,
            is_overdue=halt.is_overdue(today),
            can_keep=policies.can_keep(halt, by=by, reach=reach),
            can_lift=policies.can_lift(halt, by=by, reach=reach),
        )
        for halt in found
    ]
