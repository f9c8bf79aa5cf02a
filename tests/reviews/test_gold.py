"""The bank of gold tasks: what gets into it, who is shown it, and what it measures."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.intake import examining
from apps.proposals.examining import order
from apps.proposals.models import Examination, Grant, Proposal
from apps.proposals.states import Purpose, Status
from apps.reviews import seeding, settling
from apps.reviews.models import GoldCase, Task
from apps.reviews.states import GoldSource
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry, ReviewerQuality, Seed, Slice
from apps.trust.states import NotEvidence
from tests import factories

MINUTE = timedelta(minutes=1)


def _looked_at(house: factories.House, purpose: Purpose, by: User, verb: Verb, after: timedelta) -> Proposal:
    """The newest ordered look of this purpose, opened and decided."""
    now = house.now + after
    examining.open_ordered(now=now)
    copy = Examination.objects.filter(purpose=purpose, concluded_at__isnull=True).latest("ordered_at").copy
    assert copy is not None
    factories.decided(factories.claimed(copy, by, now), by, now, verb)
    settling.settle_due(now=now + MINUTE)
    return copy


def _confirmed(house: factories.House, **changes: Any) -> GoldCase:
    """A mistake that Alice and Bob found, each not knowing of the other."""
    proposal = factories.pending(house, **changes)
    factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, Verb.REJECT
    )
    settling.settle_due(now=house.now + MINUTE)
    _looked_at(house, Purpose.SECOND_LOOK, house.bob, Verb.REJECT, 2 * MINUTE)
    return GoldCase.objects.get(proposal=proposal)


@pytest.fixture
def every_coin(monkeypatch: Any) -> None:
    """Every decision is followed by a known case."""
    monkeypatch.setattr("apps.trust.statistics.coin.toss", lambda *_given: 0.0)


def _seed(house: factories.House, after: timedelta) -> int:
    return seeding.order_replays(now=house.now + after)


def test_an_override_two_people_confirmed_is_kept_once(house: factories.House) -> None:
    case = _confirmed(house)
    assert (case.source, case.is_mistake, case.answers) == (GoldSource.OVERRIDE, True, [""])
    entries = LedgerEntry.objects.filter(proposal_id=case.proposal_id).order_by("pk")
    assert list(entries.values_list("not_counted_because", flat=True)) == ["second_look", ""]


def test_an_override_nobody_confirmed_is_not_kept(house: factories.House) -> None:
    house.charlie.groups.add(house.team)
    factories.settled(house, Verb.REJECT)
    _looked_at(house, Purpose.SECOND_LOOK, house.bob, Verb.APPROVE, 11 * MINUTE)
    _looked_at(house, Purpose.SECOND_LOOK, house.charlie, Verb.APPROVE, 13 * MINUTE)
    assert not GoldCase.objects.exists()


def test_two_who_decide_together_confirm_without_another_look(house: factories.House) -> None:
    proposal = factories.two_person(house)
    for person in (house.alice, house.bob):
        factories.decided(
            factories.claimed(proposal, person, house.now),
            person,
            house.now,
            Verb.EDIT,
            args={"order_id": "#W8", "reason": "ordered by mistake"},
        )
        settling.settle_due(now=house.now + MINUTE)
    assert GoldCase.objects.get().proposal == proposal
    assert not Examination.objects.exists()
    counted = LedgerEntry.objects.get(is_counted=True)
    assert (counted.wrong, counted.proposal_id) == (True, proposal.pk)


def test_a_rejection_that_is_not_the_agents_fault_is_no_known_mistake(house: factories.House) -> None:
    factories.settled(house, Verb.REJECT, reason_code="customer-changed-mind")
    assert not Examination.objects.exists()
    assert LedgerEntry.objects.get().not_counted_because == NotEvidence.NOT_AGENTS_FAULT


def test_known_cases_are_shown_to_people_who_cannot_know_them(
    house: factories.House, every_coin: None
) -> None:
    house.charlie.groups.add(house.team)
    assert _seed(house, timedelta()) == 0
    case = _confirmed(house)
    # Alice and Bob decided, but the only case is theirs.
    assert _seed(house, timedelta(hours=1)) == 0
    factories.settled(house, by=house.charlie)
    assert _seed(house, timedelta(hours=2)) == 1
    shown = Examination.objects.get(purpose=Purpose.REPLAY)
    assert (shown.original_id, shown.meant_for) == (case.proposal_id, house.charlie)
    assert set(shown.excluded) == {house.alice.pk, house.bob.pk}


def test_each_decision_tosses_its_coin_once(house: factories.House, every_coin: None) -> None:
    house.charlie.groups.add(house.team)
    _seed(house, timedelta())
    _confirmed(house)
    factories.settled(house, by=house.charlie)
    assert _seed(house, timedelta(hours=1)) == 1
    assert _seed(house, timedelta(hours=2)) == 0


def test_nothing_is_shown_while_the_share_is_zero(
    house: factories.House, settings: Any, every_coin: None
) -> None:
    settings.REVIEWHUB_GOLD_PERCENT = 0
    house.charlie.groups.add(house.team)
    _seed(house, timedelta())
    _confirmed(house)
    factories.settled(house, by=house.charlie)
    assert _seed(house, timedelta(hours=1)) == 0


def test_whoever_is_new_is_shown_more(house: factories.House, settings: Any) -> None:
    queue = house.queues["standard"]
    assert seeding._rate(True, queue) == 0.20
    assert seeding._rate(False, queue) == 0.02
    queue.gold_percent = 5
    assert seeding._rate(False, queue) == 0.05
    queue.gold_percent = None
    settings.REVIEWHUB_GOLD_PERCENT = 0
    assert seeding._rate(True, queue) == 0


@pytest.mark.parametrize(("verb", "missed"), [(Verb.APPROVE, 1), (Verb.REJECT, 0)])
def test_a_replay_measures_who_lets_it_happen_and_grants_nothing(
    house: factories.House, verb: Verb, missed: int
) -> None:
    house.charlie.groups.add(house.team)
    case = _confirmed(house)
    before = list(LedgerEntry.objects.values_list("pk", flat=True))
    order(original=case.proposal, purpose=Purpose.REPLAY, excluded=[], now=house.now)
    copy = _looked_at(house, Purpose.REPLAY, house.charlie, verb, timedelta(hours=1))
    assert Proposal.objects.get(pk=copy.pk).status == Status.RECORDED
    assert not Grant.objects.exists()
    row = Slice.objects.get(pk=case.proposal.slice_id)
    assert (row.seeds, row.missed) == (1, missed)
    assert ReviewerQuality.objects.get(person=house.charlie).missed == missed
    assert list(LedgerEntry.objects.values_list("pk", flat=True)) == before


def test_a_case_that_is_retired_meanwhile_measures_nobody(house: factories.House) -> None:
    house.charlie.groups.add(house.team)
    case = _confirmed(house)
    order(original=case.proposal, purpose=Purpose.REPLAY, excluded=[], now=house.now)
    GoldCase.objects.update(retired_at=house.now, retired_because="the rule has changed")
    _looked_at(house, Purpose.REPLAY, house.charlie, Verb.APPROVE, timedelta(hours=1))
    assert not Seed.objects.exists()


def test_a_slice_that_opens_later_knows_what_its_reviewers_miss(house: factories.House) -> None:
    house.charlie.groups.add(house.team)
    case = _confirmed(house)
    order(original=case.proposal, purpose=Purpose.REPLAY, excluded=[], now=house.now)
    _looked_at(house, Purpose.REPLAY, house.charlie, Verb.APPROVE, timedelta(hours=1))
    other = Slice.objects.get(pk=factories.two_person(house).slice_id)
    assert (other.seeds, other.missed) == (1, 1)


def test_a_case_for_somebody_new_goes_past_the_experienced_for_a_while(
    house: factories.House, monkeypatch: Any
) -> None:
    house.charlie.groups.add(house.team)
    house.adam.groups.add(house.team)
    case = _confirmed(house)
    monkeypatch.setattr("apps.intake.examining.experienced_people", lambda _workflow: {house.adam.pk})
    knowing = [house.alice.pk, house.bob.pk]
    order(
        original=case.proposal,
        purpose=Purpose.REPLAY,
        excluded=knowing,
        meant_for=house.charlie,
        now=house.now,
    )
    examining.open_ordered(now=house.now)
    task = Task.objects.get(proposal__examination_of__purpose=Purpose.REPLAY)
    assert set(task.excluded) == {*knowing, house.adam.pk}
    assert seeding.open_to_all(now=house.now + timedelta(hours=3)) == 0
    assert seeding.open_to_all(now=house.now + timedelta(hours=4)) == 1
    task.refresh_from_db()
    assert set(task.excluded) == set(knowing)
    assert seeding.open_to_all(now=house.now + timedelta(hours=5)) == 0
