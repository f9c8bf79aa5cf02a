"""Decisions, quorum, undo, and what settles a proposal."""

from datetime import timedelta

import pytest

from apps.audit.models import Event
from apps.intake import endings
from apps.proposals.models import Grant, Proposal, Resolution
from apps.proposals.states import Status, Substatus
from apps.reviews import deciding, settling
from apps.reviews.choosing import Choice, Conflict, Invalid
from apps.reviews.models import Decision, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Verb
from apps.sla.actions import mark_breaches
from apps.sla.models import ClockCycle
from apps.trust.models import LedgerEntry, Slice
from apps.trust.states import NotEvidence
from tests import factories
from tests.factories import House

LATER = timedelta(minutes=1)


def settle(house: House) -> None:
    settling.settle_due(now=house.now + LATER)


def test_a_decision_waits_for_its_undo_window_before_the_agent_hears_of_it(house: House) -> None:
    proposal = factories.pending(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    assert not Grant.objects.exists()
    assert settling.settle_due(now=house.now + timedelta(seconds=9)) == 0
    assert settling.settle_due(now=house.now + timedelta(seconds=10)) == 1
    proposal.refresh_from_db()
    assert proposal.status == Status.APPROVED
    assert proposal.grant.args_sha256 == proposal.args_sha256


def test_an_undone_decision_is_kept_counts_for_nothing_and_can_be_replaced(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    factories.decided(task, house.alice, house.now)
    task = deciding.undo(task_id=task.pk, by=house.alice, now=house.now + timedelta(seconds=5))
    assert task.status == TaskStatus.CLAIMED
    factories.decided(task, house.alice, house.now + timedelta(seconds=6), Verb.REJECT)
    settle(house)
    kept = [(one.verb, one.undone_at is None) for one in Decision.objects.order_by("decided_at")]
    assert kept == [("approve", False), ("reject", True)]
    reasons = set(LedgerEntry.objects.values_list("not_counted_because", "wrong"))
    assert reasons == {(NotEvidence.UNDONE, None), (NotEvidence.SECOND_LOOK, True)}


def test_it_can_not_be_taken_back_after_the_window(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    factories.decided(task, house.alice, house.now)
    with pytest.raises(Conflict, match="over"):
        deciding.undo(task_id=task.pk, by=house.alice, now=house.now + timedelta(seconds=10))


def test_two_people_have_to_agree_and_the_second_is_another_person(house: House) -> None:
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settle(house)
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    assert proposal.substatus == Substatus.SECOND_APPROVAL
    assert not Resolution.objects.exists()
    second = factories.decided(
        factories.claimed(proposal, house.bob, house.now + LATER), house.bob, house.now + LATER
    )
    assert second.was_blind
    settling.settle_due(now=house.now + 2 * LATER)
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert proposal.status == Status.APPROVED
    reasons = dict(LedgerEntry.objects.values_list("decided_by", "not_counted_because"))
    assert reasons == {"Alice": NotEvidence.NOT_SETTLING, "Bob": ""}


def test_people_who_choose_different_actions_need_a_third_who_sees_both(house: House) -> None:
    carol = factories.UserFactory(short="carol")
    carol.groups.add(house.team)
    proposal = factories.two_person(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settle(house)
    moment = house.now + LATER
    edited = {**proposal.args, "reason": "no longer needed"}
    factories.decided(
        factories.claimed(proposal, house.bob, moment), house.bob, moment, Verb.EDIT, args=edited
    )
    settling.settle_due(now=moment + LATER)
    assert Task.objects.get(proposal=proposal).status == TaskStatus.OPEN
    moment += 2 * LATER
    third = factories.decided(
        factories.claimed(proposal, carol, moment), carol, moment, Verb.EDIT, args=edited
    )
    assert (third.round, third.role, third.was_blind) == (1, "deciding", False)
    settling.settle_due(now=moment + LATER)
    assert Resolution.objects.get(proposal=proposal).args == edited


def test_one_rejection_denies_what_needs_two(house: House) -> None:
    proposal = factories.two_person(house)
    factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, Verb.REJECT
    )
    settle(house)
    proposal.refresh_from_db()
    assert proposal.status == Status.DENIED
    assert not Grant.objects.exists()


def test_an_edit_grants_the_edited_arguments_and_says_what_changed(house: House) -> None:
    args = {"order_id": "#W1", "reason": "ordered by mistake"}
    proposal = factories.settled(house, Verb.EDIT, args=args)
    assert proposal.resolution.args == args
    assert proposal.grant.args_sha256 == proposal.resolution.args_sha256 != proposal.args_sha256
    assert proposal.resolution.diff == [
        {"path": "args.reason", "before": "no longer needed", "after": "ordered by mistake"}
    ]


def test_choosing_to_do_nothing_approves_without_a_grant(house: House) -> None:
    proposal = factories.settled(house, Verb.CHOOSE_ALTERNATIVE, alternative_rank=2)
    assert proposal.status == Status.APPROVED
    assert proposal.resolution.action_name == ""
    assert not Grant.objects.exists()


def test_a_rejection_that_is_not_the_agents_fault_does_not_count(house: House) -> None:
    factories.settled(house, Verb.REJECT, reason_code="customer-changed-mind")
    assert LedgerEntry.objects.get().not_counted_because == NotEvidence.NOT_AGENTS_FAULT
    assert Slice.objects.get().counted == 0


@pytest.mark.parametrize(
    ("verb", "choice", "field"),
    [
        (Verb.EDIT, {"args": {"order_id": 5}}, "args"),
        (Verb.EDIT, {"args": {"order_id": "#W1", "reason": "no longer needed"}}, "args"),
        (Verb.EDIT, {}, "args"),
        (Verb.CHOOSE_ALTERNATIVE, {"alternative_rank": 9}, "alternative_rank"),
        (Verb.REJECT, {"reason_code": "made up"}, "reason_code"),
        (Verb.REJECT, {"reason_code": ""}, "reason_code"),
    ],
)
def test_what_can_not_be_a_decision_names_the_field_and_changes_nothing(
    house: House, verb: Verb, choice: dict[str, object], field: str
) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    with pytest.raises(Invalid) as invalid:
        factories.decided(task, house.alice, house.now, verb, **choice)
    assert invalid.value.field == field
    assert not Decision.objects.exists()
    assert Task.objects.get().status == TaskStatus.CLAIMED


def test_arguments_that_were_not_on_the_page_can_not_be_approved(house: House) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    assert task.lease_token is not None
    with pytest.raises(Conflict, match="Look again"):
        deciding.decide(
            task_id=task.pk,
            by=house.alice,
            choice=Choice(verb=Verb.APPROVE, seen_sha256="0" * 64),
            lease_token=task.lease_token,
            version=task.version,
            now=house.now,
        )


def test_a_withdrawn_proposal_closes_the_task_and_drops_an_unsettled_decision(house: House) -> None:
    proposal = factories.pending(house)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    endings.withdraw(proposal_id=proposal.pk, by=house.agent, reason="changed", now=house.now)
    assert settling.settle_due(now=house.now + LATER) == 0
    proposal.refresh_from_db()
    assert proposal.status == Status.CANCELLED
    assert LedgerEntry.objects.filter(is_counted=True).count() == 0
    assert LedgerEntry.objects.count() == 2


def test_every_verb_leaves_a_trace(house: House) -> None:
    proposal = factories.settled(house)
    verbs = set(Event.objects.filter(proposal_id=proposal.pk).values_list("verb", flat=True))
    assert verbs == {
        "proposal.received",
        "task.claimed",
        "task.decided",
        "task.settled",
        "proposal.approved",
        "proposal.grant_issued",
    }


def test_the_decide_clock_stops_with_the_decision_and_goes_on_when_it_is_taken_back(house: House) -> None:
    proposal = factories.pending(house)
    cycle = ClockCycle.objects.get(subject_id=proposal.pk, target="decide")
    just_in_time = cycle.due_at - timedelta(seconds=2)
    task = factories.claimed(proposal, house.alice, just_in_time)
    factories.decided(task, house.alice, just_in_time)
    assert mark_breaches(now=cycle.due_at + timedelta(seconds=1)) == 0
    deciding.undo(task_id=task.pk, by=house.alice, now=just_in_time + timedelta(seconds=5))
    assert mark_breaches(now=cycle.due_at + timedelta(seconds=6)) == 1
    cycle.refresh_from_db()
    assert cycle.breached_at is not None


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.EDIT])
def test_what_can_not_be_undone_is_granted_only_with_the_typed_word(house: House, verb: Verb) -> None:
    proposal = factories.two_person(house)
    task = factories.claimed(proposal, house.alice, house.now)
    args = {**proposal.args, "order_id": "#W10"} if verb is Verb.EDIT else None
    with pytest.raises(Invalid) as refused:
        factories.decided(task, house.alice, house.now, verb, args=args, typed="yes")
    assert refused.value.field == "typed"
    assert not Decision.objects.exists()
    factories.decided(task, house.alice, house.now, verb, args=args, typed=proposal.subject_id.lower())


def test_a_rejection_of_what_can_not_be_undone_needs_no_typing(house: House) -> None:
    task = factories.claimed(factories.two_person(house), house.alice, house.now)
    assert factories.decided(task, house.alice, house.now, Verb.REJECT, typed="").verb == Verb.REJECT
