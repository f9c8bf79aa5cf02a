"""Plays one case in the past, through the verbs that pages and agents use, with the past moments passed in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.conf import settings

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.intake import vetoing
from apps.intake.actions import submit
from apps.intake.contract import ProposalIn
from apps.intake.requests import Accepted, Submission
from apps.proposals import actions as proposals
from apps.proposals import grants
from apps.proposals.models import Grant, Proposal
from apps.proposals.states import Disposition, Retry, Status, Substatus, Verdict
from apps.registry.models import Agent
from apps.reviews import claiming, deciding, picking, policies, settling
from apps.reviews.caution import word_to_type
from apps.reviews.choosing import Choice
from apps.reviews.models import Decision, Task
from apps.reviews.offering import ELSE, NOTHING
from apps.reviews.picking import Picked
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from reviewhub.demo.case import Answer, Case

_REVIEWING = (Role.REVIEWER, Role.LEAD)
_UNDO = timedelta(seconds=settings.REVIEWHUB_UNDO_SECONDS + 1)


class NotTaken(Exception):
    """Intake refused a case: the cases and the organisation do not fit together."""


@dataclass(frozen=True)
class Stage:
    """Who plays: the agents by slug, and the random source."""

    agents: dict[str, Agent]
    random: Random


def propose(stage: Stage, case: Case, *, external_id: str, at: datetime) -> Proposal:
    """The case arrives. Raises NotTaken."""
    body = ProposalIn.model_validate(case.body(external_id=external_id, now=at))
    digest = hashlib.sha256(body.model_dump_json(exclude_unset=True).encode()).hexdigest()
    submission = Submission(key=f"demo-{external_id}", body_sha256=digest, body=body)
    (answered,) = submit(agent=stage.agents[case.agent], submissions=[submission], now=at)
    if not isinstance(answered, Accepted):
        raise NotTaken(f"{case.agent}, {case.summary}: {answered.detail} {answered.errors}")
    return Proposal.objects.select_related("agent").get(pk=answered.resource["id"])


def finish(stage: Stage, case: Case, proposal: Proposal, *, at: datetime) -> None:
    """People decide, the agent acts and reports; or, in shadow, people do it their way."""
    if proposal.status == Status.RECORDED:
        _report_people(case, proposal, at + timedelta(minutes=stage.random.randint(40, 600)))
        return
    moment = at + timedelta(minutes=stage.random.randint(3, 50))
    if proposal.substatus == Substatus.VETO_WINDOW and proposal.veto_until is not None:
        # Nobody stops it.
        moment = max(moment, proposal.veto_until)
        vetoing.close_windows(now=moment)
    while Task.objects.filter(proposal=proposal, status=TaskStatus.OPEN).exists():
        moment = decide(stage, case, proposal, at=moment)
        settling.settle_due(now=moment)
    carry_out(stage, case, proposal.pk, at=moment + timedelta(seconds=5))


def take(stage: Stage, proposal: Proposal, *, at: datetime) -> tuple[Task, User]:
    """Somebody who may claims the proposal's task."""
    task = Task.objects.select_related("queue").get(proposal=proposal)
    people = rights.people_with(_REVIEWING, task.queue).exclude(pk__in=[task.agent_owner_id, *task.deciders])
    person = stage.random.choice(list(people.order_by("short")))
    return claiming.claim(task_id=task.pk, by=person, now=at), person


def decide(stage: Stage, case: Case, proposal: Proposal, *, at: datetime) -> datetime:
    """One person decides; the moment at which it cannot be taken back any more."""
    task, person = take(stage, proposal, at=at)
    decided_at = at + timedelta(seconds=stage.random.randint(40, 900))
    record(task, person, proposal, case.answer, at=decided_at)
    return decided_at + _UNDO


def record(task: Task, person: User, proposal: Proposal, answer: Answer, *, at: datetime) -> Decision:
    """`person`, who holds the task, gives this answer."""
    if task.lease_token is None:
        raise ValueError("nobody holds this task")
    if task.is_blind_first and policies.pick_of(task, person) is None:
        _pick(task, person, proposal, answer, at=at - timedelta(seconds=20))
    choice = Choice(
        verb=answer.verb,
        seen_sha256=proposal.args_sha256,
        args=answer.args,
        alternative_rank=answer.rank,
        reason_code=answer.reason,
        note=answer.note,
        typed=word_to_type(subject_id=proposal.subject_id, args_sha256=proposal.args_sha256),
        retry=Retry.AFTER_CHANGE if answer.verb is Verb.REJECT else Retry.NEVER,
    )
    return deciding.decide(
        task_id=task.pk, by=person, choice=choice, lease_token=task.lease_token, version=task.version, now=at
    )


def _pick(task: Task, person: User, proposal: Proposal, answer: Answer, *, at: datetime) -> None:
    """Where the agent's choice is shown only after that, `person` says first what they will decide."""
    chosen = {Verb.APPROVE: proposal.args_sha256, Verb.REJECT: NOTHING}.get(answer.verb, ELSE)
    if answer.verb is Verb.CHOOSE_ALTERNATIVE:
        chosen = proposal.alternatives.get(rank=answer.rank or 0).args_sha256 or NOTHING
    keys = {option.action.sha256: option.key for option in picking.offered_to(task, by=person)}
    if task.lease_token is not None:
        picking.pick(
            task_id=task.pk,
            by=person,
            picked=Picked(
                keys.get(chosen, chosen), answer.note or "With other values." if chosen == ELSE else ""
            ),
            lease_token=task.lease_token,
            version=task.version,
            now=at,
        )


def carry_out(stage: Stage, case: Case, proposal_id: UUID, *, at: datetime) -> None:
    """The agent redeems what was granted and reports; now and then it fails, and later truth comes in."""
    proposal = Proposal.objects.select_related("agent").get(pk=proposal_id)
    if proposal.status != Status.APPROVED:
        return
    grant = Grant.objects.filter(proposal=proposal).first()
    if grant is None:
        _result(proposal, Disposition.NOT_EXECUTED, "There was nothing to do.", at)
        return
    grants.redeem(grant_id=grant.pk, args_sha256=grant.args_sha256, by=proposal.agent, now=at)
    done_at = at + timedelta(seconds=stage.random.randint(1, 20))
    if stage.random.random() < 0.05:
        _result(proposal, Disposition.EXECUTION_ERROR, "The other system did not answer in time.", done_at)
        return
    _result(proposal, Disposition.EXECUTED, case.result, done_at)
    if case.later or stage.random.random() < 0.2:
        _outcome(case, proposal, done_at + timedelta(hours=stage.random.randint(5, 30)))


def _result(proposal: Proposal, disposition: Disposition, detail: str, at: datetime) -> None:
    proposals.report_result(
        proposal_id=proposal.pk,
        disposition=disposition,
        detail=detail,
        occurred_at=at,
        duration_ms=int(at.microsecond / 1000) + 300,
        by=proposal.agent,
        now=at,
    )


def _outcome(case: Case, proposal: Proposal, at: datetime) -> None:
    proposals.report_outcome(
        proposal_id=proposal.pk,
        verdict=Verdict.WRONG if case.later else Verdict.CORRECT,
        severity="moderate" if case.later else "low",
        source="follow-up",
        detail=case.later or "Nobody came back on it.",
        occurred_at=at,
        by=proposal.agent,
        now=at,
    )


def _report_people(case: Case, proposal: Proposal, at: datetime) -> None:
    done = case.done_by_people()
    proposals.report_human_action(
        proposal_id=proposal.pk,
        action_name=done[0] if done else "",
        args=done[1] if done else None,
        actor="Contracts",
        occurred_at=at,
        by=proposal.agent,
        now=at,
    )
