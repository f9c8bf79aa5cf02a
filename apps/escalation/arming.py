"""Gives every new task its escalation run, in the transaction that opens the task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from apps.audit.insertion import insert_at_end
from apps.escalation.chains import default_version, newest_versions
from apps.escalation.clocks import DecideClock
from apps.escalation.incidents import open_incident
from apps.escalation.models import ChainVersion, EscalationRun
from apps.escalation.states import Kind
from apps.escalation.timing import Clock, moment
from apps.reviews.models import Task
from apps.routing.queries import NoPolicy, policy_for
from apps.routing.states import Fallback
from apps.sla.models import ClockCycle
from apps.sla.queries import decide_cycles


@dataclass(frozen=True, slots=True)
class Arming:
    """A task that needs a run: the chain its matrix cell names, the fallback, and its decide cycle."""

    task: Task
    chain: str
    fallback: Fallback
    decide: ClockCycle | None


def arm(*, work: Sequence[Arming], now: datetime) -> list[EscalationRun]:
    """Start the runs, inside the caller's transaction: one query for the chains, one statement for the runs.

    A chain that does not exist is replaced by the default one, and an incident says so: never a refusal.
    """
    versions = _versions({each.chain for each in work}, now)
    runs = [_run(each, versions[each.chain], now) for each in work]
    insert_at_end(runs)
    return runs


def arm_again(*, tasks: Sequence[Task], now: datetime) -> list[EscalationRun]:
    """For the auditor: runs for open tasks that have none, by what their proposals' matrix says now."""
    cycles = decide_cycles([task.proposal_id for task in tasks])
    work = [_arming(task, cycles) for task in tasks]
    return arm(work=work, now=now)


def _arming(task: Task, cycles: Mapping[UUID, ClockCycle]) -> Arming:
    try:
        cell = policy_for(task.workflow_id).matrix[task.proposal.cell_address]
        chain, fallback = cell.chain, cell.fallback
    except (NoPolicy, KeyError):
        chain, fallback = "", Fallback.HOLD
    return Arming(task, chain, fallback, cycles.get(task.proposal_id))


def _versions(slugs: set[str], now: datetime) -> dict[str, ChainVersion]:
    versions = newest_versions(slugs)
    for slug in sorted(slugs - versions.keys()):
        versions[slug] = default_version(now=now)
        if slug != versions[slug].chain.slug:
            open_incident(
                kind=Kind.CHAIN_MISSING,
                key=slug,
                text=_(
                    "The matrix names the chain {slug}, which does not exist; {used} is used instead."
                ).format(slug=slug or "-", used=versions[slug].chain.slug),
                now=now,
            )
    return versions


def _run(each: Arming, version: ChainVersion, now: datetime) -> EscalationRun:
    first_at = now
    if each.decide is not None:
        clock: Clock = DecideClock(each.decide)
        first_at = max(moment(version.read()[0], clock), now)
    return EscalationRun(
        task=each.task,
        workflow_id=each.task.workflow_id,
        chain_version=version,
        fallback=each.fallback,
        due_at=first_at,
        next_at=first_at,
        started_at=now,
    )
