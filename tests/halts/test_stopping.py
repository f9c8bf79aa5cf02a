"""While a halt stands: nothing new at the door, no grant issued, none redeemed, nothing acts; tasks stay."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.halts import standing
from apps.intake import examining, vetoing
from apps.intake.requests import Accepted, Refused
from apps.proposals import examining as ordering
from apps.proposals import grants
from apps.proposals.grants import NotGrantable, NotRedeemable
from apps.proposals.models import Grant, Proposal
from apps.proposals.resource import as_resource, readable
from apps.proposals.states import Purpose, Status, Substatus
from apps.registry import catalogue
from apps.registry.catalogue import current_book
from apps.reviews.choosing import Invalid
from apps.reviews.models import Task
from apps.reviews.settling import settle_due
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.trust.models import Slice
from tests import factories
from tests.factories import House
from tests.halts.conftest import go_on, stop
from tests.together import at_once
from tests.trust import earning


def test_nothing_new_is_taken_in_until_it_is_lifted(house: House, scope: str) -> None:
    halt = stop(house, scope)
    before = Proposal.objects.count()
    answer = factories.send(house)
    assert isinstance(answer, Refused)
    assert (answer.status_code, answer.problem) == (403, "halted")
    assert answer.detail.endswith("is halted: The shop is on fire.")
    assert answer.detail[0].isupper()
    assert Proposal.objects.count() == before
    go_on(house, halt)
    assert isinstance(factories.send(house), Accepted)


def test_what_is_outside_goes_on(house: House) -> None:
    stop(house, "slice")
    other = {"name": "delete_record", "args": {"order_id": "#W9", "reason": "ordered by mistake"}}
    assert isinstance(factories.send(house, action=other), Accepted)
    assert isinstance(factories.send(house), Refused)


def test_no_slice_is_opened_for_what_is_refused(house: House) -> None:
    stop(house, "agent")
    factories.send(house)
    assert not Slice.objects.exists()


def test_approving_is_refused_rejecting_and_doing_nothing_are_not(house: House, scope: str) -> None:
    first, second, third = (factories.pending(house, subject=None) for _number in range(3))
    stop(house, scope)
    task = factories.claimed(first, house.alice, house.now)
    for verb, choice in ((Verb.APPROVE, {}), (Verb.CHOOSE_ALTERNATIVE, {"alternative_rank": 1})):
        with pytest.raises(Invalid, match="The shop is on fire"):
            factories.decided(task, house.alice, house.now, verb, **choice)
    factories.decided(task, house.alice, house.now, Verb.REJECT)
    nothing = factories.claimed(second, house.alice, house.now)
    factories.decided(nothing, house.alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=2)
    settle_due(now=house.now + timedelta(minutes=10))
    assert {Proposal.objects.get(pk=one.pk).status for one in (first, second)} == {
        Status.DENIED,
        Status.APPROVED,
    }
    assert not Grant.objects.exists()
    assert Task.objects.get(proposal=third).status == TaskStatus.OPEN


def test_what_was_approved_and_not_settled_yet_is_denied_to_be_tried_later(house: House, scope: str) -> None:
    proposal = factories.pending(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    stop(house, scope)
    settle_due(now=house.now + timedelta(minutes=10))
    proposal.refresh_from_db()
    assert (proposal.status, proposal.resolution.retry) == (Status.DENIED, "later")
    assert "The shop is on fire" in proposal.resolution.message
    assert not Grant.objects.exists()


def test_an_alternative_is_stopped_with_its_own_slice(house: House) -> None:
    other = {"name": "delete_record", "args": {"order_id": "#W9", "reason": "ordered by mistake"}}
    alternatives = [
        {
            "rank": 1,
            "action": {"name": "cancel_order", "args": {"order_id": "#W9", "reason": "no longer needed"}},
            "summary": "Cancel it",
        }
    ]
    proposal = factories.pending(house, action=other, alternatives=alternatives)
    stop(house, "slice")
    task = factories.claimed(proposal, house.alice, house.now)
    with pytest.raises(Invalid, match="The shop is on fire"):
        factories.decided(task, house.alice, house.now, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    assert factories.decided(task, house.alice, house.now, Verb.APPROVE)


def test_the_one_gate_asks_itself(house: House, scope: str) -> None:
    proposal = factories.settled(house)
    stop(house, scope)
    with pytest.raises(NotGrantable, match="The shop is on fire"):
        grants.issue(proposal=proposal, resolution=proposal.resolution, now=house.now)


def test_what_was_granted_is_not_redeemed_until_it_is_lifted(house: House, scope: str) -> None:
    grant = factories.settled(house).grant
    halt = stop(house, scope)
    words: dict[str, Any] = {"grant_id": grant.pk, "args_sha256": grant.args_sha256, "by": house.agent}
    now = grant.issued_at + timedelta(seconds=1)
    with pytest.raises(NotRedeemable, match="The shop is on fire"):
        grants.redeem(**words, now=now)
    go_on(house, halt)
    assert grants.redeem(**words, now=now).redeemed_at == now


@pytest.fixture
def waiting(house: House, monkeypatch: Any) -> Proposal:
    """An action in its veto window."""
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(house)
    now = timezone.now()
    factories.pending(house, now, confidence=0.99, subject=None)
    return factories.pending(house, now, confidence=0.99, subject=None)


def test_what_waits_in_its_veto_window_comes_before_a_person(
    house: House, waiting: Proposal, scope: str
) -> None:
    stop(house, scope)
    told = [reason["code"] for reason in as_resource(readable().get(pk=waiting.pk))["reasons"]]
    assert "goes_to_person" in told
    assert waiting.veto_until is not None
    assert vetoing.close_windows(now=waiting.veto_until) == 1
    waiting.refresh_from_db()
    assert (waiting.status, waiting.substatus) == (Status.PENDING, Substatus.QUEUED)
    assert Task.objects.get(proposal=waiting).status == TaskStatus.OPEN
    assert not Grant.objects.filter(proposal=waiting).exists()


def test_lifted_in_time_it_acts(house: House, waiting: Proposal) -> None:
    go_on(house, stop(house))
    assert waiting.veto_until is not None
    assert vetoing.close_windows(now=waiting.veto_until) == 1
    assert Grant.objects.filter(proposal=waiting).exists()


def test_a_copy_cannot_be_told_by_what_a_halt_lets_through(house: House) -> None:
    original = factories.settled(house)
    later = house.now + timedelta(minutes=10)
    ordering.order(original=original, purpose=Purpose.AUDIT, excluded=[house.alice.pk], now=later)
    assert examining.open_ordered(now=later) == 1
    copy = Proposal.objects.get(is_copy=True)
    halt = stop(house)
    task = factories.claimed(copy, house.bob, later)
    with pytest.raises(Invalid, match="The shop is on fire"):
        factories.decided(task, house.bob, later)
    go_on(house, halt)
    assert factories.decided(task, house.bob, later)


def test_asking_costs_no_query_while_nothing_changes(house: House, django_assert_num_queries: Any) -> None:
    stop(house, "workflow")
    book = current_book()
    with django_assert_num_queries(1):
        standing.halts_in(book)
    with django_assert_num_queries(0):
        assert standing.halts_in(book).workflows.keys() == {house.workflow.pk}


@pytest.mark.django_db(transaction=True)
def test_what_a_process_had_kept_is_old_from_the_commit_on(live_house: House) -> None:
    assert isinstance(factories.send(live_house), Accepted)
    kept = catalogue.book_in_use()
    assert not standing.halts_in(kept).everything
    # In another connection, as in another process.
    (halt,) = at_once([lambda: stop(live_house)])
    assert not isinstance(halt, Exception), halt
    assert isinstance(factories.send(live_house), Refused)
    assert catalogue.book_in_use() is not kept
