"""The front room: the whole path of proposals from an agent's request to a person's queue.

`submit` takes one or a thousand the same way: prepare each by itself, ask the three layers, then write all in one
transaction with as many statements as for one. A refused one does not touch the others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from apps.audit import actions as audit
from apps.audit.turns import together
from apps.costs.gate import Asked, stopped
from apps.halts.standing import halts_in
from apps.intake import storing, superseding
from apps.intake.models import IdempotencyKey
from apps.intake.placing import place
from apps.intake.preparation import Prepared, Refusal, prepare
from apps.intake.requests import Accepted, Answered, Refused, Submission
from apps.proposals.queries import taken_external_ids
from apps.registry.catalogue import AgentCatalogue, current_book
from apps.registry.models import Agent
from apps.registry.queries import load_catalogue
from apps.registry.states import AgentStatus

# Another request may use the same key or external id at the same moment; then look again, once or twice.
_ATTEMPTS = 3


def submit(*, agent: Agent, submissions: Sequence[Submission], now: datetime) -> list[Answered]:
    """Take these proposals in; one answer each, in order. The same key twice has the effect of one."""
    for _attempt in range(_ATTEMPTS - 1):
        try:
            with transaction.atomic(), together():
                return _submit(agent, submissions, now)
        except IntegrityError:
            continue
        except OperationalError as error:
            # Two requests of one agent may lock the same rows in another order; one of them tries again.
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    with transaction.atomic(), together():
        return _submit(agent, submissions, now)


def _submit(agent: Agent, submissions: Sequence[Submission], now: datetime) -> list[Answered]:
    answers = _replays(agent, submissions)
    first_uses = _first_uses(submissions, answers)
    if agent.status == AgentStatus.ACTIVE:
        catalogue = load_catalogue(agent)
        prepared = _prepare(submissions, first_uses, catalogue, now, answers)
        _refuse_halted(agent, prepared, answers)
        _refuse_stopped(agent, prepared, answers, now)
        taken = _refuse_taken(agent, prepared, answers)
        superseded, too_late = superseding.find_superseded(agent=agent, prepared=prepared)
        answers |= too_late
        if taken or too_late:
            # The same request may have been stored since its key was looked up: then it is no conflict.
            answers |= _replays(agent, submissions, only=[*taken, *too_late])
        good = {index: item for index, item in prepared.items() if index not in too_late}
        placed, refused = place(
            agent=agent, prepared=good, catalogue=catalogue, superseded=superseded, now=now
        )
        answers |= refused
        answers |= storing.store(agent=agent, placed=placed, now=now)
        superseding.supersede(agent=agent, prepared=good, superseded=superseded, answers=answers, now=now)
    else:
        suspended = Refused(403, "agent-suspended", _("This agent is suspended."))
        answers |= dict.fromkeys(first_uses.values(), suspended)
    for index, submission in enumerate(submissions):
        if index not in answers:
            origin = first_uses[submission.key]
            answers[index] = _repeat(submission, submissions[origin], answers[origin])
    _audit_refusals(agent, submissions, answers, now)
    return [answers[index] for index in range(len(submissions))]


def _replays(
    agent: Agent, submissions: Sequence[Submission], only: Collection[int] | None = None
) -> dict[int, Answered]:
    """The stored answers of keys that were used in earlier requests; of all submissions or those at `only`."""
    asked = range(len(submissions)) if only is None else only
    keys = [submissions[index].key for index in asked]
    stored = {row.key: row for row in IdempotencyKey.objects.filter(agent=agent, key__in=keys)}
    answers: dict[int, Answered] = {}
    for index in asked:
        submission = submissions[index]
        row = stored.get(submission.key)
        if row is not None:
            is_same = row.body_sha256 == submission.body_sha256
            answers[index] = Accepted(row.status_code, row.body, is_replay=True) if is_same else _other_body()
    return answers


def _first_uses(submissions: Sequence[Submission], answered: Mapping[int, Answered]) -> dict[str, int]:
    """{key: index of its first use in this request}, for keys that have no stored answer."""
    first: dict[str, int] = {}
    for index, submission in enumerate(submissions):
        if index not in answered:
            first.setdefault(submission.key, index)
    return first


def _prepare(
    submissions: Sequence[Submission],
    first_uses: Mapping[str, int],
    catalogue: AgentCatalogue,
    now: datetime,
    answers: dict[int, Answered],
) -> dict[int, Prepared]:
    """The well-formed ones; the refusals of the others go into `answers`."""
    prepared: dict[int, Prepared] = {}
    for index in first_uses.values():
        try:
            prepared[index] = prepare(submissions[index], catalogue, now)
        except Refusal as refusal:
            answers[index] = refusal.refused
    return prepared


def _refuse_halted(agent: Agent, prepared: dict[int, Prepared], answers: dict[int, Answered]) -> None:
    """Take out those whose workflow or agent is halted. A halted slice is met where it is known (`placing`)."""
    halts = halts_in(current_book())
    for index, item in list(prepared.items()):
        halted = halts.over(workflow_id=item.action.action_type.workflow_id, agent_id=agent.pk)
        if halted is not None:
            answers[index] = Refused(403, "halted", halted.sentence)
            del prepared[index]


def _refuse_stopped(
    agent: Agent, prepared: dict[int, Prepared], answers: dict[int, Answered], now: datetime
) -> None:
    """Take out those that would cost more than their run or workflow may, or that come after its last step."""
    asked = {}
    for index, item in prepared.items():
        run = item.body.run
        workflow = item.action.action_type.workflow
        asked[index] = Asked(workflow, run.id if run else "", (run.step or 0) if run else 0)
    for index, stop in stopped(agent, asked, now=now).items():
        answers[index] = Refused(403, stop.problem, stop.detail)
        del prepared[index]


def _refuse_taken(agent: Agent, prepared: dict[int, Prepared], answers: dict[int, Answered]) -> list[int]:
    """Take out those whose external id this agent has used before, here or in an earlier request; which."""
    taken = []
    used = taken_external_ids(agent.pk, [item.body.external_id for item in prepared.values()])
    for index, item in list(prepared.items()):
        external_id = item.body.external_id
        if external_id in used:
            detail = _("external_id {id} belongs to proposal {proposal}.").format(
                id=external_id, proposal=used[external_id]
            )
            errors = ({"loc": ["external_id"], "msg": _("used before")},)
            answers[index] = Refused(409, "external-id-taken", detail, errors)
            taken.append(index)
            del prepared[index]
        else:
            used[external_id] = _("(earlier in this batch)")
    return taken


def _repeat(submission: Submission, origin: Submission, answer: Answered) -> Answered:
    """The answer to a key that stands twice in one batch: that of its first use."""
    if submission.body_sha256 != origin.body_sha256:
        return _other_body()
    if isinstance(answer, Accepted):
        return Accepted(answer.status_code, answer.resource, is_replay=True)
    return answer


def _other_body() -> Refused:
    return Refused(409, "idempotency-conflict", _("This Idempotency-Key was used before with another body."))


def _audit_refusals(
    agent: Agent, submissions: Sequence[Submission], answers: Mapping[int, Answered], now: datetime
) -> None:
    refused: Iterable[tuple[int, Refused]] = (
        (index, answer) for index, answer in answers.items() if isinstance(answer, Refused)
    )
    audit.record_many(
        audit.event(
            verb="proposal.refused",
            now=now,
            by=agent,
            subject=("agent", agent.pk, agent.name),
            data={
                "external_id": submissions[index].body.external_id,
                "workflow": submissions[index].body.workflow,
                "problem": answer.problem,
                "detail": answer.detail[:500],
            },
        )
        for index, answer in refused
    )
