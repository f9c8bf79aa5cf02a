"""Every verb is killed at every moment: before each statement, before each commit, after each commit.

Whoever asked asks again, as agents, people and sweepers do. Then the proposal has the same trace as one that nothing
happened to: nothing is lost, nothing happened twice. The same with the process alive and its database session gone.

Two moments inside one transaction make no difference to the rows. So this takes those around each commit and one in the
middle; with EVERY_MOMENT=1 in the environment it takes all of them, in some minutes.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.conf import settings

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.delivery.models import Delivery, Notification
from apps.delivery.notifying import notify
from apps.escalation.incidents import close_incidents
from apps.escalation.models import Incident
from apps.escalation.states import Kind
from apps.intake import endings, vetoing
from apps.intake.models import IdempotencyKey
from apps.proposals.changes import WrongStatus
from apps.proposals.examining import order
from apps.proposals.grants import NotRedeemable
from apps.proposals.models import Grant, Proposal
from apps.proposals.states import Purpose, Substatus
from apps.reviews import seeding
from apps.reviews.choosing import Conflict
from apps.reviews.claiming import Taken
from apps.reviews.gold import keep_confirmed
from apps.reviews.models import GoldCase, Queue, Task
from tests import factories
from tests.escalation.conftest import STEPS, save
from tests.escalation.test_auditing import without_run
from tests.factories import House
from tests.faults import acts
from tests.faults.conftest import Victims
from tests.faults.promise import assert_kept
from tests.faults.trace import trace_of
from tests.trust import earning

pytestmark = pytest.mark.timeout(900)
# What a person or an agent is told whose first attempt had its effect although they never heard of it.
HAS_HAPPENED = (Conflict, NotAllowed, NotRedeemable, Taken, WrongStatus)
FEWEST_MOMENTS = 3
EVERY = bool(os.environ.get("EVERY_MOMENT"))


def waiting(house: House) -> Proposal:
    return factories.pending(house)


def held(house: House) -> Proposal:
    proposal = waiting(house)
    factories.claimed(proposal, house.alice, house.now)
    return proposal


def asked(house: House) -> Proposal:
    proposal = held(house)
    factories.asked(Task.objects.get(proposal=proposal), house.alice, house.now)
    return proposal


def decided(house: House) -> Proposal:
    proposal = held(house)
    factories.decided(Task.objects.get(proposal=proposal), house.alice, house.now)
    return proposal


def known(house: House) -> Proposal:
    """A mistake Bob knows; Alice has decided something else since."""
    seeding.order_replays(now=house.now)
    proposal = factories.settled(house, by=house.bob)
    keep_confirmed(proposal=proposal, overrides=proposal.task.decisions.all(), now=house.now)
    factories.settled(house)
    return proposal


def to_be_drawn(house: House) -> Proposal:
    """Alice decided it by herself, in a queue where all of that is decided again."""
    an_hour_before = house.now - timedelta(hours=1)
    Queue.objects.filter(slug="standard").update(second_percent=100, drawn_until=an_hour_before)
    return factories.settled(house)


def without(house: House) -> Proposal:
    proposal = waiting(house)
    without_run(proposal)
    return proposal


def ending(house: House) -> Proposal:
    return factories.pending(house, expires_at=(house.now + timedelta(hours=1)).isoformat())


def granted(house: House) -> Proposal:
    return factories.settled(house)


def redeemed(house: House) -> Proposal:
    proposal = granted(house)
    acts.redeem(now=house.now, proposal=str(proposal.pk))
    return proposal


def vetoable(house: House) -> Proposal:
    """About to act, unless somebody stops it."""
    proposal = factories.pending(house, confidence=0.99, subject=None)
    assert proposal.substatus == Substatus.VETO_WINDOW, proposal.assessment.reasons
    return proposal


def to_be_audited(house: House) -> Proposal:
    """It acted, and its audit is ordered."""
    proposal = vetoable(house)
    order(original=proposal, purpose=Purpose.AUDIT, excluded=[], now=house.now)
    vetoing.close_windows(now=house.now + timedelta(hours=1))
    return proposal


def nothing(house: House) -> None:
    """The usual house will do."""


def empty_bank(house: House) -> None:
    """Known cases in use would let the lot say what may be skipped."""
    GoldCase.objects.filter(retired_at=None).update(retired_at=house.now, retired_because="-")


def reject_in_time(house: House) -> None:
    factories.publish_matrix(house.now, fallback="reject")


def give_out(house: House) -> None:
    Queue.objects.filter(slug="standard").update(assigns=True)


def move_twice(house: House) -> None:
    """Two queues at once, then another: each step leaves more than one row."""
    save(
        house,
        [
            {"after": "1h", "do": "widen", "to": ["queue:senior", "queue:critical"]},
            {"after": "2h", "do": "reassign", "to": ["queue:triage"]},
            STEPS[-1],
        ],
    )


@dataclass(frozen=True)
class Case:
    """`act` is done so many hours after `before` made a proposal, in a house changed by `house`."""

    act: str
    before: Callable[[House], Proposal]
    hours: float = 2
    house: Callable[[House], None] = nothing
    words: tuple[str, ...] = ()

    def order(self, house: House, proposal: Proposal) -> dict[str, Any]:
        known = {"proposal": str(proposal.pk), "short": "alice"}
        at = house.now + timedelta(hours=self.hours)
        return {"act": self.act, "now": at, **{word: known[word] for word in self.words}}


CASES = {
    "chain": {
        "a step that tells": Case("run_due", waiting),
        "a step that widens": Case("run_due", waiting, 1, move_twice),
        "a step that moves": Case("run_due", held, 2, move_twice),
        "a fallback that holds": Case("run_due", waiting, 6),
        "a fallback that rejects": Case("run_due", waiting, 6, reject_in_time),
        "a last step": Case("run_due", waiting, 9),
    },
    "clock and auditor": {
        "a warning": Case("warn_due", waiting),
        "a breach": Case("mark_breaches", waiting, 5),
        "expiring": Case("expire_due", ending),
        "arming again": Case("audit", without),
        "healing a late step": Case("audit", waiting, 3),
    },
    "people and agents": {
        "giving out": Case("assign_due", waiting, 0.1, give_out),
        "showing a known case": Case("order_replays", known),
        "drawing second reviews": Case("order_second_reviews", to_be_drawn, 30),
        "claiming": Case("claim", waiting, 0.1, words=("proposal", "short")),
        "asking": Case("ask", held, 0.1, words=("proposal", "short")),
        "answering": Case("answer", asked, 0.2, words=("proposal",)),
        "giving up on an answer": Case("return_unanswered", asked),
        "skipping": Case("skip", held, 0.1, empty_bank, words=("proposal", "short")),
        "losing a claim": Case("return_lost_claims", held),
        "deciding": Case("approve", held, 0.1, words=("proposal", "short")),
        "rejecting": Case("reject", held, 0.1, words=("proposal", "short")),
        "taking back": Case("undo", decided, 0, words=("proposal", "short")),
        "handing over": Case("delegate", held, 0.1, words=("proposal", "short")),
        "reporting a result": Case("report_result", redeemed, 0.1, words=("proposal",)),
        "settling": Case("settle_due", decided),
        "withdrawing": Case("withdraw", held, 0.1, words=("proposal",)),
    },
}
ACTING = {
    "closing a veto window": Case("close_windows", vetoable, 1),
    "opening an audit": Case("open_examinations", to_be_audited, 2),
}
CUT = ["a step that tells", "a fallback that rejects", "deciding", "settling"]


def again(order: dict[str, Any]) -> None:
    """Whoever did not hear of success asks once more."""
    with suppress(*HAS_HAPPENED):
        acts.do(**order)


def done_with(house: House, proposal: Proposal, at: datetime) -> None:
    """Out of the way of the next one: people can hold a few tasks only."""
    with suppress(WrongStatus):
        endings.withdraw(proposal_id=proposal.pk, by=house.agent, reason="-", now=at)


def undisturbed(case: Case, house: House, victims: Victims) -> tuple[dict[str, Any], list[int]]:
    """The trace of one nothing happened to, and at which moments to disturb. The second: the first one is a novelty."""
    for _time in range(2):
        proposal = case.before(house)
        order = case.order(house, proposal)
        answer = victims.do(**order)
        assert answer["ended"] == "done", answer
        trace = trace_of(proposal)
        done_with(house, proposal, order["now"])
    return trace, chosen(answer["moments"], answer["commits"])


def chosen(moments: int, commits: list[int]) -> list[int]:
    """Around each commit and once in the middle before it; all with EVERY_MOMENT."""
    assert moments >= FEWEST_MOMENTS
    if EVERY:
        return list(range(1, moments + 1))
    found = {1, moments}
    for before, commit in zip([0, *commits], commits, strict=False):
        # A transaction that only looked whether there is something to do is not worth two deaths.
        found |= {commit + 1} if commit - before < 5 else {(before + commit) // 2 + 1, commit, commit + 1}
    return sorted(at for at in found if at <= moments)


def disturb(name: str, case: Case, house: House, victims: Victims, fault: str) -> None:
    """Let `fault` happen at each chosen moment of the case, and compare. Leaves the house as it was."""
    case.house(house)
    wanted, moments = undisturbed(case, house, victims)
    for at in moments:
        proposal = case.before(house)
        order = case.order(house, proposal)
        ended = victims.do(**order, fault=fault, at=at)["ended"]
        # A sweep that is cut off goes on with a new session: "done" is as good as "failed".
        assert (ended == "killed") == (fault == "kill")
        again(order)
        assert trace_of(proposal) == wanted, f"{name}: {fault} at moment {at}"
        done_with(house, proposal, order["now"])
    if case.house is not nothing:
        factories.publish_matrix(house.now)
        save(house)
        Queue.objects.update(assigns=False)


@pytest.mark.parametrize("group", CASES)
def test_killed_at_any_moment_and_asked_again(live_staffed: House, victims: Victims, group: str) -> None:
    for name, case in CASES[group].items():
        disturb(name, case, live_staffed, victims, "kill")
    assert_kept()


def test_what_acts_by_itself_is_killed_at_any_moment_and_swept_again(
    live_staffed: House, victims: Victims, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = live_staffed
    # Whether one is audited is not for a lot to say here.
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    house.cancel_order.consequence, house.cancel_order.reversibility = "moderate", "compensable"
    house.cancel_order.save()
    earning.supervised(house)
    # The first one shows values the slice has never had, so it goes to a person.
    done_with(house, factories.pending(house, confidence=0.99, subject=None), house.now)
    for name, case in ACTING.items():
        disturb(name, case, house, victims, "kill")
    assert_kept()


def test_an_auditor_killed_at_any_moment_tells_of_an_incident_once_and_moves_every_chain(
    live_staffed: House, victims: Victims
) -> None:
    """Nobody may take these tasks: each is moved on, and the offices are told once, however often it dies."""
    house = live_staffed
    User.objects.filter(pk__in=[house.alice.pk, house.bob.pk]).update(is_active=False)
    # The first look also says once what else is missing here.
    unstaffed_and_audited(house, victims, house.now - timedelta(minutes=1))
    undisturbed = unstaffed_and_audited(house, victims, house.now)
    moments = chosen(undisturbed["moments"], undisturbed["commits"])
    for number, at in enumerate(moments, start=1):
        now = house.now + timedelta(minutes=number)
        assert unstaffed_and_audited(house, victims, now, fault="kill", at=at)["ended"] == "killed"
    assert_kept()


def unstaffed_and_audited(house: House, victims: Victims, now: datetime, **fault: Any) -> dict[str, Any]:
    """A task nobody may take; an auditor looks, whatever happens to it, and another one after it."""
    proposal = waiting(house)
    answer = victims.do("audit", now=now, **fault)
    acts.audit(now=now)
    incident = Incident.objects.get(kind="nobody_eligible", closed_at=None)
    told = Notification.objects.filter(kind="incident", created_at=incident.opened_at, text=incident.text)
    assert sorted(one.person.short for one in told) == ["adam", "gina"]
    assert Task.objects.get(proposal=proposal).hurried_at is not None
    done_with(house, proposal, now)
    close_incidents(kind=Kind.NOBODY_ELIGIBLE, key=incident.key, now=now)
    return answer


def test_cut_off_from_the_database_at_any_moment(live_staffed: House, victims: Victims) -> None:
    for cases in CASES.values():
        for name in cases.keys() & set(CUT):
            disturb(name, cases[name], live_staffed, victims, "cut")
    assert_kept()


def test_an_agent_whose_server_dies_sends_again_and_has_one_proposal_with_one_task_and_one_run(
    live_staffed: House, victims: Victims
) -> None:
    for at in count(1, 1 if EVERY else 3):
        order = {"act": "propose", "now": live_staffed.now, "name": f"call-{at}"}
        ended = victims.do(**order, fault="kill", at=at)["ended"]
        kept = acts.do(**order)
        proposal = Proposal.objects.get(external_id=f"call-{at}")
        assert str(proposal.pk) == kept
        assert trace_of(proposal)["audit"] == {("proposal.received", "Order bot"): 1}
        assert proposal.task.escalations.filter(ended_at=None).count() == 1
        assert IdempotencyKey.objects.filter(proposal=proposal).count() == 1
        if ended == "done":
            break
    assert at > FEWEST_MOMENTS
    assert_kept()


def test_an_agent_killed_while_redeeming_has_redeemed_once_when_it_asks_again(
    live_staffed: House, victims: Victims
) -> None:
    """Not like the others: a grant that was used refuses, and the refusal is kept on record too."""
    now = live_staffed.now + timedelta(minutes=6)
    for at in count(1):
        proposal = granted(live_staffed)
        order = {"act": "redeem", "now": now, "proposal": str(proposal.pk)}
        ended = victims.do(**order, fault="kill", at=at)["ended"]
        again(order)
        assert Grant.objects.get(proposal=proposal).redeemed_at == now
        assert trace_of(proposal)["audit"]["proposal.grant_redeemed", "Order bot"] == 1
        if ended == "done":
            break
    assert at > FEWEST_MOMENTS


def test_a_dispatcher_killed_at_any_moment_makes_one_message_of_what_is_told(
    live_staffed: House, victims: Victims
) -> None:
    for at in count(1):
        notify(
            people=[live_staffed.bob],
            kind="accountable",
            title=f"{at}",
            text="",
            link="/",
            tier=11,
            now=live_staffed.now,
        )
        ended = victims.do("pack", now=live_staffed.now, fault="kill", at=at)["ended"]
        acts.do("pack", now=live_staffed.now)
        told = Notification.objects.get(title=f"{at}")
        assert Delivery.objects.filter(parcel=told.parcel).count() == 1
        if ended == "done":
            break
    assert at > FEWEST_MOMENTS


def test_every_sweeper_of_tasks_and_clocks_is_killed_here() -> None:
    soon = [
        entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["schedule"] < timedelta(hours=1)
    ]
    names = {
        entry["task"].rpartition(".")[2]
        for entry in soon
        if entry["task"].startswith(("apps.escalation.", "apps.intake.", "apps.reviews.", "apps.sla."))
    }
    assert names <= acts.SWEEPERS.keys()
    tried = {case.act for cases in [ACTING, *CASES.values()] for case in cases.values()}
    # The sealer has `test_killed_sealer`, the back-test `test_back_tests`, what erases `test_erasures`.
    tried |= {"pack", "propose", "redeem", "sweep", "seal_due", "run_back_test", "run_erasure", "erase_old"}
    assert acts.ACTS.keys() <= tried
