"""The circuit breaker from failing results to a halted slice: once, however many fail at the same moment."""

from datetime import timedelta
from typing import Any

import pytest

from apps.delivery.models import Notification
from apps.halts.breaker import Rule
from apps.halts.models import Halt
from apps.halts.rules import set_rule
from apps.intake.requests import Refused
from apps.proposals import actions, grants
from apps.proposals.grants import NotRedeemable
from apps.proposals.models import Proposal
from apps.proposals.states import Disposition, Status
from apps.registry.models import ActionType
from tests import factories
from tests.factories import House
from tests.halts.conftest import go_on
from tests.together import at_once

ERROR, DONE, NOT_DONE = Disposition.EXECUTION_ERROR, Disposition.EXECUTED, Disposition.NOT_EXECUTED


def redeemed(house: House) -> Proposal:
    """An action that is being carried out."""
    proposal = factories.settled(house)
    grant = proposal.grant
    grants.redeem(grant_id=grant.pk, args_sha256=grant.args_sha256, by=house.agent, now=grant.issued_at)
    return proposal


def report(house: House, proposal: Proposal, disposition: Disposition = ERROR, minute: int = 20) -> Any:
    at = house.now + timedelta(minutes=minute)
    return actions.report_result(
        proposal_id=proposal.pk, disposition=disposition, occurred_at=at, by=house.agent, now=at
    )


def set_breaker(house: House, *numbers: int, **more: Any) -> None:
    set_rule(workflow=house.workflow, rule=Rule(*numbers, **more), by=house.adam, now=house.now)


def test_the_fifth_failure_halts_the_slice_and_tells_who_answers_for_it(house: House) -> None:
    running = [redeemed(house) for _number in range(6)]
    for number, proposal in enumerate(running[:4]):
        report(house, proposal, minute=20 + number)
    assert not Halt.objects.exists()
    report(house, running[4], minute=30)
    halt = Halt.objects.get()
    assert (halt.slice_id, halt.by_name, halt.is_by_breaker) == (running[0].slice_id, "ReviewHub", True)
    assert halt.reason.startswith("5 of the last 5 results failed within 24 hours")
    told = set(Notification.objects.filter(kind="halt").values_list("person__short", flat=True))
    assert told == {"adam", "gina", "olga", "petra", "tina"}
    assert isinstance(factories.send(house), Refused)
    # It stands: one more failure changes nothing, and one more success lifts nothing.
    report(house, running[5], DONE, minute=40)
    assert Halt.objects.get().is_standing


def test_it_stops_what_is_granted_and_not_redeemed(house: House) -> None:
    set_breaker(house, 2, 5, 24)
    first, second = redeemed(house), redeemed(house)
    waiting = factories.settled(house).grant
    report(house, first, minute=11)
    report(house, second, minute=12)
    with pytest.raises(NotRedeemable, match="2 of the last 2 results failed"):
        grants.redeem(
            grant_id=waiting.pk,
            args_sha256=waiting.args_sha256,
            by=house.agent,
            now=waiting.issued_at + timedelta(minutes=5),
        )


def test_results_that_worked_push_failures_out_and_what_was_not_done_does_not(house: House) -> None:
    set_breaker(house, 2, 3, 24)
    running = [redeemed(house) for _number in range(7)]
    order = [ERROR, DONE, NOT_DONE, DONE, DONE, ERROR, NOT_DONE]
    for number, (proposal, said) in enumerate(zip(running, order, strict=True)):
        report(house, proposal, said, minute=20 + number)
    assert not Halt.objects.exists()
    report(house, redeemed(house), minute=30)
    assert Halt.objects.get().reason.startswith("2 of the last 3 results failed")


def test_another_slice_and_another_day_do_not_count(house: House) -> None:
    set_breaker(house, 2, 5, 1)
    first, second = redeemed(house), redeemed(house)
    report(house, first, minute=20)
    report(house, second, minute=85)
    assert not Halt.objects.exists()


def test_after_a_person_let_it_go_on_it_takes_as_many_failures_again(house: House) -> None:
    set_breaker(house, 2, 5, 24)
    running = [redeemed(house) for _number in range(4)]
    report(house, running[0], minute=20)
    report(house, running[1], minute=21)
    go_on(house, Halt.objects.get(), now=house.now + timedelta(minutes=22))
    report(house, running[2], minute=23)
    assert not Halt.objects.standing().exists()
    report(house, running[3], minute=24)
    assert Halt.objects.standing().get().reason.startswith("2 of the last 2 results failed")


def test_one_that_is_switched_off_halts_nothing(house: House) -> None:
    set_breaker(house, 1, 1, 24, is_active=False)
    report(house, redeemed(house))
    assert not Halt.objects.exists()


def test_the_same_result_told_again_is_not_counted_again(house: House) -> None:
    set_breaker(house, 2, 5, 24)
    proposal = redeemed(house)
    report(house, proposal)
    report(house, proposal)
    assert not Halt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_failures_that_come_at_once_open_one_halt(live_house: House) -> None:
    house = live_house
    set_breaker(house, 4, 20, 24)
    running = [redeemed(house) for _number in range(6)]
    results = at_once([lambda one=one: report(house, one) for one in running])
    assert not [one for one in results if isinstance(one, Exception)], results
    assert {Proposal.objects.get(pk=one.pk).status for one in running} == {Status.FAILED}
    # Whoever came fourth saw the three before.
    assert Halt.objects.get().reason.startswith("4 of the last 4 results failed")


@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_registry_meanwhile_stands_in_nobodys_way(live_house: House) -> None:
    house = live_house
    set_breaker(house, 1, 20, 24)
    running = [redeemed(house) for _number in range(3)]

    def change() -> None:
        for number in range(5):
            ActionType.objects.filter(pk=house.cancel_order.pk).update(title=f"Cancel {number}")

    results = at_once([*[lambda one=one: report(house, one) for one in running], change])
    assert not [one for one in results if isinstance(one, Exception)], results
    assert Halt.objects.count() == 1
