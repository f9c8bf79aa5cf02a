"""Known cases: adjudicated, shown like any other task, answered, disputed, ruled on and retired."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import rights
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.audit.sentences import SENTENCES
from apps.delivery.models import Notification, OutboxEvent
from apps.intake import examining
from apps.proposals.disguising import disguised
from apps.proposals.examining import order
from apps.proposals.models import Evidence, Examination, Grant, Proposal, Resolution
from apps.proposals.states import DecidedBy, Purpose, Status
from apps.reviews import (
    adjudicating,
    bulk,
    delegating,
    disputing,
    keeping,
    leases,
    returning,
    seeding,
    settling,
)
from apps.reviews.choosing import Invalid
from apps.reviews.models import GoldAnswer, GoldCase, GoldDispute, Queue, Task
from apps.reviews.states import GoldResult, Ruling, TaskStatus
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry, ReviewerQuality, Seed, SeedVoid, Slice
from tests import factories
from tests.together import at_once

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def led(house: factories.House) -> factories.House:
    """Petra leads the standard queue; Charlie reviews as Alice and Bob do."""
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["standard"], by=None, now=house.now)
    house.charlie.groups.add(house.team)
    return house


def _mistake(house: factories.House, verb: Verb = Verb.APPROVE) -> GoldCase:
    """Alice let something happen; Petra says that it was a mistake."""
    proposal = factories.settled(house, verb)
    return adjudicating.adjudicate(
        proposal_id=proposal.pk,
        answers=[""],
        explanation="The order was shipped.",
        by=house.petra,
        now=house.now,
    )


def _right(house: factories.House) -> GoldCase:
    proposal = factories.settled(house)
    return adjudicating.adjudicate(
        proposal_id=proposal.pk,
        answers=[proposal.args_sha256],
        explanation="The customer may cancel.",
        by=house.petra,
        now=house.now,
    )


def _shown(house: factories.House, case: GoldCase, after: timedelta = HOUR) -> Task:
    """The task of a copy of the case, waiting."""
    now = house.now + after
    order(original=case.proposal, purpose=Purpose.REPLAY, excluded=[house.alice.pk, house.petra.pk], now=now)
    examining.open_ordered(now=now)
    return Task.objects.filter(proposal__is_copy=True, status=TaskStatus.OPEN).latest("opened_at")


def _answered(
    house: factories.House, case: GoldCase, verb: Verb, person: str = "bob", after: timedelta = HOUR
) -> GoldAnswer:
    task, by, now = _shown(house, case, after), getattr(house, person), house.now + after
    factories.decided(factories.claimed(task.proposal, by, now), by, now, verb)
    settling.settle_due(now=now + MINUTE)
    return GoldAnswer.objects.get(decision__task=task)


# Adjudicating


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("petra", True),
        ("gina", True),
        ("alice", False),
        ("adam", False),
        ("olga", False),
        ("charlie", False),
        ("tina", False),
    ],
)
def test_leads_and_governance_say_what_is_right(led: factories.House, person: str, may: bool) -> None:
    proposal = factories.settled(led)

    def adjudicate() -> GoldCase:
        return adjudicating.adjudicate(
            proposal_id=proposal.pk, answers=[""], explanation="Wrong.", by=getattr(led, person), now=led.now
        )

    if not may:
        with pytest.raises(NotAllowed):
            adjudicate()
        return
    assert adjudicate().is_mistake
    assert Event.objects.filter(verb="gold.added", actor_name=person.title()).exists()


def test_the_agents_owner_never_does_even_as_a_lead(led: factories.House) -> None:
    rights.give(role=Role.LEAD, to=led.tina, on=led.queues["standard"], by=None, now=led.now)
    proposal = factories.settled(led)
    with pytest.raises(NotAllowed, match="own the agent"):
        adjudicating.adjudicate(
            proposal_id=proposal.pk, answers=[""], explanation="Wrong.", by=led.tina, now=led.now
        )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.PENDING, "a person has decided"),
        (Status.CANCELLED, "a person has decided"),
        (Status.EXPIRED, "a person has decided"),
    ],
)
def test_only_what_a_person_decided_is_adjudicated(led: factories.House, status: Status, said: str) -> None:
    proposal = factories.proposal_at(led, status)
    with pytest.raises(Invalid, match=said):
        adjudicating.adjudicate(
            proposal_id=proposal.pk, answers=[""], explanation="Wrong.", by=led.petra, now=led.now
        )


@pytest.mark.parametrize(
    ("answers", "explanation", "said"),
    [
        ([], "Because.", "Choose what is right"),
        (["0" * 64], "Because.", "Choose what is right"),
        ([""], "  ", "Say why"),
        ([""], "x" * 501, "At most 500"),
    ],
)
def test_an_answer_is_one_of_the_possible_ones_with_its_reason(
    led: factories.House, answers: list[str], explanation: str, said: str
) -> None:
    proposal = factories.settled(led)
    with pytest.raises(Invalid, match=said):
        adjudicating.adjudicate(
            proposal_id=proposal.pk, answers=answers, explanation=explanation, by=led.petra, now=led.now
        )


def test_a_case_is_in_the_bank_once_and_never_again_after_it_was_retired(led: factories.House) -> None:
    case = _mistake(led)
    adjudicating.retire(case_id=case.pk, because="The rule has changed.", by=led.gina, now=led.now)
    with pytest.raises(Invalid, match="in the bank already"):
        adjudicating.adjudicate(
            proposal_id=case.proposal_id, answers=[""], explanation="Again.", by=led.petra, now=led.now
        )


def test_what_is_possible_has_every_digest_once(led: factories.House) -> None:
    kinds = [one.kind for one in adjudicating.possible_answers(factories.settled(led))]
    assert kinds == ["proposed", "alternative 1", "nothing"]


# Showing


def test_the_adjudicator_and_whoever_decided_are_not_shown_it(
    led: factories.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = _mistake(led)
    ((found, knowing),) = seeding._candidates(led.workflow.pk)
    assert (found, knowing) == (case, {led.alice.pk, led.petra.pk})


@pytest.mark.parametrize("field", ["slice", "agent", "action_type"])
def test_a_case_is_not_shown_where_its_card_would_tell_of_other_times(
    led: factories.House, field: str
) -> None:
    case = _mistake(led)
    if field == "slice":
        Slice.objects.update(stage="shadow")
    elif field == "agent":
        type(led.agent).objects.update(status="suspended")
    else:
        type(led.cancel_order).objects.update(is_active=False)
    assert case.retired_at is None
    assert seeding._candidates(led.workflow.pk) == []


def test_a_copy_reads_like_a_proposal_that_came_in_now(led: factories.House) -> None:
    retrieved = led.now - timedelta(hours=2)
    item = {
        "id": "e1",
        "kind": "record",
        "claim": "it is pending",
        "content": "x",
        "retrieved_at": retrieved.isoformat(),
    }
    proposal = factories.pending(led, evidence=[item])
    factories.decided(factories.claimed(proposal, led.alice, led.now), led.alice, led.now)
    settling.settle_due(now=led.now + MINUTE)
    case = adjudicating.adjudicate(
        proposal_id=proposal.pk, answers=[""], explanation="No.", by=led.petra, now=led.now
    )
    newer = {**factories.proposal_body()["agent_version"], "prompt_version": "p2"}
    last = factories.pending(led, agent_version=newer, subject=None)
    task = _shown(led, case, after=timedelta(days=30))
    copy = task.proposal
    assert copy.created_at == task.opened_at == led.now + timedelta(days=30)
    assert Evidence.objects.get(proposal=copy).retrieved_at == copy.created_at - timedelta(hours=2)
    assert copy.agent_version_id == last.agent_version_id
    assert copy.external_id != proposal.external_id
    assert re.fullmatch(r"call-[0-9a-f]{12}", copy.external_id)
    real = Task.objects.get(proposal=last)
    for name in ("tier", "quorum", "verbs", "queue_id", "deciders", "skipped_by", "also_in"):
        assert getattr(task, name) == getattr(real, name), name
    assert task.due_at - task.opened_at == real.due_at - real.opened_at
    assert task.claim_due_at - task.opened_at == real.claim_due_at - real.opened_at


def test_a_copy_of_what_two_people_decide_says_so_and_ends_with_one(led: factories.House) -> None:
    proposal = factories.two_person(led)
    for number, person in enumerate((led.alice, led.adam), 1):
        person.groups.add(led.team)
        now = led.now + number * MINUTE
        factories.decided(factories.claimed(proposal, person, now), person, now)
        settling.settle_due(now=now + MINUTE)
    case = adjudicating.adjudicate(
        proposal_id=proposal.pk, answers=[""], explanation="No.", by=led.gina, now=led.now
    )
    task = _shown(led, case)
    assert (task.quorum, task.deciders) == (2, [])
    now = led.now + HOUR
    factories.decided(factories.claimed(task.proposal, led.bob, now), led.bob, now)
    settling.settle_due(now=now + MINUTE)
    task.refresh_from_db()
    assert task.status == TaskStatus.DONE
    assert GoldAnswer.objects.get().result == GoldResult.MISSED


def test_nobody_outside_hears_of_a_copy(led: factories.House) -> None:
    case = _mistake(led)
    before = OutboxEvent.objects.count()
    _answered(led, case, Verb.APPROVE)
    assert OutboxEvent.objects.count() == before


@given(st.text(min_size=1, max_size=40), st.uuids())
def test_a_disguised_id_has_the_form_of_the_original(external_id: str, key: UUID) -> None:
    made = disguised(external_id, key.bytes)
    assert len(made) == len(external_id)
    assert made[:-6] == external_id[:-6]
    for one, other in zip(external_id, made, strict=True):
        if one.isascii():
            assert one.isdigit() == other.isdigit()
            assert one.isalpha() == other.isalpha()
            assert one.isupper() == other.isupper()
        else:
            assert one == other


def test_an_agent_may_send_the_id_a_copy_has(led: factories.House) -> None:
    task = _shown(led, _mistake(led))
    sent = factories.pending(led, external_id=task.proposal.external_id, subject=None)
    assert sent.external_id == task.proposal.external_id


# What cannot be done with one


def test_it_is_not_skipped_handed_over_or_approved_with_others(
    led: factories.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.trust.statistics.coin.toss", lambda *_given: 0.99)
    led.cancel_order.consequence, led.cancel_order.reversibility = "low", "reversible"
    led.cancel_order.save()
    rights.give(role=Role.LEAD, to=led.petra, on=led.queues["triage"], by=None, now=led.now)
    case = _mistake(led)
    now = led.now + HOUR
    task = factories.claimed(_shown(led, case).proposal, led.bob, now)
    assert task.lease_token is not None
    with pytest.raises(Invalid, match="chosen by lot"):
        returning.skip(task_id=task.pk, by=led.bob, reason="not mine", now=now)
    with pytest.raises(Invalid, match="chosen by lot"):
        delegating.delegate(
            task_id=task.pk, to=led.charlie, by=led.bob, note="please", lease_token=task.lease_token, now=now
        )
    returning.release(task_id=task.pk, by=led.bob, now=now)
    other = factories.pending(led, subject=None)
    wanted = {task.pk: task.proposal.args_sha256, other.task.pk: other.args_sha256}
    Slice.objects.filter(pk=other.slice_id).update(stage="assisted")
    done = bulk.approve_all(seen=wanted, opened=set(wanted), seed="s", by=led.bob, now=now)
    assert done.approved == 1
    assert Task.objects.get(pk=task.pk).status == TaskStatus.OPEN


def test_as_many_ordinary_tasks_stay_too_so_that_being_refused_tells_nothing(
    led: factories.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = factories.claimed(factories.pending(led), led.bob, led.now)
    asked: list[str] = []

    def toss(secret: bytes, person: int, name: str) -> float:
        asked.append(name)
        return 0.19

    monkeypatch.setattr("apps.trust.statistics.coin.toss", toss)
    assert not keeping.stays(task, by=led.bob)
    assert asked == []
    _mistake(led)
    asked.clear()
    assert keeping.stays(task, by=led.bob)
    assert asked == [f"stays {task.pk}"]
    for _number in range(seeding.AT_START):
        _fill(led)
    assert not keeping.stays(task, by=led.bob)
    monkeypatch.setattr("apps.trust.statistics.coin.toss", lambda *_given: 0.0)
    with pytest.raises(Invalid, match="chosen by lot"):
        returning.skip(task_id=task.pk, by=led.bob, reason="not mine", now=led.now)


def test_what_stays_stays_with_everybody_and_is_as_often_as_known_cases_are_shown(
    led: factories.House,
) -> None:
    _mistake(led)
    Queue.objects.update(gold_percent=20)
    task = factories.pending(led).task
    stay = 0
    for number in range(2000):
        # As if it were another ordinary task; nothing is stored.
        task.pk = UUID(int=number + 1)
        found = [keeping.stays(task, by=person) for person in (led.bob, led.charlie, led.bob)]
        assert len(set(found)) == 1
        stay += found[0]
    assert 330 < stay < 470


@pytest.mark.parametrize("left", ["the bank is empty", "none is shown"])
def test_a_copy_that_is_left_over_is_passed_on_as_every_other_task_is(
    led: factories.House, left: str
) -> None:
    case = _mistake(led)
    task = factories.claimed(_shown(led, case).proposal, led.bob, led.now + HOUR)
    assert keeping.stays(task, by=led.bob)
    if left == "none is shown":
        Queue.objects.update(gold_percent=0)
    else:
        adjudicating.retire(case_id=case.pk, because="The rule has changed.", by=led.gina, now=led.now)
    again = Task.objects.select_related("proposal", "queue").get(pk=task.pk)
    assert not keeping.stays(again, by=led.bob)


def test_copies_of_other_kinds_take_part_in_the_lot(
    led: factories.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = _mistake(led)
    order(original=case.proposal, purpose=Purpose.AGREEMENT, excluded=[led.alice.pk], now=led.now)
    examining.open_ordered(now=led.now + HOUR)
    task = Task.objects.get(proposal__is_copy=True)
    monkeypatch.setattr("apps.trust.statistics.coin.toss", lambda *_given: 0.0)
    assert keeping.stays(task, by=led.bob)


def _fill(house: factories.House) -> None:
    """One more known case that Bob has answered."""
    case = GoldCase.objects.get(retired_at=None)
    number = GoldAnswer.objects.count() + 1
    _answered(house, case, Verb.APPROVE, after=number * HOUR)


def test_it_can_never_be_granted(led: factories.House) -> None:
    found = _answered(led, _mistake(led), Verb.APPROVE)
    copy = found.decision.task.proposal
    assert copy.status == Status.RECORDED
    Resolution.objects.create(
        proposal=copy,
        verb=Verb.APPROVE,
        action_name="cancel_order",
        args=copy.args,
        args_sha256=copy.args_sha256,
        decided_by_type=DecidedBy.HUMAN,
        decided_at=led.now,
        settled_at=led.now,
    )
    with pytest.raises(DatabaseError, match="approved proposal"), transaction.atomic():
        Grant.objects.create(
            proposal=copy,
            agent=led.agent,
            action_name="cancel_order",
            args_sha256=copy.args_sha256,
            token="x",
            issued_at=led.now,
            expires_at=led.now + HOUR,
        )


# Answers


@pytest.mark.parametrize(
    ("is_mistake", "verb", "result", "seeds"),
    [
        (True, Verb.APPROVE, GoldResult.MISSED, 1),
        (True, Verb.REJECT, GoldResult.RIGHT, 1),
        (False, Verb.APPROVE, GoldResult.RIGHT, 0),
        (False, Verb.REJECT, GoldResult.FALSE_ALARM, 0),
    ],
)
def test_a_decision_on_a_known_case_shows_what_it_shows(
    led: factories.House, is_mistake: bool, verb: Verb, result: GoldResult, seeds: int
) -> None:
    case = _mistake(led) if is_mistake else _right(led)
    before = LedgerEntry.objects.count()
    found = _answered(led, case, verb)
    assert (found.result, found.by, found.seen_at) == (result, led.bob, None)
    assert Seed.objects.count() == seeds
    assert LedgerEntry.objects.count() == before
    assert Event.objects.filter(verb="gold.answered", data__result=result.value).exists()


def test_a_retired_case_shows_nothing_about_anybody(led: factories.House) -> None:
    case = _mistake(led)
    task = _shown(led, case)
    adjudicating.retire(case_id=case.pk, because="Too old.", by=led.gina, now=led.now + HOUR)
    now = led.now + 2 * HOUR
    factories.decided(factories.claimed(task.proposal, led.bob, now), led.bob, now)
    settling.settle_due(now=now + MINUTE)
    assert not GoldAnswer.objects.exists()


def test_an_answer_never_changes(led: factories.House) -> None:
    found = _answered(led, _mistake(led), Verb.APPROVE)
    with pytest.raises(DatabaseError), transaction.atomic():
        GoldAnswer.objects.filter(pk=found.pk).update(result=GoldResult.RIGHT)


# Disputes


def test_upheld_the_case_is_retired_and_what_it_counted_is_taken_out_for_everybody(
    led: factories.House,
) -> None:
    case = _mistake(led)
    first = _answered(led, case, Verb.APPROVE)
    _answered(led, case, Verb.APPROVE, person="charlie", after=2 * HOUR)
    row = disputing.dispute(
        answer_id=first.pk, note="It was not shipped.", by=led.bob, now=led.now + 3 * HOUR
    )
    told = Notification.objects.filter(kind="dispute").values_list("person__short", flat=True)
    assert set(told) == {"petra", "gina"}
    assert Slice.objects.get(pk=case.proposal.slice_id).missed == 2
    disputing.rule(dispute_id=row.pk, ruling=Ruling.UPHELD, note="True.", by=led.gina, now=led.now + 4 * HOUR)
    case.refresh_from_db()
    assert (case.retired_because, case.retired_by) == ("True.", led.gina)
    found = Slice.objects.get(pk=case.proposal.slice_id)
    assert (found.seeds, found.missed) == (0, 0)
    assert (Seed.objects.count(), SeedVoid.objects.count()) == (2, 2)
    assert set(ReviewerQuality.objects.values_list("seeds", "missed")) == {(0, 0)}
    assert set(GoldAnswer.objects.values_list("is_void", flat=True)) == {True}
    assert Notification.objects.get(kind="dispute_ruled").person == led.bob


def test_dismissed_the_answer_stands(led: factories.House) -> None:
    case = _mistake(led)
    found = _answered(led, case, Verb.APPROVE)
    row = disputing.dispute(answer_id=found.pk, note="No.", by=led.bob, now=led.now)
    disputing.rule(dispute_id=row.pk, ruling=Ruling.DISMISSED, note="It was.", by=led.petra, now=led.now)
    case.refresh_from_db()
    assert (case.retired_at, SeedVoid.objects.count()) == (None, 0)
    assert Slice.objects.get(pk=case.proposal.slice_id).missed == 1


@pytest.mark.parametrize("person", ["alice", "bob", "petra", "gina", "adam", "olga", "tina", "charlie"])
def test_who_may_dispute_and_who_may_rule(led: factories.House, person: str) -> None:
    found = _answered(led, _mistake(led), Verb.APPROVE)
    by = getattr(led, person)
    if person == "bob":
        row = disputing.dispute(answer_id=found.pk, note="No.", by=by, now=led.now)
    else:
        with pytest.raises(NotAllowed, match="Only the person"):
            disputing.dispute(answer_id=found.pk, note="No.", by=by, now=led.now)
        row = disputing.dispute(answer_id=found.pk, note="No.", by=led.bob, now=led.now)
    if person in ("petra", "gina"):
        disputing.rule(dispute_id=row.pk, ruling=Ruling.DISMISSED, note="So.", by=by, now=led.now)
    else:
        with pytest.raises(NotAllowed):
            disputing.rule(dispute_id=row.pk, ruling=Ruling.DISMISSED, note="So.", by=by, now=led.now)


def test_a_lead_who_disputes_does_not_rule_on_it(led: factories.House) -> None:
    case = _mistake(led)
    rights.give(role=Role.LEAD, to=led.bob, on=led.queues["standard"], by=None, now=led.now)
    row = disputing.dispute(
        answer_id=_answered(led, case, Verb.APPROVE).pk, note="No.", by=led.bob, now=led.now
    )
    with pytest.raises(NotAllowed, match="You dispute it"):
        disputing.rule(dispute_id=row.pk, ruling=Ruling.UPHELD, note="Mine.", by=led.bob, now=led.now)


def test_a_dispute_is_made_once_ruled_once_and_needs_words(led: factories.House) -> None:
    found = _answered(led, _mistake(led), Verb.APPROVE)
    with pytest.raises(Invalid, match="what is wrong"):
        disputing.dispute(answer_id=found.pk, note=" ", by=led.bob, now=led.now)
    row = disputing.dispute(answer_id=found.pk, note="No.", by=led.bob, now=led.now)
    with pytest.raises(Invalid, match="already"):
        disputing.dispute(answer_id=found.pk, note="No!", by=led.bob, now=led.now)
    with pytest.raises(Invalid, match="Say why"):
        disputing.rule(dispute_id=row.pk, ruling=Ruling.UPHELD, note="", by=led.petra, now=led.now)
    disputing.rule(dispute_id=row.pk, ruling=Ruling.DISMISSED, note="So.", by=led.petra, now=led.now)
    with pytest.raises(Invalid, match="ruled on this already"):
        disputing.rule(dispute_id=row.pk, ruling=Ruling.UPHELD, note="Now.", by=led.gina, now=led.now)


def test_every_event_of_the_bank_has_its_sentence() -> None:
    assert {"added", "answered", "disputed", "dispute_upheld", "dispute_dismissed", "retired"} == {
        verb.removeprefix("gold.") for verb in SENTENCES if verb.startswith("gold.")
    }


def test_a_measured_lease_is_not_moved_by_this(led: factories.House) -> None:
    _answered(led, _mistake(led), Verb.APPROVE)
    assert leases.measure_leases(now=timezone.now()) == 4


# Races


def test_disputing_while_it_is_retired_ends_one_way_or_the_other(live_house: factories.House) -> None:
    house = live_house
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["standard"], by=None, now=house.now)
    case = _mistake(house)
    found = _answered(house, case, Verb.APPROVE)
    results = at_once(
        [
            lambda: disputing.dispute(answer_id=found.pk, note="No.", by=house.bob, now=house.now),
            lambda: adjudicating.retire(
                case_id=case.pk, because="Wrong.", by=house.gina, now=house.now, is_wrong=True
            ),
        ]
    )
    assert isinstance(results[1], GoldCase)
    disputes = GoldDispute.objects.count()
    if isinstance(results[0], GoldDispute):
        assert disputes == 1
    else:
        assert "retired meanwhile" in str(results[0])
        assert disputes == 0
    case.refresh_from_db()
    assert case.retired_at is not None
    assert SeedVoid.objects.count() == 1
    assert Slice.objects.get(pk=case.proposal.slice_id).seeds == 0


def test_two_who_rule_at_once_rule_once(live_house: factories.House) -> None:
    house = live_house
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["standard"], by=None, now=house.now)
    found = _answered(house, _mistake(house), Verb.APPROVE)
    row = disputing.dispute(answer_id=found.pk, note="No.", by=house.bob, now=house.now)
    results = at_once(
        [
            lambda by=by: disputing.rule(  # type: ignore[misc]
                dispute_id=row.pk, ruling=Ruling.UPHELD, note="So.", by=by, now=house.now
            )
            for by in (house.petra, house.gina)
        ]
    )
    assert sum(isinstance(one, GoldDispute) for one in results) == 1
    assert SeedVoid.objects.count() == 1


def test_sweepers_at_once_order_a_case_once(
    live_house: factories.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = live_house
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["standard"], by=None, now=house.now)
    seeding.order_replays(now=house.now)
    _mistake(house)
    for _number in range(3):
        factories.settled(house, by=house.bob)
    monkeypatch.setattr("apps.trust.statistics.coin.toss", lambda *_given: 0.0)
    later = house.now + 2 * HOUR
    at_once([lambda: seeding.order_replays(now=later) for _sweeper in range(4)])
    assert Examination.objects.filter(purpose=Purpose.REPLAY).count() == 1
    at_once([lambda: examining.open_ordered(now=later) for _sweeper in range(4)])
    assert Proposal.objects.filter(is_copy=True).count() == 1
