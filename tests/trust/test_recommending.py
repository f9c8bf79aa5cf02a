"""A step up needs evidence and two people, neither the agent's owner; steps down come by themselves."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.delivery.models import Notification, OutboxEvent
from apps.registry.states import Stage
from apps.trust import recommending, thinning
from apps.trust.actions import Look, move_stage, record
from apps.trust.models import Recommendation, Standing, TrustEvent
from apps.trust.retermining import set_criteria
from apps.trust.rules import DEFAULTS, Rules
from apps.trust.seeding import record_seed
from apps.trust.states import Basis, Move, NotEvidence, RecommendationStatus, Source
from apps.trust.statistics.inputs import BadInput
from tests import factories
from tests.trust import earning

HOUR = timedelta(hours=1)


def _ratify(house: factories.House, found: Recommendation, person: str, seen: str = "") -> None:
    recommending.ratify(
        recommendation_id=found.pk,
        by=getattr(house, person),
        seen_sha256=seen or found.evidence_sha256,
        now=house.now + HOUR,
    )


def test_it_is_recommended_with_the_decision_that_certifies(house: factories.House) -> None:
    row = earning.a_slice(house)
    # Too few seeds: a miss rate of 0.20 is assumed, so the tested error is 0.04 and 163 right ones are needed.
    earning.reviewed(house, row, 163)
    assert not Recommendation.objects.exists()
    earning.reviewed(house, row, 1)
    found = earning.waiting(row)
    assert (found.kind, found.threshold, found.attempt) == ("supervised", 0.70, 1)
    assert OutboxEvent.objects.filter(type="reviewhub.slice.recommended.v1").count() == 1
    assert Notification.objects.filter(kind="trust", person=house.olga).exists()


def test_two_people_promote_and_the_history_carries_what_justified_it(house: factories.House) -> None:
    row = earning.supervised(house)
    assert (row.stage, row.threshold) == (Stage.SUPERVISED, 0.70)
    event = TrustEvent.objects.get(move=Move.PROMOTED)
    assert event.people == ["Adam", "Olga"]
    assert event.log_evidence is not None
    assert event.log_need is not None
    assert event.log_evidence >= event.log_need
    assert (event.n, event.miss_rate, len(event.criteria_sha256)) == ([200, 0, 0, 0, 0], 0.20, 64)
    assert Event.objects.filter(verb="slice.promoted").count() == 1


def test_one_person_is_not_enough_and_cannot_sign_twice(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    found = earning.waiting(row)
    _ratify(house, found, "adam")
    with pytest.raises(NotAllowed, match="second, different person"):
        _ratify(house, found, "adam")
    row.refresh_from_db()
    assert row.stage == Stage.ASSISTED


@pytest.mark.parametrize(
    ("person", "allowed"),
    [
        ("adam", True),
        ("olga", True),
        ("petra", True),
        ("tina", False),
        ("gina", False),
        ("alice", False),
        ("charlie", False),
    ],
)
def test_who_may_sign(house: factories.House, person: str, allowed: bool) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    found = earning.waiting(row)
    if allowed:
        _ratify(house, found, person)
    else:
        with pytest.raises(NotAllowed):
            _ratify(house, found, person)
    assert found.signatures.count() == int(allowed)


def test_the_owner_of_the_agent_never_signs_even_as_an_admin(house: factories.House) -> None:
    house.agent.owner = house.adam
    house.agent.save()
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    with pytest.raises(NotAllowed, match="own this agent"):
        _ratify(house, earning.waiting(row), "adam")


def test_whoever_owns_the_agent_by_now_has_signed_for_nothing(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    found = earning.waiting(row)
    _ratify(house, found, "adam")
    house.agent.owner = house.adam
    house.agent.save()
    _ratify(house, found, "olga")
    row.refresh_from_db()
    assert row.stage == Stage.ASSISTED
    _ratify(house, found, "petra")
    row.refresh_from_db()
    assert row.stage == Stage.SUPERVISED
    assert TrustEvent.objects.get(slice=row, move=Move.PROMOTED).people == ["Olga", "Petra"]


def test_signing_other_evidence_than_was_seen_is_refused(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    with pytest.raises(NotAllowed, match="changed since you looked"):
        _ratify(house, earning.waiting(row), "adam", seen="0" * 64)


def test_a_new_mistake_withdraws_what_was_signed_once(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    found = earning.waiting(row)
    _ratify(house, found, "adam")
    earning.reviewed(house, row, 0, 1)
    found.refresh_from_db()
    assert found.status == RecommendationStatus.WITHDRAWN
    with pytest.raises(NotAllowed, match="nothing to sign"):
        _ratify(house, found, "olga")


def test_a_suspected_mistake_counts_as_wrong_until_a_second_person_has_looked(
    house: factories.House,
) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    (entry,) = earning.reviewed(house, row, 0, 1)
    assert (entry.not_counted_because, earning.standing(row).k) == (NotEvidence.SECOND_LOOK, [0] * 5)
    # 170 right ones carry a threshold, but not with one more that may be wrong.
    assert not Recommendation.objects.filter(status=RecommendationStatus.OPEN).exists()


def test_a_confirmed_mistake_takes_back_what_was_signed_and_asks_anew_although_it_still_passes(
    house: factories.House,
) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 400)
    found = earning.waiting(row)
    _ratify(house, found, "adam")
    record(
        slice_id=row.pk,
        agent_version_id=earning.version(house).pk,
        proposal_id=uuid4(),
        source=(Source.DECISION, uuid4()),
        wrong=True,
        confidence=0.99,
        content_sha256=uuid4().hex * 2,
        decided_by="Alice",
        look=Look(is_confirmed=True),
        now=house.now,
    )
    found.refresh_from_db()
    assert found.status == RecommendationStatus.WITHDRAWN
    anew = earning.waiting(row)
    assert (sum(anew.k), anew.signatures.count()) == (1, 0)


def test_further_right_decisions_leave_it_as_it_is(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    found = earning.waiting(row)
    earning.reviewed(house, row, 5)
    _ratify(house, found, "adam")
    _ratify(house, found, "olga")
    row.refresh_from_db()
    assert row.stage == Stage.SUPERVISED


def test_what_was_declined_is_not_asked_again_at_once(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    found = earning.waiting(row)
    with pytest.raises(NotAllowed, match="Say why"):
        recommending.decline(recommendation_id=found.pk, by=house.olga, reason=" ", now=house.now)
    recommending.decline(recommendation_id=found.pk, by=house.olga, reason="not in December", now=house.now)
    earning.reviewed(house, row, 1, now=house.now + HOUR)
    recommending.reconsider_ripe(now=house.now + HOUR)
    assert not Recommendation.objects.filter(status="open").exists()
    recommending.reconsider_ripe(now=house.now + timedelta(days=8))
    assert earning.waiting(row).pk != found.pk


def test_a_suspended_agent_is_given_nothing(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    house.agent.status = "suspended"
    house.agent.save()
    with pytest.raises(NotAllowed, match="suspended"):
        _ratify(house, earning.waiting(row), "adam")


def test_an_audited_mistake_pauses_when_a_second_person_agrees(house: factories.House) -> None:
    row = earning.supervised(house)
    (entry,) = earning.reviewed(house, row, 0, 1, basis=Basis.AUDIT)
    assert entry.not_counted_because == NotEvidence.SECOND_LOOK
    held = earning.standing(row)
    # Nothing runs while it is looked at, and nothing is proved by it yet.
    assert (held.is_acting, held.alarm, held.awaiting) == (False, 0, 1)


def test_seven_net_mistakes_demote_at_once_and_nobody_has_to_agree(house: factories.House) -> None:
    row = earning.supervised(house)
    for _mistake in range(7):
        earning.incident(house, row.pk)
    row.refresh_from_db()
    found = earning.standing(row)
    assert (row.stage, row.threshold) == (Stage.ASSISTED, None)
    assert (found.attempt, found.running, sum(found.n)) == (2, 0, 0)
    moves = list(TrustEvent.objects.order_by("pk").values_list("move", flat=True))
    assert moves == ["opened", "promoted", "paused", "demoted"]
    assert OutboxEvent.objects.filter(type="reviewhub.slice.demoted.v1").count() == 1


def test_gold_tasks_and_incidents_never_enter_the_counts(house: factories.House) -> None:
    row = earning.supervised(house)
    before = earning.standing(row)
    earning.incident(house, row.pk)
    record_seed(
        workflow=house.workflow,
        proposal_id=uuid4(),
        replay_id=uuid4(),
        by=house.alice,
        was_missed=True,
        now=house.now,
    )
    after = earning.standing(row)
    assert (after.n, after.k) == (before.n, before.k)
    row.refresh_from_db()
    assert (row.seeds, row.missed) == (1, 1)


def test_other_seeds_withdraw_what_was_recommended_under_another_miss_rate(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    found = earning.waiting(row)
    for _seed in range(50):
        record_seed(
            workflow=house.workflow,
            proposal_id=uuid4(),
            replay_id=uuid4(),
            by=house.alice,
            was_missed=False,
            now=house.now,
        )
    found.refresh_from_db()
    assert found.status == RecommendationStatus.WITHDRAWN
    assert earning.waiting(row).miss_rate < 0.12


def test_the_same_replay_counts_once(house: factories.House) -> None:
    row, replay = earning.a_slice(house), uuid4()
    for _again in range(2):
        record_seed(
            workflow=house.workflow,
            proposal_id=uuid4(),
            replay_id=replay,
            by=house.alice,
            was_missed=True,
            now=house.now,
        )
    row.refresh_from_db()
    assert row.seeds == 1


def test_a_new_version_starts_its_own_evidence(house: factories.House) -> None:
    row = earning.supervised(house)
    other = earning.version(house, "p2")
    earning.reviewed(house, row, 3, agent_version=other)
    fresh = Standing.objects.get(slice=row, agent_version=other)
    assert (fresh.attempt, fresh.running, fresh.n) == (1, 0, [3, 0, 0, 0, 0])


def test_a_new_version_after_a_failed_one_does_not_begin_with_the_easiest_attempt(
    house: factories.House,
) -> None:
    row = earning.supervised(house)
    for _mistake in range(7):
        earning.incident(house, row.pk)
    other = earning.version(house, "p2")
    earning.reviewed(house, row, 1, agent_version=other)
    assert Standing.objects.get(slice=row, agent_version=other).attempt == 2


def test_too_few_audits_bring_everything_back_to_review(house: factories.House) -> None:
    row = earning.supervised(house)
    later = house.now + timedelta(days=200)
    earning.reviewed(house, row, 49, basis=Basis.AUDIT, now=later - HOUR)
    assert thinning.take_back_thin(now=later) == 1
    found = earning.standing(row)
    assert (found.running, found.attempt, sum(found.n)) == (0, 2, 0)
    row.refresh_from_db()
    assert row.stage == Stage.ASSISTED


def test_enough_audits_let_it_run_on(house: factories.House) -> None:
    row = earning.supervised(house)
    later = house.now + timedelta(days=200)
    earning.reviewed(house, row, 50, basis=Basis.AUDIT, now=later - HOUR)
    assert thinning.take_back_thin(now=later) == 0


def test_taking_a_slice_back_by_hand_takes_what_was_earned(house: factories.House) -> None:
    row = earning.supervised(house)
    move_stage(slice_id=row.pk, to=Stage.ASSISTED, by=house.gina, reason="an incident", now=house.now)
    found = earning.standing(row)
    assert (found.running, found.attempt) == (0, 2)
    assert TrustEvent.objects.filter(move=Move.TAKEN_BACK, reason="an incident").exists()


def test_a_slice_stays_in_shadow_as_long_as_its_criteria_say(house: factories.House) -> None:
    house.workflow.initial_stage = Stage.SHADOW
    house.workflow.save()
    row = earning.a_slice(house)
    rules = Rules(shadow_days=7)
    set_criteria(slice_id=row.pk, rules=rules, by=house.adam, reason="x", start_over=False, now=house.now)
    earning.reviewed(house, row, 19, basis=Basis.SHADOW)
    with pytest.raises(NotAllowed, match="for 7 days"):
        _ratify(house, earning.waiting(row), "adam")
    assert earning.ratified(house, row, now=house.now + timedelta(days=7)).kind == "assisted"


def test_shadow_earns_assisted_by_nineteen_in_a_row_and_two_people(house: factories.House) -> None:
    house.workflow.initial_stage = Stage.SHADOW
    house.workflow.save()
    row = earning.a_slice(house)
    with pytest.raises(NotAllowed, match="usefulness gate"):
        move_stage(slice_id=row.pk, to=Stage.ASSISTED, by=house.adam, reason="now", now=house.now)
    earning.reviewed(house, row, 18, basis=Basis.SHADOW)
    assert not Recommendation.objects.exists()
    earning.reviewed(house, row, 1, basis=Basis.SHADOW)
    assert earning.ratified(house, row).kind == "assisted"
    row.refresh_from_db()
    assert row.stage == Stage.ASSISTED


def test_criteria_are_chosen_before_outcomes_or_everything_starts_over(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 5)
    other = Rules(edges=(0.9, 0.6), alpha=0.10)

    def change(start_over: bool) -> None:
        set_criteria(
            slice_id=row.pk, rules=other, by=house.adam, reason="x", start_over=start_over, now=house.now
        )

    with pytest.raises(NotAllowed, match="before outcomes"):
        change(start_over=False)
    change(start_over=True)
    found = earning.standing(row)
    assert (found.n, found.attempt) == ([0, 0], 2)
    earning.reviewed(house, row, 1, confidence=0.65)
    assert earning.standing(row).n == [0, 1]
    call_command("trust_recompute", "--check")


def test_criteria_that_leave_the_test_alone_keep_the_evidence(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 5)
    rules = Rules(veto_minutes=30)
    made = set_criteria(
        slice_id=row.pk, rules=rules, by=house.adam, reason="x", start_over=False, now=house.now
    )
    assert (made.number, earning.standing(row).n[0]) == (1, 5)


@pytest.mark.parametrize("wrong", [{"edges": (0.5, 0.9)}, {"alpha": 0.5}, {"delta": 0.0}, {"edges": ()}])
def test_impossible_criteria_are_refused(house: factories.House, wrong: dict[str, Any]) -> None:
    row = earning.a_slice(house)
    with pytest.raises(BadInput):
        set_criteria(
            slice_id=row.pk,
            rules=Rules(**wrong),
            by=house.adam,
            reason="x",
            start_over=False,
            now=house.now,
        )


@pytest.mark.parametrize("person", ["tina", "olga", "gina", "alice"])
def test_only_admins_set_criteria(house: factories.House, person: str) -> None:
    row = earning.a_slice(house)
    with pytest.raises(NotAllowed):
        set_criteria(
            slice_id=row.pk,
            rules=DEFAULTS,
            by=getattr(house, person),
            reason="x",
            start_over=False,
            now=house.now,
        )


def test_the_database_refuses_a_promotion_without_two_people(house: factories.House) -> None:
    row = earning.a_slice(house)
    with pytest.raises(DatabaseError), transaction.atomic():
        TrustEvent.objects.create(
            slice=row,
            agent_version=earning.version(house),
            move=Move.PROMOTED,
            at=house.now,
            attempt=1,
            n=[0],
            k=[0],
            running=1,
            alarm=0,
            log_evidence=6,
            log_need=5,
            miss_rate=0,
            criteria_sha256="0" * 64,
            people=["Adam"],
        )
