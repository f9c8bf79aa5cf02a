"""Blind first: the pick comes before the decision, stays what it was, and is what counts as evidence."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.audit.sentences import SENTENCES
from apps.delivery.models import Notification
from apps.intake import endings, examining
from apps.proposals.examining import order
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Purpose, Status
from apps.reviews import asking, bulk, claiming, deciding, delegating, picking, policies, returning, settling
from apps.reviews.caution import check_in_bulk
from apps.reviews.choosing import Choice, Conflict, Invalid
from apps.reviews.figures import CameRound, own_figures, queue_figures
from apps.reviews.models import BlindPick, Decision, Task
from apps.reviews.offering import ELSE, NOTHING
from apps.reviews.picking import Picked
from apps.reviews.states import PickKind, TaskStatus
from apps.routing.states import BlindFirst, Verb
from apps.trust.models import LedgerEntry, Slice
from apps.trust.states import Divergence, NotEvidence
from tests import factories
from tests.factories import House
from tests.together import at_once
from tests.trust import earning

LATER = timedelta(minutes=1)


@pytest.fixture
def blind(house: House) -> House:
    """Everything is decided blind first."""
    factories.publish_matrix(house.now, blind_first=[BlindFirst.REVIEWS.value])
    return house


@pytest.fixture
def task(blind: House) -> Task:
    """Alice's task: cancel an order; an alternative is to cancel it for another reason."""
    return factories.claimed(factories.pending(blind), blind.alice, blind.now)


def _approve(task: Task, house: House, **changes: object) -> Decision:
    assert task.lease_token is not None
    values = {"task_id": task.pk, "by": house.alice, "lease_token": task.lease_token, "version": task.version}
    choice = Choice(verb=Verb.APPROVE, seen_sha256=task.proposal.args_sha256, typed="#W1")
    return deciding.decide(**{**values, "choice": choice, "now": house.now, **changes})  # type: ignore[arg-type]


def _other(task: Task) -> str:
    """The digest of the agent's alternative."""
    return str(task.proposal.alternatives.get(rank=1).args_sha256)


def _settle(house: House, after: timedelta = LATER) -> None:
    settling.settle_due(now=house.now + after)


def test_only_tasks_of_cells_that_say_so_ask_for_a_pick(house: House) -> None:
    assert not factories.pending(house).task.is_blind_first
    factories.publish_matrix(house.now, blind_first=[BlindFirst.REVIEWS.value])
    assert factories.pending(house).task.is_blind_first


def test_deciding_without_a_pick_is_refused_by_the_verb(blind: House, task: Task) -> None:
    with pytest.raises(NotAllowed, match="Say first what you would do yourself"):
        _approve(task, blind)
    assert not Decision.objects.exists()


def test_and_by_the_database(blind: House, task: Task) -> None:
    bob = factories.claimed(factories.pending(blind), blind.bob, blind.now)
    foreign = factories.picked(bob, blind.bob, blind.now)
    for pick in (None, foreign):
        with pytest.raises(DatabaseError, match="before one decides"), transaction.atomic():
            Decision.objects.create(
                task=task,
                round=1,
                role="first",
                by=blind.alice,
                verb=Verb.APPROVE,
                action_name="cancel_order",
                args=task.proposal.args,
                args_sha256=task.proposal.args_sha256,
                seen_sha256=task.proposal.args_sha256,
                pick=pick,
                claimed_at=blind.now,
                decided_at=blind.now,
            )


def test_the_decision_names_the_pick_of_its_maker(blind: House, task: Task) -> None:
    pick = factories.picked(task, blind.alice, blind.now)
    decision = _approve(task, blind)
    assert decision.pick == pick
    assert (pick.kind, pick.args_sha256, pick.is_as_proposed) == (
        PickKind.ACTION,
        task.proposal.args_sha256,
        True,
    )
    assert sorted(pick.offered) == sorted([task.proposal.args_sha256, _other(task)])
    assert not decision.came_round


def test_a_pick_is_made_once_and_never_changes(blind: House, task: Task) -> None:
    pick = factories.picked(task, blind.alice, blind.now, NOTHING)
    with pytest.raises(Conflict, match="kept once"):
        factories.picked(task, blind.alice, blind.now)
    with pytest.raises(DatabaseError), transaction.atomic():
        BlindPick.objects.filter(pk=pick.pk).update(kind=PickKind.ELSE)
    with pytest.raises(DatabaseError), transaction.atomic():
        pick.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        BlindPick.objects.create(
            task=task,
            round=2,
            by=blind.alice,
            kind=NOTHING,
            offered=[],
            is_as_proposed=False,
            picked_at=blind.now,
        )


def test_undo_takes_the_decision_back_and_not_the_pick(blind: House, task: Task) -> None:
    pick = factories.picked(task, blind.alice, blind.now, _other(task))
    _approve(task, blind)
    task = deciding.undo(task_id=task.pk, by=blind.alice, now=blind.now)
    assert policies.pick_of(task, blind.alice) == pick
    again = _approve(task, blind)
    assert again.pick == pick


def test_what_is_picked_is_on_the_list_or_described(blind: House, task: Task) -> None:
    for what, field in (("ffff", "option"), (ELSE, "note")):
        with pytest.raises(Invalid) as refused:
            factories.picked(task, blind.alice, blind.now, what, "  ")
        assert refused.value.field == field
    with pytest.raises(Invalid, match="At most 1000"):
        factories.picked(task, blind.alice, blind.now, ELSE, "x" * 1001)
    pick = factories.picked(task, blind.alice, blind.now, ELSE, " call the customer ")
    assert (pick.kind, pick.note, pick.action_name, pick.is_as_proposed) == (
        PickKind.ELSE,
        "call the customer",
        "",
        False,
    )


def test_a_key_of_somebody_else_picks_nothing(blind: House, task: Task) -> None:
    (key, *_rest) = [option.key for option in picking.offered_to(task, by=blind.bob)]
    assert task.lease_token is not None
    with pytest.raises(Invalid, match="Pick what you would do"):
        picking.pick(
            task_id=task.pk,
            by=blind.alice,
            picked=Picked(key),
            lease_token=task.lease_token,
            version=task.version,
            now=blind.now,
        )


def test_where_nothing_is_asked_nothing_is_picked(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    with pytest.raises(Invalid, match="nothing is picked first"):
        factories.picked(task, house.alice, house.now)


def test_only_the_holder_of_the_task_as_it_is_picks(blind: House, task: Task) -> None:
    for changes in ({"by": blind.bob}, {"lease_token": uuid4()}, {"version": 99}):
        values = {
            "task_id": task.pk,
            "by": blind.alice,
            "picked": Picked(NOTHING),
            "lease_token": task.lease_token,
            "version": task.version,
            "now": blind.now,
        }
        with pytest.raises(Conflict):
            picking.pick(**{**values, **changes})  # type: ignore[arg-type]
    endings.withdraw(proposal_id=task.proposal_id, by=blind.agent, reason="", now=blind.now)
    with pytest.raises(Conflict, match="ended before"):
        factories.picked(task, blind.alice, blind.now)


def test_the_agent_is_asked_only_after_the_pick(blind: House, task: Task) -> None:
    assert task.lease_token is not None
    question: dict[str, Any] = {"task_id": task.pk, "by": blind.alice, "text": "Which?", "within": LATER}
    with pytest.raises(NotAllowed, match="Say first"):
        asking.ask(**question, lease_token=task.lease_token, now=blind.now)
    factories.picked(task, blind.alice, blind.now)
    asking.ask(**question, lease_token=task.lease_token, now=blind.now)
    assert Task.objects.get(pk=task.pk).status == TaskStatus.ASKED


def test_nothing_blind_first_is_approved_with_others(blind: House) -> None:
    blind.cancel_order.consequence, blind.cancel_order.reversibility = "low", "reversible"
    blind.cancel_order.save()
    task = factories.pending(blind).task
    with pytest.raises(Invalid, match="what one would do"):
        check_in_bulk(task)
    with pytest.raises(Invalid):
        bulk.approve_all(
            seen={task.pk: task.proposal.args_sha256},
            opened=[task.pk],
            seed="",
            by=blind.alice,
            now=blind.now,
        )


def test_whoever_comes_after_a_lost_claim_picks_for_themselves_and_the_first_need_not_again(
    blind: House, task: Task
) -> None:
    pick = factories.picked(task, blind.alice, blind.now)
    late = blind.now + timedelta(hours=5)
    returning.return_lost_claims(now=late)
    held = claiming.claim(task_id=task.pk, by=blind.bob, now=late)
    with pytest.raises(NotAllowed, match="Say first"):
        _approve(held, blind, by=blind.bob, now=late)
    returning.release(task_id=task.pk, by=blind.bob, now=late)
    again = claiming.claim(task_id=task.pk, by=blind.alice, now=late)
    assert _approve(again, blind, now=late).pick == pick


def test_a_second_person_picks_too_and_a_third(blind: House) -> None:
    proposal = factories.two_person(blind)
    people, verbs = (
        (blind.alice, blind.bob, blind.charlie),
        (Verb.APPROVE, Verb.CHOOSE_ALTERNATIVE, Verb.APPROVE),
    )
    blind.charlie.groups.add(blind.team)
    for number, (person, verb) in enumerate(zip(people, verbs, strict=True)):
        at = blind.now + number * LATER
        task = factories.claimed(proposal, person, at)
        with pytest.raises(NotAllowed, match="Say first"):
            policies.check_picked(task, by=person)
        factories.picked(task, person, at)
        factories.decided(task, person, at, verb, **({"alternative_rank": 1} if number == 1 else {}))
        settling.settle_due(now=at + LATER)
    assert [(one.role, one.was_blind, one.pick.round) for one in Decision.objects.order_by("decided_at")] == [  # type: ignore[union-attr]
        ("first", False, 1),
        ("second", True, 1),
        ("deciding", False, 1),
    ]
    assert Proposal.objects.get(pk=proposal.pk).status == Status.APPROVED


def test_of_two_picks_of_one_person_at_once_one_is_kept(live_house: House) -> None:
    factories.publish_matrix(live_house.now, blind_first=[BlindFirst.REVIEWS.value])
    held = factories.claimed(factories.pending(live_house), live_house.alice, live_house.now)
    results = at_once(
        [
            lambda what=what: factories.picked(held, live_house.alice, live_house.now, what)  # type: ignore[misc]
            for what in (NOTHING, None)
        ]
    )
    assert sorted(type(one).__name__ for one in results) == ["BlindPick", "Conflict"]
    assert BlindPick.objects.count() == 1


# Evidence


def test_going_over_to_the_agents_side_is_no_agreement_and_the_decision_stands(
    blind: House, task: Task
) -> None:
    factories.picked(task, blind.alice, blind.now, _other(task))
    decision = _approve(task, blind)
    assert decision.came_round
    _settle(blind)
    assert Proposal.objects.get(pk=task.proposal_id).status == Status.APPROVED
    entry = LedgerEntry.objects.get(source_id=decision.pk)
    assert (entry.wrong, entry.divergence) == (True, Divergence.ALTERNATIVE)
    # As every override where little is known: somebody else looks before it counts.
    assert entry.not_counted_because == NotEvidence.SECOND_LOOK
    told = Event.objects.get(verb="task.settled").data["decisions"][0]
    assert (told["picked"], told["came_round"]) == ("action", True)


@pytest.mark.parametrize(("what", "kind"), [(NOTHING, Divergence.NOTHING), (ELSE, Divergence.OTHER_ACTION)])
def test_the_ledger_says_how_the_pick_differed(blind: House, task: Task, what: str, kind: Divergence) -> None:
    factories.picked(task, blind.alice, blind.now, what, "ask first" if what == ELSE else "")
    _approve(task, blind)
    _settle(blind)
    assert LedgerEntry.objects.get().divergence == kind


def test_leaving_the_agents_side_is_an_override_like_any_other(blind: House, task: Task) -> None:
    factories.picked(task, blind.alice, blind.now)
    decision = factories.decided(task, blind.alice, blind.now, Verb.REJECT)
    assert not decision.came_round
    _settle(blind)
    assert LedgerEntry.objects.get().wrong is True


def test_agreement_blind_and_after_is_agreement(blind: House, task: Task) -> None:
    factories.picked(task, blind.alice, blind.now)
    _approve(task, blind)
    _settle(blind)
    entry = LedgerEntry.objects.get()
    assert (entry.wrong, entry.divergence) == (False, Divergence.SAME)


@pytest.mark.parametrize("agrees", [True, False])
def test_the_usefulness_gate_counts_blind_agreement(house: House, agrees: bool) -> None:
    proposal = factories.proposal_at(house, Status.RECORDED)
    order(original=proposal, purpose=Purpose.BLIND, excluded=[], now=house.now)
    examining.open_ordered(now=house.now)
    copy = Examination.objects.get().copy
    assert copy is not None
    assert copy.task.is_blind_first
    task = factories.claimed(copy, house.alice, house.now)
    factories.picked(task, house.alice, house.now, None if agrees else NOTHING)
    factories.decided(task, house.alice, house.now)
    _settle(house)
    assert Examination.objects.get().verdict is not agrees
    found = earning.standing(Slice.objects.get(pk=proposal.slice_id))
    assert (found.useful_n, found.useful_k) == (1, 0 if agrees else 1)


@pytest.mark.parametrize(
    ("purpose", "cell", "asked"),
    [
        (Purpose.AUDIT, [BlindFirst.AUDITS], True),
        (Purpose.AUDIT, [BlindFirst.SHADOW], False),
        (Purpose.AUDIT, [], False),
        (Purpose.BLIND, [BlindFirst.SHADOW], True),
        (Purpose.BLIND, [BlindFirst.AUDITS], False),
        (Purpose.REPLAY, [BlindFirst.AUDITS, BlindFirst.SHADOW], False),
        (Purpose.REPLAY, [BlindFirst.REVIEWS], True),
        (Purpose.AGREEMENT, [BlindFirst.REVIEWS], True),
        (Purpose.AGREEMENT, [], False),
        (Purpose.SECOND_LOOK, [BlindFirst.REVIEWS], True),
        (Purpose.SECOND_LOOK, [BlindFirst.AUDITS], False),
    ],
)
def test_copies_ask_for_a_pick_where_what_they_stand_for_would(
    house: House, purpose: Purpose, cell: list[BlindFirst], asked: bool
) -> None:
    proposal = factories.settled(house)
    factories.publish_matrix(house.now, blind_first=[look.value for look in cell])
    order(original=proposal, purpose=purpose, excluded=[], now=house.now)
    examining.open_ordered(now=house.now)
    copy = Examination.objects.get().copy
    assert copy is not None
    assert copy.task.is_blind_first is asked
    # An ordinary task of the same cell now: what must not be told from it is not.
    if purpose in (Purpose.REPLAY, Purpose.AGREEMENT):
        assert factories.pending(house, summary="an ordinary one").task.is_blind_first is asked


def test_a_known_case_is_missed_by_the_decision_and_not_by_the_pick(blind: House) -> None:
    proposal = factories.settled(blind, Verb.REJECT)
    # Where little is known a rejection is looked at by somebody else.
    examining.open_ordered(now=blind.now)
    copy = Examination.objects.get(purpose=Purpose.SECOND_LOOK).copy
    assert copy is not None
    task = factories.claimed(copy, blind.bob, blind.now)
    factories.picked(task, blind.bob, blind.now, NOTHING)
    decision = factories.decided(task, blind.bob, blind.now)
    assert decision.came_round
    _settle(blind)
    # Bob would not have done it blind, so the override is confirmed; but he let it happen: no known mistake.
    entry = LedgerEntry.objects.get(source_id=decision.pk)
    assert (entry.wrong, entry.not_counted_because) == (True, "")
    assert not hasattr(Proposal.objects.get(pk=proposal.pk), "gold_case")


# Telling


def test_the_log_says_that_it_was_picked_and_not_what(blind: House, task: Task) -> None:
    factories.picked(task, blind.alice, blind.now, NOTHING)
    event = Event.objects.get(verb="task.picked")
    assert (event.actor_name, event.data) == ("Alice", {})
    assert event.verb in SENTENCES


def test_messages_call_it_by_its_subject_until_it_is_closed(blind: House, task: Task) -> None:
    assert task.headline == "What should be done about order #W1?"
    assert task.lease_token is not None
    delegating.delegate(
        task_id=task.pk,
        to=blind.bob,
        by=blind.alice,
        note="yours",
        lease_token=task.lease_token,
        now=blind.now,
    )
    returning.return_lost_claims(now=blind.now + timedelta(hours=5))
    told = list(Notification.objects.values_list("title", "text"))
    assert len(told) == 2
    assert not [words for one in told for words in one if "Cancel" in words or "customer" in words]
    assert all("order #W1" in title for title, _text in told)
    endings.withdraw(proposal_id=task.proposal_id, by=blind.agent, reason="", now=blind.now)
    assert Task.objects.get(pk=task.pk).headline == task.proposal.summary


def test_how_often_people_go_over_is_counted_for_them_and_their_queue(blind: House) -> None:
    for number, what in enumerate((None, "other", "other", NOTHING)):
        task = factories.claimed(factories.pending(blind, summary=f"case {number}"), blind.alice, blind.now)
        factories.picked(task, blind.alice, blind.now, _other(task) if what == "other" else what)
        factories.decided(task, blind.alice, blind.now, Verb.REJECT if what == NOTHING else Verb.APPROVE)
    _settle(blind)
    expected = CameRound(picked=4, otherwise=3, came_round=2)
    assert own_figures(blind.alice, now=blind.now + LATER).minds == expected
    queue = blind.queues["standard"]
    of_two = queue_figures(queue, [blind.alice, blind.bob], now=blind.now + LATER)
    assert [one.minds for one in of_two] == [expected, CameRound()]
    low, high = expected.range
    assert 0 <= low < 2 / 3 < high <= 1
