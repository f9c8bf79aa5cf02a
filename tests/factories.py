"""Makes what tests need. Rows come from factories; anything with a history walks the real verbs."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.accounts import rights
from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.intake import endings
from apps.intake.actions import submit
from apps.intake.contract import ProposalIn
from apps.intake.requests import Accepted, Answered, Submission
from apps.proposals import actions as proposal_actions
from apps.proposals import grants
from apps.proposals.models import Proposal, Question
from apps.proposals.states import Disposition, Status
from apps.registry.models import ActionType, Agent, AgentGrant, ReasonCode, Workflow
from apps.registry.states import Consequence, Effect, Reversibility, Stage
from apps.reviews import asking, claiming, deciding, picking, settling
from apps.reviews.caution import word_to_type
from apps.reviews.choosing import Choice
from apps.reviews.models import BlindPick, Decision, Queue, Task
from apps.reviews.offering import ELSE, NOTHING
from apps.reviews.picking import Picked
from apps.reviews.states import TaskStatus
from apps.routing.actions import publish_policy
from apps.routing.models import MatrixCell
from apps.routing.states import Verb
from apps.sla.calendar_setup import save_calendar
from apps.sla.models import Calendar
from apps.sla.policy_setup import Targets, save_policy
from apps.trust.models import ReadinessItem
from apps.trust.states import ReadyItem

PASSWORD = "correct horse battery"

CANCEL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "title": "Order", "maxLength": 40},
        "reason": {"type": "string", "title": "Reason", "enum": ["no longer needed", "ordered by mistake"]},
        "refund": {"type": "number", "title": "Refund", "minimum": 0},
    },
    "required": ["order_id", "reason"],
    "additionalProperties": False,
}


class UserFactory(DjangoModelFactory[User]):
    """A person who can sign in with `PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    short = factory.Sequence(lambda n: f"person{n}")
    name = factory.LazyAttribute(lambda person: person.short.title())
    email = factory.LazyAttribute(lambda person: f"{person.short}@example.org")
    password = factory.django.Password(PASSWORD)


class AgentFactory(DjangoModelFactory[Agent]):
    """A registered agent."""

    class Meta:
        model = Agent

    slug = factory.Sequence(lambda n: f"agent-{n}")
    name = factory.LazyAttribute(lambda agent: agent.slug.title())
    owner = factory.SubFactory(UserFactory)


class ActionTypeFactory(DjangoModelFactory[ActionType]):
    """An action type: cancel an order, unless told otherwise."""

    class Meta:
        model = ActionType

    name = factory.Sequence(lambda n: f"action_{n}")
    title = factory.LazyAttribute(lambda action: action.name.replace("_", " ").capitalize())
    args_schema = CANCEL_SCHEMA
    consequence = Consequence.MODERATE
    reversibility = Reversibility.COMPENSABLE


@dataclass
class House:
    """Everything a test usually needs. Tina is technical owner and owns the agent; Petra, Gina have their roles."""

    alice: User
    bob: User
    olga: User
    adam: User
    charlie: User
    tina: User
    petra: User
    gina: User
    team: Team
    workflow: Workflow
    cancel_order: ActionType
    delete_record: ActionType
    queues: dict[str, Queue]
    agent: Agent
    now: datetime


def default_calendars(now: datetime) -> None:
    """`always` (day and night) and `office` (weekdays 9 to 17, UTC)."""
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for slug, name, weekly in (
        ("always", "Round the clock", {day: ["00:00-24:00"] for day in week}),
        ("office", "Office hours", {day: ["09:00-17:00"] for day in week[:5]}),
    ):
        save_calendar(slug=slug, name=name, zone="UTC", weekly=weekly, by=None, now=now)


def today() -> datetime:
    """Now, for pages that look at the clock; near midnight half an hour ago: the minutes after it are of one day."""
    now = timezone.now()
    is_one_day = timezone.localdate(now) == timezone.localdate(now + timedelta(minutes=30))
    return now if is_one_day else now - timedelta(minutes=30)


def build_house(now: datetime) -> House:
    """The cast at work: one workflow in assisted stage, four queues, the default matrix."""
    people = {
        name: UserFactory(short=name)
        for name in ("alice", "bob", "olga", "adam", "charlie", "tina", "petra", "gina")
    }
    rights.appoint(role=Role.ADMIN, to=people["adam"], by=None, now=now)
    rights.appoint(role=Role.GOVERNANCE, to=people["gina"], by=None, now=now)
    team = Team.objects.create(name="Order desk", slug="order-desk")
    people["alice"].groups.add(team)
    people["bob"].groups.add(team)
    default_calendars(now)
    queues = {slug: make_queue(slug, team, now) for slug in ("triage", "standard", "senior", "critical")}
    publish_matrix(now)
    workflow = Workflow.objects.create(
        slug="orders",
        name="Orders",
        business_owner=people["olga"],
        process_owner=people["petra"],
        technical_owner=people["tina"],
        governance_lead=people["gina"],
        reviewers=team,
        initial_stage=Stage.ASSISTED,
    )
    rights.give(role=Role.BENEFIT_OWNER, to=people["olga"], on=workflow, by=None, now=now)
    make_ready(workflow, people["petra"], now)
    add_reasons(workflow)
    cancel_order = ActionTypeFactory(workflow=workflow, name="cancel_order", title="Cancel an order")
    delete_record = ActionTypeFactory(
        workflow=workflow,
        name="delete_record",
        title="Delete a record",
        consequence=Consequence.HIGH,
        reversibility=Reversibility.IRREVERSIBLE,
        effects=[Effect.DELETES_DATA],
    )
    agent = AgentFactory(slug="order-bot", name="Order bot", owner=people["tina"])
    AgentGrant.objects.create(agent=agent, workflow=workflow)
    return House(
        **people,
        team=team,
        workflow=workflow,
        cancel_order=cancel_order,
        delete_record=delete_record,
        queues=queues,
        agent=agent,
        now=now,
    )


def make_ready(workflow: Workflow, by: User, now: datetime) -> None:
    """Everything is ready from long ago until long from now: for tests of other things, which pass days by."""
    ReadinessItem.objects.bulk_create(
        ReadinessItem(
            workflow=workflow,
            item=item,
            evidence="Looked at together, and written down.",
            owner=workflow.technical_owner,
            done_at=now,
            done_by=by,
            expires_on=timezone.localdate(now) + timedelta(days=5 * 365),
        )
        for item in ReadyItem
    )


def make_queue(slug: str, team: Team, now: datetime) -> Queue:
    """A queue whose reviewers are `team`, open round the clock. Its people may be as quick as tests are."""
    queue = Queue.objects.create(
        slug=slug,
        name=slug.title(),
        calendar=Calendar.objects.get(slug="always"),
        created_at=now,
        reading_words=0,
        streak=0,
        second_percent=0,
    )
    rights.give(role=Role.REVIEWER, to=team, on=queue, by=None, now=now)
    return queue


def add_reasons(workflow: Workflow) -> None:
    """Two reasons that are the agent's fault and one that is not."""
    for position, (code, label, fault) in enumerate(
        (
            ("wrong-action", "Another action is right", True),
            ("wrong-facts", "The facts are wrong", True),
            ("customer-changed-mind", "The customer changed their mind", False),
        )
    ):
        ReasonCode.objects.create(
            workflow=workflow, code=code, label=label, is_agents_fault=fault, position=position
        )


QUEUE_OF = {
    Consequence.LOW: "triage",
    Consequence.MODERATE: "standard",
    Consequence.HIGH: "senior",
    Consequence.CRITICAL: "critical",
}


def matrix_cells(**changes: Any) -> list[MatrixCell]:
    """Twelve unsaved cells; two people for high irreversible and above. `changes` apply to every cell."""
    cells = []
    for consequence in Consequence:
        for reversibility in Reversibility:
            hard = consequence is Consequence.CRITICAL or (
                consequence is Consequence.HIGH and reversibility is not Reversibility.REVERSIBLE
            )
            two = hard and reversibility is not Reversibility.REVERSIBLE
            values: dict[str, Any] = {
                "consequence": consequence,
                "reversibility": reversibility,
                "queue": QUEUE_OF[consequence],
                "quorum": 2 if two else 1,
                "sla": "standard",
                "verbs": [verb.value for verb in Verb],
                "ceiling": Stage.ASSISTED if hard else Stage.SUPERVISED,
            }
            cells.append(MatrixCell(**values | changes))
    return cells


def publish_matrix(now: datetime, workflow: Workflow | None = None, **changes: Any) -> None:
    """Publish `matrix_cells` as the default policy, or as one workflow's own; with the SLA policy they name."""
    targets = Targets(claim="30m", decide="4h", result="2h")
    save_policy(slug="standard", name="Standard", targets=targets, by=None, now=now)
    publish_policy(workflow=workflow, cells=matrix_cells(**changes), reason="for a test", by=None, now=now)


def proposal_body(**changes: Any) -> dict[str, Any]:
    """A valid request body; every call has its own external id."""
    body: dict[str, Any] = {
        "external_id": f"call-{uuid4().hex[:12]}",
        "workflow": "orders",
        "action": {"name": "cancel_order", "args": {"order_id": "#W1", "reason": "no longer needed"}},
        "summary": "Cancel order #W1: the customer no longer needs it",
        "rationale": "The customer asked for it and the order is still pending.",
        "confidence": 0.82,
        "evidence": [
            {"id": "e1", "kind": "record", "claim": "the order is pending", "content": "status: pending"}
        ],
        "alternatives": [
            {
                "rank": 1,
                "action": {
                    "name": "cancel_order",
                    "args": {"order_id": "#W1", "reason": "ordered by mistake"},
                },
                "summary": "Cancel it as ordered by mistake",
                "probability": 0.1,
            },
            {"rank": 2, "action": None, "summary": "Do nothing", "probability": 0.05},
        ],
        "subject": {"kind": "order", "id": "#W1"},
        "impact": {"amount": "129.90", "currency": "EUR"},
        "run": {"id": "run-1", "tool_calls": [{"name": "get_order", "ok": True, "ms": 40}]},
        "agent_version": {"label": "v1", "model": "m-1", "prompt_version": "p1", "tools": ["get_order"]},
    }
    return body | changes


def submission(body: dict[str, Any] | None = None, key: str | None = None) -> Submission:
    """What the door hands to intake for this body."""
    content = body or proposal_body()
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return Submission(key or uuid4().hex, digest, ProposalIn.model_validate(content))


def send(house: House, now: datetime | None = None, **changes: Any) -> Answered:
    """Send one proposal through the real intake."""
    (answer,) = submit(
        agent=house.agent, submissions=[submission(proposal_body(**changes))], now=now or house.now
    )
    return answer


def pending(house: House, now: datetime | None = None, **changes: Any) -> Proposal:
    """A proposal that waits in its queue."""
    answer = send(house, now, **changes)
    assert isinstance(answer, Accepted), answer
    return Proposal.objects.get(pk=answer.resource["id"])


def two_person(house: House, **changes: Any) -> Proposal:
    """A pending proposal that needs two people: delete a record."""
    action = {"name": "delete_record", "args": {"order_id": "#W9", "reason": "ordered by mistake"}}
    return pending(house, action=action, **changes)


def claimed(proposal: Proposal, by: User, now: datetime) -> Task:
    """The proposal's task, claimed by this person."""
    return claiming.claim(task_id=proposal.task.pk, by=by, now=now)


def held_by(person: User) -> int:
    """How many tasks this person holds and has not decided."""
    return Task.objects.filter(claimed_by=person, status=TaskStatus.CLAIMED).count()


def asked(task: Task, by: User, now: datetime, text: str = "Which invoice?") -> Question:
    """A question to the agent about a task this person holds, who has picked first where that is asked."""
    assert task.lease_token is not None
    _pick_the_same(task, by, now, Verb.APPROVE, None)
    within = timedelta(hours=1)
    return asking.ask(task_id=task.pk, by=by, text=text, within=within, lease_token=task.lease_token, now=now)


def picked(task: Task, by: User, now: datetime, what: str | None = None, note: str = "") -> BlindPick:
    """What a person who holds the task would do: the action with the digest `what` (left out: as proposed), `NOTHING`,
    or `ELSE`, which `note` describes.
    """
    assert task.lease_token is not None
    wanted = task.proposal.args_sha256 if what is None else what
    keys = {option.action.sha256: option.key for option in picking.offered_to(task, by=by)}
    return picking.pick(
        task_id=task.pk,
        by=by,
        picked=Picked(keys.get(wanted, wanted), note),
        lease_token=task.lease_token,
        version=task.version,
        now=now,
    )


def _pick_the_same(task: Task, by: User, now: datetime, verb: Verb, rank: int | None) -> None:
    """Whoever has to say first what they would do, and has not, says what they decide then."""
    asked_first = task.is_blind_first and not task.is_emergency
    if not asked_first or BlindPick.objects.filter(task=task, by=by).exists():
        return
    if verb is Verb.APPROVE:
        picked(task, by, now)
    elif verb is Verb.CHOOSE_ALTERNATIVE:
        picked(task, by, now, task.proposal.alternatives.get(rank=rank).args_sha256 or NOTHING)
    elif verb is Verb.REJECT:
        picked(task, by, now, NOTHING)
    else:
        picked(task, by, now, ELSE, "the same with other values")


def decided(task: Task, by: User, now: datetime, verb: Verb = Verb.APPROVE, **choice: Any) -> Decision:
    """A decision on a claimed task, not settled yet. Where one has to pick first, it is what is decided then."""
    assert task.lease_token is not None
    if verb is not Verb.APPROVE:
        choice.setdefault("reason_code", "wrong-action")
    _pick_the_same(task, by, now, verb, choice.get("alternative_rank"))
    proposal = task.proposal
    choice.setdefault("typed", word_to_type(subject_id=proposal.subject_id, args_sha256=proposal.args_sha256))
    return deciding.decide(
        task_id=task.pk,
        by=by,
        choice=Choice(verb=verb, seen_sha256=proposal.args_sha256, **choice),
        lease_token=task.lease_token,
        version=task.version,
        now=now,
    )


def settled(house: House, verb: Verb = Verb.APPROVE, by: User | None = None, **choice: Any) -> Proposal:
    """A proposal decided by Alice (or `by`) whose undo window has closed."""
    proposal = pending(house)
    person = by or house.alice
    decided(claimed(proposal, person, house.now), person, house.now, verb, **choice)
    settling.settle_due(now=house.now + timedelta(minutes=10))
    return Proposal.objects.get(pk=proposal.pk)


def proposal_at(house: House, status: Status) -> Proposal:
    """A proposal that reached `status` by the real verbs."""
    if status is Status.PENDING:
        return pending(house)
    if status is Status.RECORDED:
        return _recorded(house)
    if status is Status.APPROVED:
        return settled(house)
    if status is Status.DENIED:
        return settled(house, Verb.REJECT)
    if status is Status.CANCELLED:
        proposal = pending(house)
        endings.withdraw(proposal_id=proposal.pk, by=house.agent, reason="not needed", now=house.now)
    elif status is Status.EXPIRED:
        later = house.now + timedelta(hours=1)
        proposal = pending(house, expires_at=later.isoformat())
        endings.expire_due(now=later)
    else:
        proposal = settled(house)
        executed(proposal, house, Disposition.EXECUTION_ERROR)
    return Proposal.objects.get(pk=proposal.pk)


def executed(
    proposal: Proposal, house: House, disposition: Disposition = Disposition.EXECUTED, **details: Any
) -> None:
    """Redeem the proposal's grant and report what became of it."""
    moment = proposal.grant.issued_at + timedelta(seconds=1)
    grants.redeem(
        grant_id=proposal.grant.pk, args_sha256=proposal.grant.args_sha256, by=house.agent, now=moment
    )
    proposal_actions.report_result(
        proposal_id=proposal.pk,
        disposition=disposition,
        occurred_at=moment,
        by=house.agent,
        now=moment,
        **details,
    )


def _recorded(house: House) -> Proposal:
    """A shadow proposal: a second workflow that starts in shadow has the same action."""
    shadow, made = Workflow.objects.get_or_create(
        slug="shadow-orders",
        defaults={
            "name": "Orders in shadow",
            "business_owner": house.olga,
            "process_owner": house.petra,
            "technical_owner": house.tina,
            "governance_lead": house.gina,
            "reviewers": house.team,
            "initial_stage": Stage.SHADOW,
        },
    )
    if made:
        add_reasons(shadow)
        ActionTypeFactory(workflow=shadow, name="cancel_order", title="Cancel an order")
        AgentGrant.objects.create(agent=house.agent, workflow=shadow)
    return pending(house, workflow="shadow-orders")
