"""A back-test on proposals that came in by the real door: what it counts, lists, leaves out, and how it ends early."""

from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from django.urls import reverse

from apps.audit.long_work import MOST_ATTEMPTS, SILENT
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.proposals.actions import report_outcome
from apps.proposals.models import Assessment, Proposal
from apps.proposals.states import Verdict
from apps.registry.states import Consequence, Stage
from apps.reviews import settling
from apps.routing.states import Route, Verb
from apps.rulebook import ordering, running
from apps.rulebook.models import BackTest, BackTestCase
from apps.rulebook.states import Kind
from apps.rulebook.tasks import run_back_tests
from tests import factories
from tests.factories import House
from tests.rulebook import trials
from tests.rulebook.drafts import draft_of, ordered, rule, tried, with_cells, with_rules
from tests.together import at_once
from tests.trust import earning
from tests.waiting import until

pytestmark = pytest.mark.django_db

LARGE = rule("large", "impact.amount > 500", queue="senior", second_approver=True)


def about(amount: str) -> dict[str, Any]:
    return {"impact": {"amount": amount, "currency": "EUR"}}


def kinds(test: BackTest) -> dict[str, int]:
    return dict(test.figures["kinds"])


def test_a_rule_moves_what_it_holds_for_and_nothing_else(house: House) -> None:
    large = factories.pending(house, **about("600"))
    factories.pending(house, **about("100"))
    test = tried(house, with_rules(LARGE))
    assert (test.status, test.found, test.done, test.attempts) == ("done", 2, 2, 1)
    assert kinds(test) == {"moved": 1, "more_people": 1}
    figures = test.figures
    assert (figures["answered"], figures["changed"], figures["left_out"]) == (2, 1, {})
    assert figures["before"]["people"] == {"1": 2}
    assert figures["after"]["people"] == {"1": 1, "2": 1}
    assert figures["after"]["rules"] == [{"slug": "large", "title": "Large", "held": 1, "failed": 0}]
    assert {slug: found["after"]["tasks"] for slug, found in figures["queues"].items()} == {
        "senior": 1,
        "standard": 1,
    }
    case = BackTestCase.objects.get(kind=Kind.MOVED)
    assert (case.proposal_id, case.before["queue"], case.after["queue"]) == (large.pk, "standard", "senior")
    assert (case.before["rules"], case.after["rules"]) == ([], ["Large"])
    assert Event.objects.get(verb="back_test.done").data == {"answered": 2, "changed": 1}


def test_the_content_that_holds_differs_in_nothing(house: House) -> None:
    for amount in ("100", "600"):
        factories.pending(house, **about(amount))
    factories.two_person(house)
    test = tried(house)
    assert kinds(test) == {}
    assert test.figures["before"] == test.figures["after"]
    assert not BackTestCase.objects.exists()


def test_a_rule_that_cannot_be_answered_is_counted(house: House) -> None:
    factories.pending(house, impact=None)
    test = tried(house, with_rules(LARGE))
    assert test.figures["after"]["rules"][0]["failed"] == 1


def test_only_the_newest_of_the_scope_are_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "FEWEST", 1)
    monkeypatch.setattr(running, "BATCH", 2)
    factories.pending(house, **about("600"))
    for _again in range(3):
        factories.pending(house, **about("100"))
    test = tried(house, with_rules(LARGE), last=3)
    assert (test.found, test.done, kinds(test)) == (3, 3, {})
    # Where the workflow has a policy of its own, the default one has nothing to answer there.
    factories.publish_matrix(house.now, house.workflow)
    test = ordered(house, draft_of(house, with_rules(LARGE)), last=3)
    assert run_back_tests() == 1
    test.refresh_from_db()
    assert (test.status, test.done, test.figures["answered"]) == ("done", 0, 0)


def test_what_was_stored_without_its_trust_is_left_out_and_said(house: House) -> None:
    proposal = factories.pending(house, **about("600"))
    gone = factories.pending(house, **about("600"))
    with pgtrigger.ignore():
        Assessment.objects.filter(proposal=proposal).update(trust={})
        Assessment.objects.filter(proposal=gone).update(facts={})
    test = tried(house, with_rules(LARGE))
    assert (test.done, test.figures["answered"]) == (2, 0)
    assert test.figures["left_out"] == {"no_trust": 1, "taken_out": 1}


def test_known_mistakes_that_would_act_and_known_right_that_would_be_held(house: House) -> None:
    """Three in a supervised slice: one overridden, one approved, one that went wrong later."""
    right = factories.settled(house)
    wrong = factories.settled(house, Verb.REJECT)
    later = factories.settled(house)
    report_outcome(
        proposal_id=later.pk,
        verdict=Verdict.WRONG,
        severity=Consequence.LOW,
        source="complaints",
        occurred_at=house.now,
        by=house.olga,
        now=house.now + timedelta(hours=1),
    )
    no_fault = factories.settled(house, Verb.REJECT, reason_code="customer-changed-mind")
    test = tried(house, with_rules(rule("none", "true", refuse="Nothing.")))
    assert test.figures["known"] == {"right": 1, "wrong": 2}
    assert kinds(test) == {"refused": 4, "right_held": 1}
    assert BackTestCase.objects.get(kind=Kind.RIGHT_HELD).proposal_id == right.pk
    known = {case.proposal_id: case.known for case in BackTestCase.objects.filter(kind=Kind.REFUSED)}
    assert known == {right.pk: "right", wrong.pk: "wrong", later.pk: "wrong", no_fault.pk: ""}


def test_a_raised_ceiling_shows_which_known_mistakes_would_have_passed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(house)
    factories.publish_matrix(house.now, house.workflow, ceiling=Stage.ASSISTED)
    factories.pending(house)
    proposal = factories.pending(house, confidence=0.99, subject=None)
    assert proposal.route == Route.REVIEW
    factories.decided(
        factories.claimed(proposal, house.alice, house.now), house.alice, house.now, Verb.REJECT
    )
    settling.settle_due(now=house.now + timedelta(minutes=10))

    def let_act(content: dict[str, Any]) -> None:
        content["matrix"]["moderate"]["compensable"]["ceiling"] = "supervised"

    test = tried(house, let_act)
    assert kinds(test) == {"acts": 1, "wrong_acts": 1}
    assert test.figures["after"]["known"] == {"wrong": {"act": 1}}
    assert test.figures["before"]["known"] == {"wrong": {"review": 1}}


def test_corroboration_nobody_asked_for_then_counts_as_none_and_is_said(house: House) -> None:
    factories.pending(house)
    test = tried(house, with_rules(rule("second-opinion", "true", corroborated=True)))
    assert test.figures["unasked"] == 1


def test_expected_breaches_rise_with_the_people_a_task_needs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waited two hours for its decision; two people take twice as long, and the target is four hours."""
    monkeypatch.setattr("apps.rulebook.queueing.FEWEST", 3)
    for hours in (0, 2, 4, 6):
        at = house.now + timedelta(hours=hours)
        proposal = factories.pending(house, at)
        decided_at = at + timedelta(hours=2)
        factories.decided(factories.claimed(proposal, house.alice, decided_at), house.alice, decided_at)
        settling.settle_due(now=decided_at + timedelta(minutes=10))
    factories.pending(house, house.now + timedelta(hours=9))
    test = tried(house, with_cells(people=2), now=house.now + timedelta(hours=10))
    queue = test.figures["queues"]["standard"]
    assert queue["decided"] == 4
    assert queue["before"]["breaches"] == 0
    assert queue["after"]["breaches"] > 0


def test_the_list_is_cut_and_the_figures_are_not(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_LISTED", 2)
    newest = [factories.pending(house, **about("600")) for _again in range(4)][2:]
    test = tried(house, with_rules(LARGE))
    assert kinds(test)["moved"] == 4
    listed = BackTestCase.objects.filter(kind=Kind.MOVED).values_list("proposal_id", flat=True)
    assert set(listed) == {proposal.pk for proposal in newest}


def test_whatever_goes_wrong_ends_it_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.pending(house)
    test = ordered(house, draft_of(house))

    def break_off(*_args: Any, **_how: Any) -> None:
        raise ZeroDivisionError("nothing")

    monkeypatch.setattr(running, "results", break_off)
    assert run_back_tests() == 1
    test.refresh_from_db()
    assert (test.status, test.failure) == ("failed", "It broke off: ZeroDivisionError.")
    assert Event.objects.filter(verb="back_test.failed").count() == 1
    assert not BackTestCase.objects.exists()


def test_a_silent_worker_is_overtaken_and_writes_nothing_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker stands still in its second batch; another one begins anew and ends the test."""
    monkeypatch.setattr(running, "BATCH", 2)
    for _again in range(5):
        factories.pending(house, **about("600"))
    test = ordered(house, draft_of(house, with_rules(LARGE), workflow=house.workflow))
    tell, late = running._tell, house.now + SILENT + timedelta(seconds=1)
    overtaken: list[bool] = []

    def stand_still(row: BackTest, cases: Any, *, done: int, **how: Any) -> None:
        if done == 4 and not overtaken:
            assert not running.run_next(clock=lambda: house.now + SILENT / 2)
            overtaken.append(True)
            overtaken.append(running.run_next(clock=lambda: late))
        tell(row, cases, done=done, **how)

    monkeypatch.setattr(running, "_tell", stand_still)
    assert running.run_next(clock=lambda: house.now)
    assert overtaken == [True, True]
    test.refresh_from_db()
    assert (test.status, test.attempts, test.done, test.ended_at) == ("done", 2, 5, late)
    assert BackTestCase.objects.filter(kind=Kind.MOVED).count() == 5


def test_a_test_whose_workers_always_die_is_given_up(house: House) -> None:
    test = ordered(house, draft_of(house))
    BackTest.objects.filter(pk=test.pk).update(
        status="running", begun_at=house.now, beat_at=house.now, attempts=MOST_ATTEMPTS
    )
    assert not running.run_next(clock=lambda: house.now + SILENT + timedelta(seconds=1))
    test.refresh_from_db()
    assert (test.status, test.failure) == ("failed", "Its worker has died 5 times.")


def test_what_is_given_up_does_not_keep_the_next_one_waiting(house: House) -> None:
    first, second = (ordered(house, draft_of(house, workflow=of)) for of in (None, house.workflow))
    BackTest.objects.filter(pk=first.pk).update(
        status="running", begun_at=house.now, beat_at=house.now, attempts=MOST_ATTEMPTS
    )
    assert running.run_next(clock=lambda: house.now + SILENT + timedelta(seconds=1))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("failed", "done")


def test_called_off_while_it_runs(live_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread runs it a proposal at a time, the other calls it off once there are cases."""
    monkeypatch.setattr(running, "BATCH", 1)
    for _again in range(30):
        factories.pending(live_house, **about("600"))
    test = ordered(live_house, draft_of(live_house, with_rules(LARGE), workflow=live_house.workflow))
    tell = running._tell

    def tell_and_wait(row: BackTest, cases: Any, *, done: int, **how: Any) -> None:
        tell(row, cases, done=done, **how)
        if done >= 3:
            until(lambda: BackTest.objects.get(pk=test.pk).status == "cancelled")

    monkeypatch.setattr(running, "_tell", tell_and_wait)

    def call_off() -> BackTest:
        until(lambda: BackTestCase.objects.filter(kind=Kind.MOVED).count() >= 3)
        return ordering.cancel(back_test_id=test.pk, by=live_house.adam, now=live_house.now)

    ran, called_off = at_once([lambda: running.run_next(clock=lambda: live_house.now), call_off])
    assert ran is True
    assert isinstance(called_off, BackTest)
    test.refresh_from_db()
    assert (test.status, test.done, test.figures) == ("cancelled", 3, {})
    assert not BackTestCase.objects.exists()
    assert not Event.objects.filter(verb="back_test.done").exists()


def test_two_workers_run_each_test_once(live_house: House) -> None:
    for _again in range(4):
        factories.pending(live_house, **about("600"))
    for draft in (draft_of(live_house), draft_of(live_house, workflow=live_house.workflow)):
        ordered(live_house, draft)
    at_once([run_back_tests, run_back_tests])
    assert list(BackTest.objects.values_list("status", "attempts")) == [("done", 1), ("done", 1)]
    assert Proposal.objects.count() == 4


def test_who_may_publish_a_draft_is_told_that_it_was_tried_as_it_is(house: House) -> None:
    draft = trials.with_rule(house, trials.begun(house))
    trials.tried(house, draft)
    told = Notification.objects.filter(kind="policy")
    assert house.gina in {one.person for one in told}
    assert house.adam not in {one.person for one in told}
    (link,) = {one.link for one in told}
    assert link == reverse("rulebook:draft_read", args=[draft.pk])


def test_nobody_is_told_of_a_draft_that_was_changed_meanwhile(house: House) -> None:
    draft = trials.with_rule(house, trials.begun(house))
    ordering.order(draft_id=draft.pk, last=100, by=house.adam, now=house.now)
    draft.refresh_from_db()
    trials.with_rule(house, draft, trials.LARGE | {"name": "other", "title": "Other"})
    assert running.run_next(clock=lambda: house.now)
    assert not Notification.objects.filter(kind="policy").exists()
