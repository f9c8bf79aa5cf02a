"""What admins' rules do to proposals as they come in, through the real intake."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.escalation.models import Incident
from apps.intake.preparation import prepare
from apps.intake.requests import Refused
from apps.intake.ruling import LATELY, circumstances
from apps.proposals.models import Proposal
from apps.proposals.ruling import circumstances_of
from apps.proposals.states import Status
from apps.registry.models import AgentGrant
from apps.registry.queries import load_catalogue
from apps.registry.states import Consequence
from apps.reviews import settling
from apps.reviews.choosing import Invalid
from apps.reviews.models import Decision, Queue, QueueVisit, Task
from apps.reviews.states import TaskStatus
from apps.routing.actions import publish_policy
from apps.routing.models import PolicyRule
from apps.routing.rules.expressions import BadExpression
from apps.routing.states import Verb
from tests import factories
from tests.factories import House

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def publish(house: House, *rules: tuple[str, dict[str, object]]) -> None:
    rows = [
        PolicyRule(slug=f"rule-{at}", title=f"Rule {at}", when=when, effects=effects)
        for at, (when, effects) in enumerate(rules, 1)
    ]
    publish_policy(
        workflow=house.workflow,
        cells=factories.matrix_cells(),
        rules=rows,
        reason="for a test",
        by=None,
        now=house.now,
    )


def codes(proposal: Proposal) -> set[str]:
    return {reason["code"] for reason in proposal.assessment.reasons}


def test_a_rule_sends_it_to_another_queue_and_two_people(house: House) -> None:
    publish(house, ("impact.amount > 100", {"queue": "senior", "second_approver": True, "blind": True}))
    proposal = factories.pending(house)
    task = proposal.task
    assert (task.queue.slug, task.quorum, task.is_blind_first) == ("senior", 2, True)
    assert {"rule_queue", "rule_second_approver", "rule_blind"} <= codes(proposal)
    assert proposal.assessment.policy_version.workflow == house.workflow


def test_a_rule_that_does_not_hold_changes_nothing(house: House) -> None:
    publish(house, ("impact.amount > 1000", {"queue": "senior", "second_approver": True}))
    task = factories.pending(house).task
    assert (task.queue.slug, task.quorum) == ("standard", 1)


def test_a_raised_action_stands_higher_in_the_matrix(house: House) -> None:
    publish(house, ("args.order_id == '#W1'", {"consequence": "critical"}))
    proposal = factories.pending(house)
    assert proposal.consequence == Consequence.CRITICAL
    assert proposal.task.queue.slug == "critical"


def test_a_refused_proposal_is_not_stored_and_the_agent_reads_why(house: House) -> None:
    publish(house, ("calendar.weekday == 'tuesday'", {"refuse": "Not on Tuesdays: wait until tomorrow."}))
    answer = factories.send(house)
    assert isinstance(answer, Refused)
    assert (answer.status_code, answer.problem) == (403, "refused-by-rule")
    assert answer.detail == "Rule “Rule 1”: Not on Tuesdays: wait until tomorrow."
    assert not Proposal.objects.exists()


def test_a_rule_that_fails_brings_it_to_a_person_and_opens_one_incident(house: House) -> None:
    publish(house, ("args.nothing == 1", {"blind": True}))
    first, second = factories.pending(house), factories.pending(house)
    assert "rule_failed" in codes(first) & codes(second)
    incident = Incident.objects.get()
    assert incident.kind == "rule_failed"
    assert "Rule 1" in incident.text
    assert "There is no argument nothing" in incident.text


def test_corroboration_needs_another_agent_with_the_same_action_on_the_same_subject(house: House) -> None:
    publish(house, ("true", {"corroborated": True}))
    alone = factories.pending(house)
    again = factories.pending(house)
    assert "rule_uncorroborated" in codes(alone) & codes(again)
    other = replace(house, agent=factories.AgentFactory(slug="checker", owner=house.petra))
    AgentGrant.objects.create(agent=other.agent, workflow=house.workflow)
    assert "rule_corroborated" in codes(factories.pending(other))
    changed = {"name": "cancel_order", "args": {"order_id": "#W1", "reason": "ordered by mistake"}}
    assert "rule_uncorroborated" in codes(factories.pending(other, action=changed))
    assert "rule_uncorroborated" in codes(factories.pending(other, subject={"kind": "order", "id": "#W2"}))
    assert "rule_uncorroborated" in codes(factories.pending(other, subject=None))
    later = house.now + LATELY + timedelta(minutes=1)
    assert "rule_uncorroborated" in codes(factories.pending(other, later))


def test_what_a_rule_hides_stands_nowhere_outside(house: House) -> None:
    publish(house, ("true", {"mask": ["order_id"]}))
    proposal = factories.pending(house)
    assert "#W1" not in proposal.summary
    assert "#W1" not in proposal.subject_id
    assert proposal.sent_summary.startswith("Cancel order #W1")
    assert proposal.masked == ["order_id"]


def test_compliance_decides_second_and_alone(house: House, alice: User, bob: User) -> None:
    legal = Queue.objects.get(slug="critical")
    publish(house, ("true", {"compliance": "critical"}))
    proposal = factories.pending(house)
    task = proposal.task
    assert (task.queue.slug, task.quorum, task.second_queue) == ("standard", 2, legal)
    factories.decided(factories.claimed(proposal, alice, house.now), alice, house.now)
    settling.settle_due(now=house.now + MINUTE)
    task = Task.objects.get()
    assert (task.status, task.queue, task.also_in) == (TaskStatus.OPEN, legal, [])
    visits = QueueVisit.objects.order_by("entered_at", "pk").values_list("queue__slug", "left_at")
    assert list(visits) == [("standard", house.now + MINUTE), ("critical", None)]
    factories.decided(factories.claimed(proposal, bob, house.now + MINUTE), bob, house.now + MINUTE)
    settling.settle_due(now=house.now + 2 * MINUTE)
    assert Task.objects.get().status == TaskStatus.DONE
    assert Proposal.objects.get().status == Status.APPROVED


def test_what_a_person_changes_is_asked_again(house: House, alice: User) -> None:
    publish(house, ("args.reason == 'ordered by mistake'", {"second_approver": True}))
    proposal = factories.pending(house)
    assert proposal.task.quorum == 1
    task = factories.claimed(proposal, alice, house.now)
    factories.decided(task, alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    assert Task.objects.get().quorum == 2


def test_what_a_rule_refuses_no_person_can_choose_instead(house: House, alice: User) -> None:
    publish(house, ("args.reason == 'ordered by mistake'", {"refuse": "Ask the shop."}))
    task = factories.claimed(factories.pending(house), alice, house.now)
    with pytest.raises(Invalid, match="Ask the shop"):
        factories.decided(task, alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    assert not Decision.objects.exists()


def test_a_condition_that_cannot_be_used_is_not_published(house: House) -> None:
    with pytest.raises(BadExpression):
        publish(house, ("impact.amont > 1", {"review": True}))


def test_what_rules_may_ask_is_gathered_again_from_what_is_stored(house: House) -> None:
    publish(house, ("true", {"mask": ["order_id"]}))
    impact = {"amount": "129.90", "currency": "EUR", "affected": 3, "systems": ["shop"]}
    run = {"id": "run-1", "step": 2, "cost": "0.250000", "tokens": 9, "duration_ms": 90_000}
    body = factories.proposal_body(impact=impact, run=run)
    given = prepare(factories.submission(body), load_catalogue(house.agent), house.now)
    factories.pending(house, **body)
    proposal = Proposal.objects.select_related("action_type", "agent", "agent_version").get()
    stored = circumstances_of(proposal, alternatives=proposal.alternatives.count())
    assert stored == circumstances(given, house.agent, proposal.agent_version)
