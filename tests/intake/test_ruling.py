"""What admins' rules do to proposals as they come in, through the real intake."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed, allows
from apps.escalation.models import Incident
from apps.intake.actions import submit
from apps.intake.preparation import prepare
from apps.intake.requests import Accepted, Refused
from apps.intake.ruling import LATELY, circumstances
from apps.proposals.models import Proposal
from apps.proposals.ruling import circumstances_of
from apps.proposals.states import Status
from apps.registry.models import AgentGrant
from apps.registry.queries import load_catalogue
from apps.registry.states import Consequence, Stage
from apps.reviews import moving, policies, settling
from apps.reviews.choosing import Invalid
from apps.reviews.models import Decision, Queue, QueueVisit, Task
from apps.reviews.states import TaskStatus
from apps.routing.actions import publish_policy
from apps.routing.models import PolicyRule
from apps.routing.rules.expressions import BadExpression
from apps.routing.states import Route, Verb
from apps.trust.actions import open_slice
from apps.trust.models import Slice
from apps.trust.segment_setup import save_segment
from tests import factories
from tests.factories import House
from tests.trust import earning

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


def test_what_a_rule_hides_is_the_same_subject_all_the_same(house: House) -> None:
    publish(house, ("true", {"mask": ["order_id"]}))
    first = factories.pending(house)
    second = factories.pending(house)
    assert "open_on_subject" in codes(second)
    assert Task.objects.get(proposal=first).together == Task.objects.get(proposal=second).together is not None
    newer = factories.pending(house, supersedes=second.external_id)
    assert newer.supersedes == second


def test_another_agent_is_found_whether_its_proposal_was_hidden_or_not(house: House) -> None:
    factories.pending(house)
    publish(house, ("true", {"mask": ["order_id"], "corroborated": True}))
    other = replace(house, agent=factories.AgentFactory(slug="checker", owner=house.petra))
    AgentGrant.objects.create(agent=other.agent, workflow=house.workflow)
    assert "rule_corroborated" in codes(factories.pending(other))
    assert "rule_corroborated" in codes(factories.pending(house))


def test_what_a_rule_refuses_takes_nothings_place_for_the_next_one(house: House) -> None:
    first = factories.pending(house)
    publish(house, ("args.reason == 'ordered by mistake'", {"refuse": "No."}))
    mistake = {"name": "cancel_order", "args": {"order_id": "#W1", "reason": "ordered by mistake"}}
    bodies = [
        factories.proposal_body(action=mistake, supersedes=first.external_id),
        factories.proposal_body(),
    ]
    refused, accepted = submit(
        agent=house.agent, submissions=[factories.submission(body) for body in bodies], now=house.now
    )
    assert isinstance(refused, Refused)
    assert isinstance(accepted, Accepted)
    assert "open_on_subject" in codes(Proposal.objects.get(pk=accepted.resource["id"]))


def test_of_two_about_one_subject_in_a_batch_only_one_may_act(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(house)
    body = factories.proposal_body(confidence=0.99)
    factories.send(house, **body)
    bodies = [
        factories.proposal_body(confidence=0.99, subject={"kind": "order", "id": "#W0"}) for _n in range(2)
    ]
    submit(agent=house.agent, submissions=[factories.submission(one) for one in bodies], now=house.now)
    found = Proposal.objects.filter(subject_id="#W0").order_by("pk").values_list("route", flat=True)
    assert list(found) == [Route.ACT, Route.REVIEW]


def test_compliance_cannot_be_moved_away_from(house: House, alice: User, bob: User) -> None:
    publish(house, ("true", {"compliance": "critical"}))
    proposal = factories.pending(house)
    factories.decided(factories.claimed(proposal, alice, house.now), alice, house.now)
    settling.settle_due(now=house.now + MINUTE)
    task = Task.objects.get()
    assert not moving.reassign(task_id=task.pk, queue=house.queues["standard"], now=house.now + MINUTE)
    assert not moving.widen(task_id=task.pk, queue=house.queues["standard"], now=house.now + MINUTE)
    outsider = {house.queues["standard"].pk}
    assert not allows(policies.check_fits, task, by=bob, queues=outsider)
    assert allows(policies.check_fits, task, by=bob, queues={house.queues["critical"].pk})
    with pytest.raises(NotAllowed, match="of this queue"):
        moving.reassign(
            task_id=task.pk, queue=house.queues["standard"], now=house.now + MINUTE, by=house.adam
        )


def test_compliance_is_asked_for_what_a_person_chose_instead(house: House, alice: User) -> None:
    publish(house, ("args.reason == 'ordered by mistake'", {"compliance": "critical"}))
    task = factories.claimed(factories.pending(house), alice, house.now)
    factories.decided(task, alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    settling.settle_due(now=house.now + MINUTE)
    task = Task.objects.get()
    assert (task.quorum, task.queue.slug, task.status) == (2, "critical", TaskStatus.OPEN)


def test_what_a_person_chooses_instead_is_of_its_own_segment(house: House, alice: User) -> None:
    save_segment(
        action_type=house.cancel_order,
        slug="mistakes",
        name="Mistakes",
        when="args.reason == 'ordered by mistake'",
        by=None,
        now=house.now,
    )
    task = factories.claimed(factories.pending(house), alice, house.now)
    open_slice(action_type=house.cancel_order, agent=house.agent, segment="mistakes", now=house.now)
    Slice.objects.filter(segment="mistakes").update(stage=Stage.SHADOW)
    with pytest.raises(Invalid, match="in shadow"):
        factories.decided(task, alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)


def test_the_second_of_a_batch_is_not_new_any_more_but_what_is_refused_leaves_no_trace(house: House) -> None:
    publish(house, ("proposal.confidence < 0.1", {"refuse": "Too unsure."}))
    bodies = [factories.proposal_body(confidence=sure, subject=None) for sure in (0.05, 0.9, 0.9)]
    _refused, first, second = submit(
        agent=house.agent, submissions=[factories.submission(body) for body in bodies], now=house.now
    )
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert "never_seen" in codes(Proposal.objects.get(pk=first.resource["id"]))
    assert "never_seen" not in codes(Proposal.objects.get(pk=second.resource["id"]))
