"""Puts stored proposals before people: copies to be looked at, and actions that may not act after all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.escalation.arming import Arming, arm
from apps.proposals.models import Assessment, Proposal
from apps.registry.catalogue import current_book
from apps.registry.states import Stage
from apps.reviews.models import Task
from apps.reviews.opening import Due, QueuePlace, open_tasks, places, start_clocks
from apps.routing.assessment import as_ruled, tier
from apps.routing.facts import Assessed
from apps.routing.queries import policy_for
from apps.routing.states import Fallback, Route
from apps.sla.queries import current_policies
from apps.trust.states import Basis

# The SLA policy of looks that nobody waits for; without one of this name the cell's own counts.
EXAMINATION_SLA = "audit"


class NowhereToGo(LookupError):
    """The queue or the SLA policy that the matrix names does not exist."""


@dataclass(frozen=True, slots=True)
class ToReview:
    """A pending proposal that needs a task. `excluded` people do not get it.

    `basis` is why a person looks. Of a copy: how many people its task says it needs, and whether it has the clock of
    ordinary work.
    """

    proposal: Proposal
    excluded: Sequence[int] = ()
    basis: Basis = Basis.FULL
    quorum: int = 1
    is_like_any_other: bool = False


def open_review(wanted: ToReview, *, now: datetime) -> Task:
    """Open its task with clocks and chain, at the end of the caller's `together`. Raises NowhereToGo.

    One person decides a copy, whatever its task says; it is held on when nobody looks: a rejection would mean nothing.
    """
    proposal = wanted.proposal
    assessed = _assessed(wanted)
    place = places([assessed.cell.queue]).get(assessed.cell.queue)
    policies = current_policies([assessed.cell.sla, EXAMINATION_SLA])
    if proposal.is_copy and not wanted.is_like_any_other and EXAMINATION_SLA in policies:
        assessed = replace(assessed, cell=replace(assessed.cell, sla=EXAMINATION_SLA))
    if place is None or assessed.cell.sla not in policies:
        raise NowhereToGo(f"{assessed.cell.queue}, {assessed.cell.sla}")
    due = start_clocks(
        work=[(proposal.pk, proposal.workflow_id, assessed, place)], policies=policies, now=now
    )
    return _opened(wanted, assessed, place, due[proposal.pk], now)


def _opened(wanted: ToReview, assessed: Assessed, place: QueuePlace, due: Due, now: datetime) -> Task:
    proposal, cell = wanted.proposal, assessed.cell
    owner = current_book().agent(proposal.agent_id).owner_id
    (task,) = open_tasks(
        work=[(proposal, assessed, place)],
        due={proposal.pk: due},
        agent_owner_id=owner,
        now=now,
        excluded={proposal.pk: wanted.excluded},
    )
    fallback = Fallback.HOLD if proposal.is_copy else cell.fallback
    arm(work=[Arming(task, cell.chain, fallback, due.decide)], now=now)
    return task


def _assessed(wanted: ToReview) -> Assessed:
    proposal = wanted.proposal
    assessment = Assessment.objects.filter(proposal=proposal).first()
    reasons = assessment.reasons if assessment is not None else []
    cell = as_ruled(policy_for(proposal.workflow_id).matrix[proposal.cell_address], reasons)
    return Assessed(
        route=Route.REVIEW,
        stage=Stage(proposal.stage),
        quorum=wanted.quorum if proposal.is_copy else cell.quorum,
        tier=tier(cell),
        cell=cell,
        reasons=(),
        basis=wanted.basis,
    )
