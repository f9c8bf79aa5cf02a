"""From a request to a queue: what is stored, what is refused, and that a repeat has the effect of one."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.delivery.models import OutboxEvent
from apps.intake.actions import submit
from apps.intake.forgetting import forget_idempotency_keys
from apps.intake.models import IdempotencyKey
from apps.intake.requests import Accepted, Refused
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.registry.models import AgentGrant, AgentVersion
from apps.registry.scopes import AgentScope, stored
from apps.registry.states import AgentStatus, Stage
from apps.reviews.models import Queue, Task
from apps.sla.models import ClockCycle
from apps.trust.models import Slice
from tests import factories
from tests.factories import House, proposal_body, submission
from tests.together import at_once


def codes(answer: object) -> set[str]:
    assert isinstance(answer, Accepted), answer
    return {reason["code"] for reason in answer.resource["reasons"]}


def test_a_proposal_lands_in_the_queue_of_its_consequence_with_its_clocks_running(house: House) -> None:
    proposal = factories.pending(house)
    task = Task.objects.get(proposal=proposal)
    assert task.queue.slug == "standard"
    assert proposal.due_at == task.due_at == house.now + timedelta(hours=4)
    assert task.claim_due_at == house.now + timedelta(minutes=30)
    running = ClockCycle.objects.filter(subject_id=proposal.pk, status="running")
    assert set(running.values_list("target", flat=True)) == {"claim", "decide"}
    assert Event.objects.filter(proposal_id=proposal.pk, verb="proposal.received").count() == 1
    assert OutboxEvent.objects.get().type == "reviewhub.proposal.queued.v1"


def test_a_shadow_proposal_is_recorded_and_nobody_is_asked(house: House) -> None:
    proposal = factories.proposal_at(house, Status.RECORDED)
    assert proposal.stage == Stage.SHADOW
    assert not Task.objects.exists()
    assert OutboxEvent.objects.get().type == "reviewhub.shadow.recorded.v1"


def test_the_ceiling_of_the_matrix_wins_over_what_the_slice_has(house: House) -> None:
    factories.publish_matrix(house.now, ceiling=Stage.SHADOW)
    answer = factories.send(house)
    assert codes(answer) >= {"ceiling", "stage_shadow"}
    assert Proposal.objects.get().status == Status.RECORDED


def test_novelty_is_told_once_for_a_value_and_once_for_a_pair(house: House) -> None:
    def sent(reason: str) -> set[str]:
        return codes(
            factories.send(
                house, action={"name": "cancel_order", "args": {"order_id": "#1", "reason": reason}}
            )
        )

    assert "never_seen" in sent("no longer needed")
    assert "never_seen" not in sent("no longer needed")
    assert "never_seen" in sent("ordered by mistake")


def test_another_open_proposal_on_the_same_subject_is_told_also_within_one_batch(house: House) -> None:
    first, second = submit(agent=house.agent, submissions=[submission(), submission()], now=house.now)
    assert "open_on_subject" not in codes(first)
    assert "open_on_subject" in codes(second)
    assert "open_on_subject" in codes(factories.send(house))


def test_an_amount_over_the_limit_needs_two_people(house: House) -> None:
    house.cancel_order.amount_limit = Decimal(100)
    house.cancel_order.amount_currency = "EUR"
    house.cancel_order.save()
    assert factories.pending(house).task.quorum == 2
    assert factories.pending(house, impact={"amount": "99", "currency": "EUR"}).task.quorum == 1


def test_one_bad_item_does_not_spoil_the_others_and_leaves_a_trace(house: House) -> None:
    bodies = [
        proposal_body(),
        proposal_body(workflow="elsewhere"),
        proposal_body(action={"name": "launch_rocket", "args": {}}),
        proposal_body(action={"name": "cancel_order", "args": {"order_id": 5}}),
        proposal_body(agent_version="f" * 64),
        proposal_body(expires_at=(house.now - timedelta(seconds=1)).isoformat()),
        proposal_body(),
    ]
    answers = submit(agent=house.agent, submissions=[submission(body) for body in bodies], now=house.now)
    problems = [answer.problem if isinstance(answer, Refused) else "" for answer in answers]
    assert problems == [
        "",
        "workflow-not-granted",
        "action-not-granted",
        "invalid-arguments",
        "unknown-version",
        "invalid-request",
        "",
    ]
    assert Proposal.objects.count() == Task.objects.count() == 2
    assert Event.objects.filter(verb="proposal.refused").count() == 5


def test_an_alternative_must_be_as_allowed_as_the_action_itself(house: House) -> None:
    answer = factories.send(house, alternatives=[{"rank": 1, "action": {"name": "cancel_order", "args": {}}}])
    assert isinstance(answer, Refused)
    assert answer.errors[0]["loc"][:3] == ["alternatives", 0, "action"]


def test_a_grant_that_names_actions_covers_only_those(house: House) -> None:
    AgentGrant.objects.update(scopes=stored([AgentScope(("delete_record",))]))
    answer = factories.send(house)
    assert isinstance(answer, Refused)
    assert answer.problem == "action-not-granted"


def test_a_suspended_agent_is_refused_but_still_gets_its_stored_answers(house: House) -> None:
    kept = submission()
    (first,) = submit(agent=house.agent, submissions=[kept], now=house.now)
    house.agent.status = AgentStatus.SUSPENDED
    house.agent.save()
    again, new = submit(agent=house.agent, submissions=[kept, submission()], now=house.now)
    assert isinstance(again, Accepted)
    assert isinstance(first, Accepted)
    assert again.is_replay
    assert again.resource == first.resource
    assert isinstance(new, Refused)
    assert new.problem == "agent-suspended"


def test_a_suspended_slice_refuses(house: House) -> None:
    factories.pending(house)
    Slice.objects.update(stage=Stage.SUSPENDED)
    answer = factories.send(house)
    assert isinstance(answer, Refused)
    assert answer.problem == "slice-suspended"


def test_the_same_key_with_another_body_is_a_conflict_and_with_the_same_a_replay(house: House) -> None:
    body = proposal_body()
    one, two, three = submit(
        agent=house.agent,
        submissions=[submission(body, "k"), submission(body, "k"), submission(proposal_body(), "k")],
        now=house.now,
    )
    assert isinstance(one, Accepted)
    assert isinstance(two, Accepted)
    assert two.is_replay
    assert isinstance(three, Refused)
    assert three.problem == "idempotency-conflict"
    assert Proposal.objects.count() == 1


def test_an_external_id_belongs_to_one_proposal(house: House) -> None:
    body = proposal_body()
    first, second = submit(agent=house.agent, submissions=[submission(body), submission(body)], now=house.now)
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert second.problem == "external-id-taken"
    assert isinstance(submit(agent=house.agent, submissions=[submission(body)], now=house.now)[0], Refused)


def test_a_missing_queue_refuses_instead_of_losing_the_proposal(house: House) -> None:
    factories.publish_matrix(house.now, queue="no-such-queue")
    answer = factories.send(house)
    assert isinstance(answer, Refused)
    assert (answer.status_code, answer.problem) == (503, "not-configured")
    assert not Proposal.objects.exists()


def test_a_new_description_of_the_agent_is_a_new_version(house: House) -> None:
    factories.pending(house)
    factories.pending(house)
    factories.pending(house, agent_version={"model": "m-2"})
    assert AgentVersion.objects.count() == 2


def test_a_thousand_take_as_many_statements_as_thirty(house: House) -> None:
    def statements(number: int) -> int:
        batch = [submission() for _each in range(number)]
        with CaptureQueriesContext(connection) as captured:
            submit(agent=house.agent, submissions=batch, now=house.now)
        return len(captured)

    statements(30)
    assert statements(300) == statements(30) <= 36


def test_keys_are_forgotten_a_day_after_their_proposal_ended(house: House) -> None:
    factories.settled(house)
    factories.pending(house)
    ended = house.now + timedelta(minutes=10)
    assert forget_idempotency_keys(now=ended + timedelta(hours=24)) == 0
    assert forget_idempotency_keys(now=ended + timedelta(hours=24, seconds=1)) == 1
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_moment_has_the_effect_of_one(live_house: House) -> None:
    house = live_house
    one = submission()
    answers = at_once([partial(submit, agent=house.agent, submissions=[one], now=house.now)] * 6)
    accepted = [answer[0] for answer in answers if isinstance(answer, list)]
    assert len(accepted) == 6
    assert all(isinstance(answer, Accepted) for answer in accepted)
    assert Proposal.objects.count() == IdempotencyKey.objects.count() == Task.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_new_slices_and_versions_are_made_once_when_many_arrive_together(live_house: House) -> None:
    house = live_house
    acts = [
        partial(submit, agent=house.agent, submissions=[submission()], now=house.now) for _each in range(6)
    ]
    answers = at_once(acts)
    assert all(isinstance(answer, list) and isinstance(answer[0], Accepted) for answer in answers), answers
    assert Slice.objects.count() == AgentVersion.objects.count() == 1
    assert Queue.objects.get(slug="standard").tasks.count() == 6


@pytest.mark.parametrize("offset", ["+16:00", "-23:59", "+00:00"])
def test_a_moment_of_any_zone_is_kept(house: House, offset: str) -> None:
    proposal = factories.pending(house, expires_at=f"2026-12-01T12:00:00{offset}")
    assert proposal.expires_at is not None
    assert proposal.expires_at.utcoffset() == timedelta()


def test_the_same_batch_at_once_has_the_effect_of_one(live_house: House) -> None:
    """So many rows go in by COPY, whose errors are errors of the database like any other."""
    batch = [submission(proposal_body(external_id=f"call-{n}"), key=f"key-{n}") for n in range(40)]
    answers = at_once([partial(submit, agent=live_house.agent, submissions=batch, now=live_house.now)] * 4)
    for answered in answers:
        assert not isinstance(answered, Exception), answered
        assert all(isinstance(one, Accepted) for one in answered)
    assert Proposal.objects.count() == Task.objects.count() == 40
