"""What answer a proposal may get, the database knows too: whatever door it comes through."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.proposals.digests import action_sha256
from apps.proposals.models import Proposal, Resolution
from apps.proposals.states import DecidedBy
from apps.registry.states import Consequence, Reversibility
from apps.reviews import settling
from apps.reviews.models import Task
from apps.routing.states import Route, Verb
from tests import factories
from tests.factories import House
from tests.trust import earning

OTHER = {"order_id": "#W2", "reason": "no longer needed"}
BY_POLICY = "a policy approves only what was routed to act"
BY_PEOPLE = "exactly what enough decisions on its task chose"


def answered(proposal: Proposal, house: House, **changes: Any) -> Resolution:
    """An approval by a person of exactly what was proposed, written past every verb."""
    values: dict[str, Any] = {
        "verb": Verb.APPROVE,
        "action_name": proposal.action_type.name,
        "args": proposal.args,
        "args_sha256": proposal.args_sha256,
        "decided_by_type": DecidedBy.HUMAN,
        "decided_by": "Alice",
        "decided_at": house.now,
        "settled_at": house.now,
    }
    return Resolution.objects.create(proposal=proposal, **values | changes)


def refused(why: str, proposal: Proposal, house: House, **changes: Any) -> None:
    """Check that the database says no, and why."""
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        answered(proposal, house, **changes)


def decided(proposal: Proposal, house: House, verb: Verb = Verb.APPROVE, **choice: Any) -> Task:
    """Alice decided on it; her time to take it back is open."""
    return factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, verb, **choice
    ).task


@pytest.fixture
def to_act(house: House, monkeypatch: pytest.MonkeyPatch) -> Proposal:
    """Routed to act, and in its veto window."""
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    house.cancel_order.consequence = Consequence.MODERATE
    house.cancel_order.reversibility = Reversibility.COMPENSABLE
    house.cancel_order.save()
    earning.supervised(house)
    factories.pending(house, confidence=0.99, subject=None, impact=None)
    proposal = factories.pending(house, confidence=0.99, subject=None)
    assert proposal.route == Route.ACT
    return proposal


def test_a_policy_approves_what_was_routed_to_act_exactly_as_proposed(house: House, to_act: Proposal) -> None:
    policy = {"decided_by_type": DecidedBy.POLICY, "decided_by": ""}
    changed = {"args": OTHER, "args_sha256": action_sha256("cancel_order", OTHER)}
    refused(BY_POLICY, to_act, house, **policy, **changed)
    refused(BY_POLICY, to_act, house, **policy, **changed, verb=Verb.EDIT)
    assert answered(to_act, house, **policy).pk


@pytest.mark.parametrize("consequence", [None, "critical"])
def test_a_policy_never_approves_what_a_person_has_to_decide(house: House, consequence: str | None) -> None:
    proposal = factories.pending(house, consequence=consequence)
    refused(BY_POLICY, proposal, house, decided_by_type=DecidedBy.POLICY, decided_by="")
    assert answered(
        proposal,
        house,
        verb=Verb.REJECT,
        action_name="",
        args=None,
        args_sha256="",
        decided_by_type=DecidedBy.POLICY,
        decided_by="",
    ).pk


@pytest.mark.parametrize(
    ("consequence", "reversibility"), [("critical", "reversible"), ("high", "irreversible")]
)
def test_a_policy_never_approves_what_may_never_act_even_if_it_was_routed_so(
    house: House, to_act: Proposal, consequence: str, reversibility: str
) -> None:
    forged = Proposal.objects.get(pk=to_act.pk)
    forged.pk = None
    forged.external_id = "forged"
    forged.consequence, forged.reversibility = consequence, reversibility
    forged.save(force_insert=True)
    refused(BY_POLICY, forged, house, decided_by_type=DecidedBy.POLICY, decided_by="")


def test_nobody_approves_what_no_decision_chose(house: House, to_act: Proposal) -> None:
    refused(BY_PEOPLE, to_act, house)
    refused(BY_PEOPLE, factories.pending(house), house)


def test_an_answer_is_exactly_what_was_decided(house: House) -> None:
    proposal = factories.pending(house)
    decided(proposal, house)
    sha256 = action_sha256("cancel_order", OTHER)
    refused(BY_PEOPLE, proposal, house, args=OTHER, args_sha256=sha256)
    refused(BY_PEOPLE, proposal, house, verb=Verb.EDIT, args=OTHER, args_sha256=sha256)
    refused(BY_PEOPLE, proposal, house, action_name="delete_record")
    refused(BY_PEOPLE, proposal, house, verb=Verb.REJECT, action_name="", args=None, args_sha256="")
    assert answered(proposal, house).pk


def test_an_edit_is_answered_as_edited_and_a_chosen_alternative_as_chosen(house: House) -> None:
    edited = {"order_id": "#W1", "reason": "ordered by mistake"}
    for verb, choice in ((Verb.EDIT, {"args": edited}), (Verb.CHOOSE_ALTERNATIVE, {"alternative_rank": 1})):
        proposal = factories.pending(house)
        decided(proposal, house, verb, **choice)
        refused(BY_PEOPLE, proposal, house)
        settling.settle_due(now=house.now + timedelta(minutes=1))
        assert Resolution.objects.get(proposal=proposal).args == edited


def test_a_decision_taken_back_answers_nothing(house: House) -> None:
    proposal = factories.pending(house)
    decided(proposal, house).decisions.update(undone_at=house.now)
    refused(BY_PEOPLE, proposal, house)


def test_one_of_two_people_answers_nothing(house: House) -> None:
    proposal = factories.two_person(house)
    decided(proposal, house)
    refused(BY_PEOPLE, proposal, house)
