"""The result of what was granted is waited for, whoever decided and whether or not that was timed."""

from datetime import timedelta
from uuid import uuid4

from apps.proposals.models import Grant, Proposal
from apps.reviews import settling
from apps.routing.states import Verb
from apps.sla.models import ClockCycle
from tests import factories
from tests.factories import House


def _approved(house: House, proposal: Proposal) -> ClockCycle:
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    assert settling.settle_due(now=house.now + timedelta(minutes=1)) == 1
    assert Grant.objects.filter(proposal=proposal).exists()
    return ClockCycle.objects.get(subject_id=proposal.pk, target="result")


def test_the_result_is_timed_by_the_versions_of_the_decision(house: House) -> None:
    proposal = factories.pending(house)
    decide = ClockCycle.objects.get(subject_id=proposal.pk, target="decide")
    result = _approved(house, proposal)
    assert (result.tier, result.policy_version_id, result.calendar_version_id) == (
        decide.tier,
        decide.policy_version_id,
        decide.calendar_version_id,
    )


def test_a_decision_that_was_not_timed_is_granted_and_its_result_timed_by_the_matrix(house: House) -> None:
    """A bulk import or a repaired database may leave a task without its clock: that must not keep it from settling."""
    proposal = factories.pending(house)
    other = factories.pending(house, subject={"kind": "order", "id": "#2"})
    ClockCycle.objects.filter(subject_id=proposal.pk).update(subject_id=uuid4())
    result = _approved(house, proposal)
    timed = ClockCycle.objects.get(subject_id=other.pk, target="decide")
    assert (result.tier, result.policy_version_id) == (timed.tier, timed.policy_version_id)
    assert result.calendar_version_id == timed.calendar_version_id


def test_nothing_is_expected_of_what_was_rejected(house: House) -> None:
    proposal = factories.settled(house, Verb.REJECT)
    assert not ClockCycle.objects.filter(subject_id=proposal.pk, target="result").exists()
