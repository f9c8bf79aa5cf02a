"""Where would a task go, and by which clock? For previews of a chain: a queue, a workflow, and an action's cell."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.escalation.clocks import DecideClock, PlannedClock
from apps.registry.models import Workflow
from apps.registry.states import Consequence, Reversibility
from apps.reviews.models import Queue
from apps.routing.queries import NoPolicy, policy_for
from apps.routing.states import Fallback
from apps.sla.calendars import WorkingCalendar
from apps.sla.durations import parse
from apps.sla.queries import current_policies, current_versions
from apps.sla.reckoning import Clock

Cell = tuple[Consequence, Reversibility]


class Nowhere(LookupError):
    """Such a task would have no place; the message says why."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place as somebody chose it. `queue` None: the one the matrix names."""

    workflow: Workflow
    cell: Cell
    queue: Queue | None = None


class Found(NamedTuple):
    """What the matrix and the queue's calendar make of it."""

    queue: Queue
    workflow: Workflow
    clock: PlannedClock | DecideClock
    calendar: WorkingCalendar
    fallback: Fallback


def workflows() -> list[Workflow]:
    """Active workflows by name, with the people of their roles."""
    roles = ("business_owner", "process_owner", "technical_owner", "governance_lead")
    return list(Workflow.objects.filter(is_active=True).select_related(*roles).order_by("name", "pk"))


def first_use(slug: str, among: list[Workflow]) -> Where | None:
    """Where matrices use the chain first: for the action that matters least; else any place; None without workflows."""
    for workflow in among:
        try:
            matrix = policy_for(workflow.pk).matrix
        except NoPolicy:
            continue
        for address in sorted(matrix, key=_weight):
            if matrix[address].chain == slug:
                return Where(workflow, address)
    return Where(among[0], (Consequence.MODERATE, Reversibility.COMPENSABLE)) if among else None


def find(where: Where, opened_at: datetime) -> Found:
    """The clock of a task opened there at this moment. Five queries. Raises Nowhere."""
    try:
        cell = policy_for(where.workflow.pk).matrix[where.cell]
    except (NoPolicy, KeyError):
        raise Nowhere(_("No routing matrix says where such a task would go: publish one.")) from None
    queue = where.queue or Queue.objects.filter(slug=cell.queue).first()
    if queue is None:
        raise Nowhere(_("The matrix names the queue {slug}, which does not exist.").format(slug=cell.queue))
    policy = current_policies([cell.sla]).get(cell.sla)
    if policy is None:
        raise Nowhere(
            _("The matrix names the SLA policy {slug}, which does not exist.").format(slug=cell.sla)
        )
    calendar = current_versions([queue.calendar_id])[queue.calendar_id].hours
    clock = PlannedClock(Clock(opened_at.astimezone(UTC), calendar), parse(policy.decide_within))
    return Found(queue, where.workflow, clock, calendar, cell.fallback)


def _weight(cell: Cell) -> tuple[int, int]:
    return list(Consequence).index(cell[0]), list(Reversibility).index(cell[1])
