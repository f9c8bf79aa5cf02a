"""Supervised, assisted and shadow for real: what acts, what waits, what is audited, and what can never be granted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.accounts.policies import NotAllowed
from apps.delivery.models import OutboxEvent
from apps.intake import examining, vetoing
from apps.intake.endings import withdraw
from apps.proposals import acting
from apps.proposals.actions import report_human_action, report_outcome
from apps.proposals.changes import WrongStatus
from apps.proposals.examining import order
from apps.proposals.grants import NotGrantable, NotRedeemable, issue, redeem
from apps.proposals.models import Examination, Grant, Proposal, Resolution
from apps.proposals.states import Purpose, Status, Substatus, Verdict
from apps.registry.states import AgentStatus, Consequence, Reversibility, Stage
from apps.reviews import asking, settling
from apps.reviews.gold import keep_confirmed
from apps.reviews.models import Task
from apps.routing.states import Route, Verb
from apps.trust import granted
from apps.trust.models import LedgerEntry, Seed, Slice
from apps.trust.pending import pending_in_bands
from apps.trust.recomputing import differences
from apps.trust.retermining import set_criteria
from apps.trust.rules import Rules
from apps.trust.states import Basis, NotEvidence
from tests import factories
from tests.trust import earning

MINUTE = timedelta(minutes=1)


@pytest.fixture
def coin(monkeypatch: Any) -> Callable[[float], None]:
    """Makes the audit's coin fall as wanted; by default nothing is audited."""

    def fall(value: float) -> None:
        monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: value)

    fall(0.99)
    return fall


@pytest.fixture
def row(house: factories.House) -> Slice:
    """Cancel an order is reversible and of low consequence, and supervised."""
    house.cancel_order.consequence = Consequence.LOW
    house.cancel_order.reversibility = Reversibility.REVERSIBLE
    house.cancel_order.save()
    found = earning.supervised(house)
    # The first proposal shows values the slice has never had, so it goes to a person.
    factories.pending(house, confidence=0.99, subject=None, impact=None)
    return found


def _send(house: factories.House, **changes: Any) -> Proposal:
    changes.setdefault("subject", None)
    return factories.pending(house, **{"confidence": 0.99, **changes})


def _redo(house: factories.House, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(house.cancel_order, name, value)
    house.cancel_order.save()


def _examined(house: factories.House, verb: Verb, person: str, number: int = 1) -> Examination:
    """The newest open examination, opened and decided by this person."""
    examining.open_ordered(now=house.now + number * MINUTE)
    examination = Examination.objects.filter(concluded_at__isnull=True).latest("ordered_at")
    by, now = getattr(house, person), house.now + number * MINUTE
    assert examination.copy is not None
    factories.decided(factories.claimed(examination.copy, by, now), by, now, verb)
    settling.settle_due(now=now + MINUTE)
    examination.refresh_from_db()
    return examination


def test_a_confident_proposal_acts_at_once_and_its_agent_is_told(
    house: factories.House, row: Slice, coin: Any
) -> None:
    answer = factories.send(house, confidence=0.99, subject=None)
    assert answer.status_code == 201
    told = answer.resource
    assert (told["status"], told["stage"], told["route"]) == ("approved", "supervised", "act")
    assert told["decision"]["decided_by_type"] == "policy"
    assert told["grant"]["token"]
    proposal = Proposal.objects.get(pk=told["id"])
    assert not Task.objects.filter(proposal=proposal).exists()
    redeem(grant_id=proposal.grant.pk, args_sha256=proposal.args_sha256, by=house.agent, now=house.now)


def test_below_its_threshold_a_person_decides(house: factories.House, row: Slice, coin: Any) -> None:
    proposal = _send(house, confidence=0.69)
    assert (proposal.route, proposal.status, proposal.basis) == (Route.REVIEW, Status.PENDING, Basis.FULL)


def test_anything_unusual_brings_it_to_a_person_and_is_no_sample(
    house: factories.House, row: Slice, coin: Any
) -> None:
    proposal = _send(house, evidence=[])
    assert (proposal.route, proposal.basis) == (Route.REVIEW, Basis.CONTEXT)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + MINUTE)
    entry = LedgerEntry.objects.get(proposal_id=proposal.pk)
    assert entry.not_counted_because == NotEvidence.NOT_SAMPLED


def test_a_version_without_a_certificate_is_assisted(house: factories.House, row: Slice, coin: Any) -> None:
    version = {**factories.proposal_body()["agent_version"], "prompt_version": "p2"}
    proposal = _send(house, agent_version=version)
    assert (proposal.stage, proposal.route) == (Stage.ASSISTED, Route.REVIEW)


def test_the_ceiling_of_the_matrix_always_wins(house: factories.House, row: Slice, coin: Any) -> None:
    proposal = _send(house, consequence="critical")
    assert (proposal.stage, proposal.route) == (Stage.ASSISTED, Route.REVIEW)


def test_while_paused_everything_is_reviewed_and_feeds_the_alarm(
    house: factories.House, row: Slice, coin: Any
) -> None:
    report_outcome(
        proposal_id=_send(house).pk,
        verdict=Verdict.WRONG,
        severity="low",
        source="complaints",
        occurred_at=house.now,
        by=house.agent,
        now=house.now,
    )
    assert earning.standing(row).earned.is_paused
    proposal = _send(house, summary="another one")
    assert (proposal.route, proposal.basis) == (Route.REVIEW, Basis.PAUSED)
    factories.decided(factories.claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + MINUTE)
    assert earning.standing(row).audited == 1


def test_what_was_granted_by_policy_is_not_redeemed_after_a_pause(
    house: factories.House, row: Slice, coin: Any
) -> None:
    proposal = _send(house)
    earning.reviewed(house, row, 0, 1, basis=Basis.AUDIT)
    with pytest.raises(NotRedeemable, match="paused or taken back"):
        redeem(grant_id=proposal.grant.pk, args_sha256=proposal.args_sha256, by=house.agent, now=house.now)


def test_an_irreversible_action_is_held_by_its_audit(
    house: factories.House, row: Slice, coin: Callable[[float], None]
) -> None:
    _redo(house, reversibility=Reversibility.IRREVERSIBLE)
    coin(0.0)
    proposal = _send(house)
    assert (proposal.route, proposal.basis, proposal.status) == (Route.REVIEW, Basis.AUDIT, Status.PENDING)
    assert (proposal.coin, proposal.audit_rate) == (0.0, 0.20)
    told = [reason["code"] for reason in proposal.assessment.reasons]
    assert not any("audit" in code for code in told)


def test_what_an_audit_holds_is_audited_also_when_its_agent_takes_it_back(
    house: factories.House, row: Slice, coin: Callable[[float], None]
) -> None:
    _redo(house, reversibility=Reversibility.IRREVERSIBLE)
    coin(0.0)
    proposal = _send(house)
    withdraw(proposal_id=proposal.pk, by=house.agent, reason="not needed", now=house.now)
    coin(0.99)
    assert _send(house).substatus == Substatus.VETO_WINDOW
    examination = _examined(house, Verb.REJECT, "alice")
    assert (examination.purpose, examination.original) == (Purpose.AUDIT, proposal)
    # Somebody else looks before it counts as wrong; until then nothing of the slice runs.
    assert not earning.standing(row).is_acting


def test_a_reversible_action_is_audited_after_it_ran_through_a_blind_copy(
    house: factories.House, row: Slice, coin: Callable[[float], None]
) -> None:
    coin(0.0)
    proposal = _send(house)
    assert proposal.status == Status.APPROVED
    examination = _examined(house, Verb.APPROVE, "alice")
    assert (examination.purpose, examination.verdict) == (Purpose.AUDIT, False)
    copy = examination.copy
    assert copy is not None
    assert (copy.status, copy.is_copy, copy.args_sha256) == (Status.RECORDED, True, proposal.args_sha256)
    assert earning.standing(row).audited == 1
    entry = LedgerEntry.objects.get(proposal_id=proposal.pk)
    assert (entry.is_counted, entry.feeds, entry.basis, entry.rate) == (True, "alarm", "audit", 0.20)


def test_an_audited_override_counts_when_a_second_person_agrees(
    house: factories.House, row: Slice, coin: Callable[[float], None]
) -> None:
    coin(0.0)
    proposal = _send(house)
    _examined(house, Verb.REJECT, "alice")
    assert not earning.standing(row).is_acting
    second = Examination.objects.get(purpose=Purpose.SECOND_LOOK)
    assert second.excluded == [house.alice.pk]
    examining.open_ordered(now=house.now + 2 * MINUTE)
    second.refresh_from_db()
    with pytest.raises(NotAllowed):
        factories.claimed(second.copy, house.alice, house.now + 2 * MINUTE)
    _examined(house, Verb.REJECT, "bob", 3)
    found = earning.standing(row)
    assert (found.earned.is_paused, found.awaiting, found.audited) == (True, 0, 1)
    reasons = LedgerEntry.objects.filter(proposal_id=proposal.pk).order_by("pk")
    assert list(reasons.values_list("not_counted_because", flat=True)) == ["second_look", ""]


def test_where_two_differ_a_third_person_decides(
    house: factories.House, row: Slice, coin: Callable[[float], None]
) -> None:
    house.charlie.groups.add(house.team)
    coin(0.0)
    proposal = _send(house)
    _examined(house, Verb.REJECT, "alice")
    _examined(house, Verb.APPROVE, "bob", 3)
    _examined(house, Verb.APPROVE, "charlie", 5)
    found = earning.standing(row)
    assert (found.is_acting, found.awaiting, found.audited) == (True, 0, 1)
    reasons = LedgerEntry.objects.filter(proposal_id=proposal.pk).order_by("pk")
    assert [(one.not_counted_because, one.wrong) for one in reasons] == [
        ("second_look", True),
        ("second_look_split", False),
        ("", False),
    ]


def test_a_copy_never_yields_a_grant_and_its_agent_never_sees_it(
    house: factories.House, row: Slice, coin: Callable[[float], None]
) -> None:
    coin(0.0)
    proposal = _send(house)
    copy = _examined(house, Verb.APPROVE, "alice").copy
    assert copy is not None
    assert Grant.objects.filter(proposal=copy).count() == 0
    resolution = Resolution(proposal=copy, verb=Verb.APPROVE, action_name="cancel_order")
    with pytest.raises(NotGrantable):
        issue(proposal=copy, resolution=resolution, now=house.now)
    for status in (Status.APPROVED, Status.DENIED):
        with pytest.raises(DatabaseError), transaction.atomic():
            Proposal.objects.filter(pk=copy.pk).update(status=status)
    assert proposal.pk != copy.pk


def test_a_question_about_a_copy_is_taken_like_any_other_and_its_agent_never_hears_of_it(
    house: factories.House, row: Slice, coin: Callable[[float], None]
) -> None:
    coin(0.0)
    _send(house)
    examining.open_ordered(now=house.now)
    copy = Proposal.objects.get(is_copy=True)
    before = OutboxEvent.objects.count()
    factories.asked(factories.claimed(copy, house.alice, house.now), house.alice, house.now)
    assert OutboxEvent.objects.count() == before
    assert asking.return_unanswered(now=house.now + timedelta(hours=1)) == 1
    assert Task.objects.get(proposal=copy).claimed_by == house.alice


def test_an_action_waits_in_its_veto_window_and_then_acts(
    house: factories.House, row: Slice, coin: Any
) -> None:
    _redo(house, consequence=Consequence.MODERATE, reversibility=Reversibility.COMPENSABLE)
    proposal = _send(house)
    assert (proposal.status, proposal.substatus) == (Status.PENDING, Substatus.VETO_WINDOW)
    assert proposal.veto_until == house.now + timedelta(minutes=15)
    assert vetoing.close_windows(now=house.now + timedelta(minutes=14)) == 0
    assert vetoing.close_windows(now=house.now + timedelta(minutes=15)) == 1
    proposal.refresh_from_db()
    assert (proposal.status, proposal.resolution.decided_by_type) == (Status.APPROVED, "policy")
    assert proposal.grant.redeemed_at is None


def test_a_person_stops_it_in_its_window_and_that_pauses_the_slice(
    house: factories.House, row: Slice, coin: Any
) -> None:
    _redo(house, consequence=Consequence.MODERATE, reversibility=Reversibility.COMPENSABLE)
    proposal = _send(house)
    acting.stop(proposal_id=proposal.pk, by=house.alice, reason="", now=house.now + MINUTE)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.resolution.decided_by_type) == (Status.DENIED, "human")
    assert earning.standing(row).earned.is_paused
    with pytest.raises(WrongStatus):
        acting.stop(proposal_id=proposal.pk, by=house.alice, reason="", now=house.now + MINUTE)
    assert vetoing.close_windows(now=house.now + timedelta(hours=1)) == 0


def test_what_a_suspended_agent_was_about_to_do_goes_to_a_person(
    house: factories.House, row: Slice, coin: Any
) -> None:
    _redo(house, consequence=Consequence.MODERATE, reversibility=Reversibility.COMPENSABLE)
    proposal = _send(house)
    house.agent.status = AgentStatus.SUSPENDED
    house.agent.save()
    assert vetoing.close_windows(now=house.now + timedelta(hours=1)) == 1
    proposal.refresh_from_db()
    assert (proposal.status, proposal.substatus) == (Status.PENDING, Substatus.QUEUED)
    assert not Grant.objects.filter(proposal=proposal).exists()


def test_an_outsider_stops_nothing(house: factories.House, row: Slice, coin: Any) -> None:
    _redo(house, consequence=Consequence.MODERATE, reversibility=Reversibility.COMPENSABLE)
    proposal = _send(house)
    with pytest.raises(NotAllowed):
        acting.stop(proposal_id=proposal.pk, by=house.charlie, reason="", now=house.now)


def test_what_waits_when_the_slice_is_paused_comes_before_a_person(
    house: factories.House, row: Slice, coin: Any
) -> None:
    _redo(house, consequence=Consequence.MODERATE, reversibility=Reversibility.COMPENSABLE)
    proposal = _send(house)
    earning.reviewed(house, row, 0, 1, basis=Basis.AUDIT)
    vetoing.close_windows(now=house.now + timedelta(minutes=15))
    proposal.refresh_from_db()
    assert (proposal.status, proposal.substatus) == (Status.PENDING, Substatus.QUEUED)
    assert proposal.task.escalations.filter(ended_at__isnull=True).count() == 1
    now = house.now + timedelta(minutes=16)
    factories.decided(factories.claimed(proposal, house.alice, now), house.alice, now)
    settling.settle_due(now=now + MINUTE)
    assert LedgerEntry.objects.get(proposal_id=proposal.pk).basis == Basis.PAUSED


def test_pending_reviews_older_than_the_newest_counted_count_as_wrong(house: factories.House) -> None:
    slow = factories.pending(house, confidence=0.99)
    quick = factories.pending(house, confidence=0.99, summary="quick")
    row = Slice.objects.get(pk=slow.slice_id)
    earning.reviewed(house, row, 170)
    factories.decided(factories.claimed(quick, house.alice, house.now), house.alice, house.now)
    # Entries of `reviewed` have random ids; only proposals older than the newest of all count as waiting.
    found = earning.standing(row)
    found.newest_counted = quick.pk
    found.save(update_fields=["newest_counted"])
    assert pending_in_bands(found, (0.99, 0.95, 0.90, 0.80, 0.70)) == (1, 0, 0, 0, 0)


def test_shadow_is_compared_with_what_people_did(house: factories.House) -> None:
    for change in ({}, {"reason": "ordered by mistake"}):
        proposal = factories.proposal_at(house, Status.RECORDED)
        args = proposal.args | change
        report_human_action(
            proposal_id=proposal.pk,
            action_name="cancel_order",
            args=args,
            actor="Alice",
            occurred_at=house.now,
            by=house.agent,
            now=house.now,
        )
    entries = LedgerEntry.objects.filter(source_kind="human").order_by("pk")
    assert [(one.feeds, one.wrong, one.not_counted_because) for one in entries] == [
        ("usefulness", False, ""),
        ("", True, "duplicate_content"),
    ]
    found = earning.standing(Slice.objects.get(pk=proposal.slice_id))
    assert (found.useful_n, found.useful_k, sum(found.n)) == (1, 0, 0)


def test_a_blind_reviewer_looks_at_a_share_of_what_shadow_records(house: factories.House) -> None:
    proposal = factories.proposal_at(house, Status.RECORDED)
    order(original=proposal, purpose=Purpose.BLIND, excluded=[], now=house.now)
    examination = _examined(house, Verb.REJECT, "alice")
    assert examination.verdict is True
    found = earning.standing(Slice.objects.get(pk=proposal.slice_id))
    assert (found.useful_n, found.useful_k) == (1, 1)
    assert not Grant.objects.exists()


def test_what_an_agent_reports_first_does_not_silence_a_blind_look_against_it(house: factories.House) -> None:
    proposal = factories.proposal_at(house, Status.RECORDED)
    order(original=proposal, purpose=Purpose.BLIND, excluded=[], now=house.now)
    report_human_action(
        proposal_id=proposal.pk,
        action_name="cancel_order",
        args=proposal.args,
        actor="Alice",
        occurred_at=house.now,
        by=house.agent,
        now=house.now,
    )
    _examined(house, Verb.REJECT, "alice")
    found = earning.standing(Slice.objects.get(pk=proposal.slice_id))
    assert (found.useful_n, found.useful_k) == (1, 1)
    assert list(differences()) == []


def test_a_blind_look_is_kept_with_its_chance(house: factories.House, monkeypatch: Any) -> None:
    monkeypatch.setattr("apps.intake.storing.toss", lambda slice_id, proposal_id: 0.1)
    first = factories.proposal_at(house, Status.RECORDED)
    rules = Rules(blind_share=0.25)
    set_criteria(
        slice_id=first.slice_id, rules=rules, by=house.adam, reason="x", start_over=False, now=house.now
    )
    looked_at = factories.pending(house, workflow="shadow-orders", summary="look at this one")
    assert (first.audit_rate, looked_at.audit_rate) == (None, 0.25)
    _examined(house, Verb.APPROVE, "alice")
    assert LedgerEntry.objects.get().rate == 0.25


def test_a_replay_measures_the_reviewer_and_proves_nothing(house: factories.House) -> None:
    proposal = factories.settled(house, Verb.REJECT)
    before = earning.standing(Slice.objects.get(pk=proposal.slice_id)).earned
    keep_confirmed(proposal=proposal, overrides=proposal.task.decisions.all(), now=house.now)
    order(original=proposal, purpose=Purpose.REPLAY, excluded=[house.alice.pk], now=house.now + 15 * MINUTE)
    _examined(house, Verb.APPROVE, "bob", 20)
    seed = Seed.objects.get()
    assert (seed.was_missed, seed.by) == (True, house.bob)
    assert earning.standing(Slice.objects.get(pk=proposal.slice_id)).earned == before


def test_the_coin_is_stored_and_can_be_replayed(house: factories.House, row: Slice) -> None:
    for number in range(12):
        proposal = _send(house, summary=f"number {number}")
        assert proposal.coin == granted.toss(row.pk, proposal.pk)
        assert (proposal.basis == Basis.AUDIT) == (proposal.coin < 0.20)
