"""The real verbs are counted, each once, whoever counts and however often; and a recount finds what was bent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.escalation.sweeping import run_due
from apps.intake import examining
from apps.intake.endings import withdraw
from apps.proposals.actions import report_outcome
from apps.proposals.grants import NotRedeemable, redeem
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Disposition, Status, Verdict
from apps.quality.counting import count_events
from apps.quality.models import CountedCase, CountedDay
from apps.registry.states import AgentStatus, Consequence, Reversibility
from apps.reviews import settling
from apps.routing.states import Verb
from apps.sla.marking import mark_breaches
from tests import factories
from tests.escalation.conftest import save, staff
from tests.factories import House
from tests.quality.conftest import counted
from tests.together import at_once
from tests.trust import earning

MINUTE = timedelta(minutes=1)


def test_decisions_results_and_shadow(house: House) -> None:
    factories.executed(factories.settled(house), house)
    factories.executed(factories.settled(house), house, Disposition.EXECUTION_ERROR)
    factories.settled(house, Verb.REJECT)
    factories.settled(house, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    factories.proposal_at(house, Status.RECORDED)
    assert counted() == {
        "to_person": 4,
        "in_shadow": 1,
        "accepted": 2,
        "rejected": 1,
        "corrected": 1,
        "heard_of": 3,
        "executed": 1,
        "failed": 1,
        "in_time": 4,
    }
    row = CountedCase.objects.get(came="corrected")
    assert row.day == house.now.date()
    assert row.agent_version_id
    assert row.policy_version_id


def test_attempts_that_were_not_allowed(house: House) -> None:
    factories.send(house, action={"name": "blow_up", "args": {}})
    factories.send(house, action={"name": "cancel_order", "args": {}})
    factories.send(house, workflow="elsewhere")
    proposal = factories.settled(house)
    for _time in range(2):
        with pytest.raises(NotRedeemable):
            redeem(grant_id=proposal.grant.pk, args_sha256="0" * 64, by=house.agent, now=house.now)
    house.agent.status = AgentStatus.SUSPENDED
    house.agent.save()
    factories.send(house)
    # Wrong arguments are no violation, and a workflow that is none has no scorecard.
    assert counted()["violation"] == 4
    assert CountedCase.objects.filter(came="violation", proposal_id=proposal.pk).count() == 2


def test_what_nobody_decides(house: House) -> None:
    staff(house)
    save(house)
    factories.publish_matrix(house.now, fallback="reject")
    factories.pending(house)
    decided = factories.pending(house)
    withdrawn = factories.pending(house)
    run_due(now=house.now + timedelta(hours=2))
    withdraw(proposal_id=withdrawn.pk, by=house.agent, reason="x", now=house.now + timedelta(hours=2))
    late = house.now + timedelta(hours=5, minutes=30)
    factories.decided(factories.claimed(decided, house.alice, late), house.alice, late)
    settling.settle_due(now=late + timedelta(minutes=10))
    run_due(now=house.now + timedelta(hours=4))
    run_due(now=house.now + timedelta(hours=6))
    found = counted()
    assert (found["escalated"], found["fallen_back"], found["in_time"], found["late"]) == (2, 1, 0, 2)
    hours = CountedCase.objects.filter(came="late").order_by("amount").values_list("amount", flat=True)
    assert list(hours) == pytest.approx([1.5, 2.0])
    assert CountedDay.objects.get(came="late").total == pytest.approx(3.5)


def test_an_action_nobody_hears_of_again_failed_silently(house: House) -> None:
    heard = factories.settled(house)
    factories.executed(heard, house)
    silent = factories.settled(house)
    assert counted()["heard_of"] == 2
    mark_breaches(now=house.now + timedelta(hours=4), limit=10)
    assert counted()["silent"] == 1
    # Late is not in time.
    factories.executed(silent, house)
    found = counted()
    assert (found["silent"], found["heard_of"]) == (1, 1)


@pytest.mark.parametrize("is_told", [False, True])
def test_a_mistake_an_audit_finds_was_silent_unless_somebody_told(
    house: House, monkeypatch: Any, is_told: bool
) -> None:
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.0)
    house.cancel_order.consequence = Consequence.LOW
    house.cancel_order.reversibility = Reversibility.REVERSIBLE
    house.cancel_order.save()
    earning.supervised(house)
    factories.pending(house, confidence=0.99, subject=None, impact=None)
    proposal = factories.pending(house, confidence=0.99, subject=None)
    assert proposal.status == Status.APPROVED
    if is_told:
        report_outcome(
            proposal_id=proposal.pk,
            verdict=Verdict.WRONG,
            severity="low",
            source="a customer",
            occurred_at=house.now,
            by=house.agent,
            now=house.now,
        )
    _look(house, "alice", 1)
    assert counted()["silent"] == 0
    _look(house, "bob", 3)
    found = counted(limit=1)
    assert (found["silent"], found["by_itself"]) == (0 if is_told else 1, 1)
    call_command("quality_recount", check=True, stdout=StringIO())


def _look(house: House, person: str, minutes: int) -> None:
    now = house.now + minutes * MINUTE
    examining.open_ordered(now=now)
    copy = Examination.objects.filter(concluded_at__isnull=True).latest("ordered_at").copy
    assert copy is not None
    by = getattr(house, person)
    factories.decided(factories.claimed(copy, by, now), by, now, Verb.REJECT)
    settling.settle_due(now=now + MINUTE)


def test_read_in_any_pieces_and_again_it_is_counted_once(house: House) -> None:
    for status in (Status.APPROVED, Status.DENIED, Status.FAILED, Status.CANCELLED, Status.EXPIRED):
        factories.proposal_at(house, status)
    found = counted(limit=2)
    rows = set(CountedDay.objects.filter(n__gt=0).values_list("day", "came", "n", "total"))
    assert counted(limit=3) == found
    call_command("quality_recount", stdout=StringIO())
    assert counted() == found
    assert set(CountedDay.objects.filter(n__gt=0).values_list("day", "came", "n", "total")) == rows


def test_a_recount_finds_what_was_bent_and_mends_it(house: House) -> None:
    factories.settled(house)
    factories.send(house, action={"name": "blow_up", "args": {}})
    counted()
    CountedDay.objects.filter(came="accepted").update(n=7)
    CountedCase.objects.filter(came="accepted").update(came="rejected")
    CountedCase.objects.filter(came="violation").update(source=factories.uuid4())
    said = StringIO()
    with pytest.raises(CommandError, match="difference"):
        call_command("quality_recount", check=True, stdout=said)
    text = said.getvalue()
    assert "kept is 7 (0), the log says 0 (0)" in text
    assert "decision of" in text
    assert "attempt of" in text
    call_command("quality_recount", stdout=StringIO())
    call_command("quality_recount", check=True, stdout=StringIO())


def test_a_thousand_are_counted_with_as_many_statements_as_ten(
    house: House, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(12):
        factories.pending(house)
    counted()
    CountedCase.objects.all().delete()
    CountedDay.objects.all().delete()
    with django_assert_max_num_queries(20):
        count_events(now=timezone.now())
    assert CountedCase.objects.filter(came="to_person").count() == Proposal.objects.count()


def test_two_who_count_at_once_count_once(live_house: House) -> None:
    for _number in range(6):
        factories.settled(live_house)

    def sweep() -> int:
        return sum(count_events(now=timezone.now(), limit=3) for _time in range(20))

    results = at_once([sweep] * 4)
    assert not [one for one in results if isinstance(one, Exception)]
    found = counted()
    assert (found["accepted"], found["to_person"]) == (6, 6)


def test_a_moment_before_the_mark_is_read_again(house: House, monkeypatch: Any) -> None:
    """What commits late has an id of before: it is counted by the next sweep."""
    factories.pending(house)
    counted()
    later: datetime = timezone.now() + timedelta(minutes=9)
    monkeypatch.setattr("apps.quality.counting.timezone.now", lambda: later)
    factories.pending(house)
    count_events(now=later)
    count_events(now=later)
    assert CountedCase.objects.filter(came="to_person").count() == 2
