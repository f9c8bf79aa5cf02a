"""What people know of a proposed action, and which of several sources has the last word."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from apps.intake.examining import open_ordered
from apps.proposals.actions import report_outcome
from apps.proposals.examining import order
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Purpose, Verdict
from apps.registry.states import Consequence
from apps.reviews import settling
from apps.reviews.gold import keep_confirmed
from apps.reviews.models import GoldCase
from apps.routing.states import Verb
from apps.rulebook.known import Knowledge, Settled, faults_of, knowledge_of
from apps.rulebook.past import batches
from apps.rulebook.states import Known
from tests import factories
from tests.factories import House

pytestmark = pytest.mark.django_db
ONE = uuid4()
FAULTS = frozenset({(1, "wrong-action")})
APPROVED = Settled(1, "a", "human", "approve", "a")


def known(house: House, proposal: Proposal) -> Known:
    (rows,) = batches([house.workflow.pk], last=10, size=10)
    (row,) = (row for row in rows if row.proposal_id == proposal.pk)
    return knowledge_of([proposal.pk], faults_of([house.workflow.pk])).of(proposal.pk, row.said)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (Settled(1, "a"), Known.UNKNOWN),
        (APPROVED, Known.RIGHT),
        (Settled(1, "a", "policy", "approve", "a"), Known.UNKNOWN),
        (Settled(1, "a", "fallback", "reject", ""), Known.UNKNOWN),
        (Settled(1, "a", "human", "edit", "b"), Known.WRONG),
        (Settled(1, "a", "human", "choose_alternative", "b"), Known.WRONG),
        (Settled(1, "a", "human", "reject", "", "wrong-action"), Known.WRONG),
        (Settled(1, "a", "human", "reject", "", "changed-mind"), Known.UNKNOWN),
        (Settled(2, "a", "human", "reject", "", "wrong-action"), Known.UNKNOWN),
    ],
)
def test_an_answer_says_as_much_as_its_maker_knew(said: Settled, wanted: Known) -> None:
    assert Knowledge({}, frozenset(), {}, FAULTS).of(ONE, said) is wanted


@pytest.mark.parametrize(
    ("gold", "went_wrong", "looked", "wanted"),
    [
        ({ONE: Known.RIGHT}, {ONE}, {ONE: Known.WRONG}, Known.RIGHT),
        ({}, {ONE}, {ONE: Known.RIGHT}, Known.WRONG),
        ({}, set(), {ONE: Known.WRONG}, Known.WRONG),
        ({}, set(), {ONE: Known.UNKNOWN}, Known.UNKNOWN),
        ({}, set(), {}, Known.RIGHT),
    ],
)
def test_which_source_has_the_last_word(
    gold: dict[UUID, Known], went_wrong: set[UUID], looked: dict[UUID, Known], wanted: Known
) -> None:
    assert Knowledge(gold, frozenset(went_wrong), looked, FAULTS).of(ONE, APPROVED) is wanted


def test_a_known_mistake_counts_until_it_is_retired(house: House) -> None:
    proposal = factories.settled(house, Verb.REJECT, reason_code="customer-changed-mind")
    assert known(house, proposal) is Known.UNKNOWN
    keep_confirmed(proposal=proposal, overrides=proposal.task.decisions.all(), now=house.now)
    assert known(house, proposal) is Known.WRONG
    GoldCase.objects.update(retired_at=house.now, retired_because="not so", retired_by=house.adam)
    assert known(house, proposal) is Known.UNKNOWN


def test_a_later_outcome_counts_until_it_is_corrected(house: House) -> None:
    proposal = factories.settled(house)
    assert known(house, proposal) is Known.RIGHT

    def report(verdict: Verdict, **how: Any) -> Any:
        return report_outcome(
            proposal_id=proposal.pk,
            verdict=verdict,
            severity=Consequence.LOW,
            source="complaints",
            occurred_at=house.now,
            by=house.olga,
            now=house.now + timedelta(hours=1),
            **how,
        )

    wrong = report(Verdict.WRONG)
    assert known(house, proposal) is Known.WRONG
    report(Verdict.CORRECT, corrects=wrong.pk)
    assert known(house, proposal) is Known.RIGHT


def test_what_went_wrong_with_other_values_says_nothing_new() -> None:
    acted, edited = Settled(1, "a", "policy", "approve", "a"), Settled(1, "a", "human", "edit", "b")
    gone = Knowledge({}, frozenset({ONE}), {ONE: Known.UNKNOWN}, FAULTS)
    assert gone.of(ONE, acted) is Known.WRONG
    assert gone.of(ONE, edited) is Known.UNKNOWN


@pytest.mark.parametrize(
    ("verb", "reason", "wanted"),
    [
        (Verb.APPROVE, "", Known.RIGHT),
        (Verb.REJECT, "wrong-action", Known.WRONG),
        (Verb.REJECT, "customer-changed-mind", Known.UNKNOWN),
    ],
)
def test_an_audit_says_what_its_person_did(house: House, verb: Verb, reason: str, wanted: Known) -> None:
    proposal = factories.settled(house)
    order(original=proposal, purpose=Purpose.AUDIT, excluded=[house.alice.pk], now=house.now)
    open_ordered(now=house.now)
    copy = Examination.objects.get(original=proposal).copy
    assert copy is not None
    how = {"reason_code": reason} if reason else {}
    factories.decided(factories.claimed(copy, house.bob, house.now), house.bob, house.now, verb, **how)
    settling.settle_due(now=house.now + timedelta(minutes=10))
    assert known(house, proposal) is wanted
