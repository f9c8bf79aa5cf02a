"""What a person chooses instead is placed like what was proposed, with the trust of this moment."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.halts import halting
from apps.halts.targets import Target
from apps.intake.endings import expire_due
from apps.proposals.grants import NotRedeemable, redeem
from apps.proposals.models import Grant, Proposal
from apps.proposals.states import DecidedBy, Status
from apps.registry.states import AgentStatus, Stage
from apps.reviews import deciding, policies, settling
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.trust.actions import move_stage
from apps.trust.models import LedgerEntry, Slice
from apps.trust.segment_setup import save_segment
from apps.trust.states import NotEvidence
from tests import factories
from tests.factories import House

LATER = timedelta(minutes=1)
DELETION: dict[str, Any] = {
    "rank": 1,
    "action": {"name": "delete_record", "args": {"order_id": "#W1", "reason": "ordered by mistake"}},
    "summary": "Delete the record",
}


def test_an_alternative_that_weighs_more_needs_the_people_it_would_have_needed(house: House) -> None:
    proposal = factories.pending(house, alternatives=[DELETION])
    assert proposal.task.quorum == 1
    task = factories.claimed(proposal, house.alice, house.now)
    factories.decided(task, house.alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    settling.settle_due(now=house.now + LATER)
    task = Task.objects.get(pk=task.pk)
    assert (task.status, task.quorum) == (TaskStatus.OPEN, 2)
    assert not Grant.objects.exists()


def test_an_edit_over_the_limit_needs_two_people(house: House) -> None:
    schema = dict(house.cancel_order.args_schema)
    schema["properties"] = {
        **schema["properties"],
        "refund": {"type": "number", "minimum": 0, "x-reviewhub-amount": True},
    }
    house.cancel_order.args_schema = schema
    house.cancel_order.amount_limit = Decimal(200)
    house.cancel_order.amount_currency = "EUR"
    house.cancel_order.save()
    proposal = factories.pending(house)
    assert proposal.task.quorum == 1
    task = factories.claimed(proposal, house.alice, house.now)
    factories.decided(task, house.alice, house.now, Verb.EDIT, args={**proposal.args, "refund": 10_000})
    assert Task.objects.get(pk=task.pk).quorum == 2


def test_an_alternative_in_shadow_or_not_offered_any_more_cannot_be_chosen(house: House) -> None:
    proposal = factories.pending(house, alternatives=[DELETION])
    factories.two_person(house)
    Slice.objects.filter(action_type=house.delete_record).update(stage=Stage.SHADOW)
    task = factories.claimed(proposal, house.alice, house.now)
    with pytest.raises(Invalid, match="shadow"):
        factories.decided(task, house.alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    house.delete_record.is_active = False
    house.delete_record.save()
    with pytest.raises(Invalid, match="not offered"):
        factories.decided(task, house.alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)


def test_a_slice_taken_back_to_shadow_denies_what_was_approved_a_moment_before(house: House) -> None:
    proposal = factories.pending(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    move_stage(slice_id=proposal.slice_id, to=Stage.SHADOW, by=house.gina, reason="quality", now=house.now)
    settling.settle_due(now=house.now + LATER)
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert proposal.status == Status.DENIED
    assert proposal.resolution.decided_by_type == DecidedBy.POLICY
    assert not Grant.objects.exists()
    assert LedgerEntry.objects.get().not_counted_because == NotEvidence.POLICY


def test_a_suspended_agent_is_granted_nothing(house: House) -> None:
    proposal = factories.pending(house)
    task = factories.claimed(proposal, house.alice, house.now)
    house.agent.status = AgentStatus.SUSPENDED
    house.agent.save()
    with pytest.raises(Invalid, match="suspended"):
        factories.decided(task, house.alice, house.now)
    factories.decided(task, house.alice, house.now, Verb.REJECT)


def test_nobody_decides_after_the_proposal_expired_or_the_claim_ran_out(house: House) -> None:
    expires_at = house.now + timedelta(minutes=5)
    task = factories.claimed(
        factories.pending(house, expires_at=expires_at.isoformat()), house.alice, house.now
    )
    with pytest.raises(Conflict, match="expired"):
        factories.decided(task, house.alice, expires_at)
    other = factories.claimed(factories.pending(house), house.alice, house.now)
    assert other.lease_expires_at is not None
    with pytest.raises(Conflict, match="do not hold"):
        factories.decided(other, house.alice, other.lease_expires_at)


def test_a_decision_that_takes_effect_after_the_proposal_expired_grants_nothing(house: House) -> None:
    expires_at = house.now + timedelta(minutes=5)
    proposal = factories.pending(house, expires_at=expires_at.isoformat())
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    assert settling.settle_due(now=expires_at) == 0
    assert expire_due(now=expires_at) == 1
    proposal.refresh_from_db()
    assert proposal.status == Status.EXPIRED
    assert not Grant.objects.exists()


def test_whoever_owns_the_agent_now_may_not_decide(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    house.agent.owner = house.alice
    house.agent.save()
    with pytest.raises(NotAllowed, match="own the agent"):
        factories.decided(task, house.alice, house.now)


def test_the_second_learns_nothing_while_the_own_decision_can_still_be_taken_back(house: House) -> None:
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + LATER)
    moment = house.now + LATER
    factories.decided(factories.claimed(proposal, house.bob, moment), house.bob, moment)
    task = Task.objects.get(proposal=proposal)
    with pytest.raises(NotAllowed, match="without knowing"):
        policies.check_see_votes(task, by=house.bob, queues=policies.queue_ids(house.bob))
    policies.check_see_votes(task, by=house.alice, queues=policies.queue_ids(house.alice))
    deciding.undo(task_id=task.pk, by=house.bob, now=moment + timedelta(seconds=1))
    task = Task.objects.get(proposal=proposal)
    with pytest.raises(NotAllowed, match="without knowing"):
        policies.check_see_votes(task, by=house.bob, queues=policies.queue_ids(house.bob))


def test_the_log_says_that_somebody_decided_but_what_only_when_it_takes_effect(house: House) -> None:
    proposal = factories.two_person(house)
    factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, Verb.REJECT
    )
    assert "reject" not in str(Event.objects.get(verb="task.decided").data)
    settling.settle_due(now=house.now + LATER)
    assert Event.objects.get(verb="task.settled").data["decisions"][0]["verb"] == "reject"


def _large_ones_apart(house: House) -> None:
    """Refunds above 100 are a segment of their own."""
    schema = dict(house.cancel_order.args_schema)
    refund = {**schema["properties"]["refund"], "x-reviewhub-amount": True}
    schema["properties"] = {**schema["properties"], "refund": refund}
    house.cancel_order.args_schema, house.cancel_order.amount_currency = schema, "EUR"
    house.cancel_order.save()
    save_segment(
        action_type=house.cancel_order,
        slug="large",
        name="Large ones",
        when="has(args.refund) && args.refund > 100.0",
        by=house.adam,
        now=house.now,
    )


def _edited_to_a_large_one(house: House) -> Grant:
    proposal = factories.pending(house, impact=None)
    task = factories.claimed(proposal, house.alice, house.now)
    factories.decided(
        task,
        house.alice,
        house.now,
        Verb.EDIT,
        args={**proposal.args, "refund": 500},
        reason_code="wrong-facts",
    )
    settling.settle_due(now=house.now + LATER)
    return Grant.objects.get(proposal=proposal)


def _redeemed(house: House, grant: Grant) -> Grant:
    return redeem(
        grant_id=grant.pk,
        args_sha256=grant.args_sha256,
        by=house.agent,
        now=grant.issued_at + timedelta(seconds=1),
    )


def test_the_grant_keeps_the_slice_of_what_was_chosen_also_when_the_agent_never_worked_in_it(
    house: House,
) -> None:
    _large_ones_apart(house)
    grant = _edited_to_a_large_one(house)
    assert grant.chosen_slice == Slice.objects.get(segment="large")
    assert factories.settled(house).grant.chosen_slice is None
    assert _redeemed(house, grant).redeemed_at


def test_a_halt_of_the_slice_of_what_was_chosen_stops_its_grant(house: House) -> None:
    _large_ones_apart(house)
    grant = _edited_to_a_large_one(house)
    large = Slice.objects.get(segment="large")
    halting.halt(target=Target(slice=large), reason="The shop is on fire.", by=house.adam, now=house.now)
    with pytest.raises(NotRedeemable, match="on fire"):
        _redeemed(house, grant)


def test_the_slice_of_a_chosen_alternative_taken_back_stops_its_grant(house: House) -> None:
    kind = house.delete_record
    kind.consequence, kind.reversibility, kind.effects = "moderate", "compensable", []
    kind.save()
    proposal = factories.pending(house, alternatives=[DELETION])
    task = factories.claimed(proposal, house.alice, house.now)
    factories.decided(task, house.alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    settling.settle_due(now=house.now + LATER)
    grant = Grant.objects.get(proposal=proposal)
    chosen = Slice.objects.get(action_type=kind)
    move_stage(slice_id=chosen.pk, to=Stage.SHADOW, by=house.gina, reason="quality", now=house.now)
    with pytest.raises(NotRedeemable, match="taken back"):
        _redeemed(house, grant)
