"""Several at the same moment: two who confirm, two workers, and a decision beside an erasure."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.delivery import packing
from apps.delivery.models import Delivery
from apps.delivery.notifying import notify
from apps.privacy import ordering, running
from apps.privacy.erasing import erase
from apps.privacy.models import Certificate, Erasure
from apps.privacy.states import DataKind
from apps.proposals.models import Proposal
from tests.factories import House
from tests.privacy.conftest import NAME, asked_for, decided, moment, where
from tests.together import at_once, somebody_waits_for_us
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_carry_it_out_once(live_house: House) -> None:
    for _again in range(3):
        decided(live_house)
    erasure = asked_for(live_house)
    ordering.confirm(erasure_id=erasure.pk, by=live_house.gina, now=moment(live_house))
    ran = at_once([lambda: running.run_next(clock=lambda: moment(live_house))] * 3)
    assert sorted(ran) == [False, False, True]  # type: ignore[type-var]
    erasure.refresh_from_db()
    assert (erasure.status, erasure.done, erasure.attempts) == ("done", 3, 1)
    assert Certificate.objects.count() == 1
    assert Event.objects.filter(verb="proposal.erased").count() == 3


def test_two_who_confirm_are_one_who_did(live_house: House) -> None:
    decided(live_house)
    erasure = asked_for(live_house, by=live_house.adam)

    def confirm() -> Erasure:
        return ordering.confirm(erasure_id=erasure.pk, by=live_house.gina, now=moment(live_house))

    results = at_once([confirm] * 3)
    assert sum(isinstance(one, Erasure) for one in results) == 1
    assert sum(isinstance(one, NotAllowed) for one in results) == 2


def test_two_who_erase_the_same_erase_it_once(live_house: House) -> None:
    proposal = decided(live_house)
    results = at_once(
        [lambda: erase(proposal_id=proposal.pk, kinds=list(DataKind), now=moment(live_house))] * 3
    )
    assert sum(bool(one) for one in results) == 1, results
    assert Event.objects.filter(verb="proposal.erased").count() == 1
    assert Proposal.objects.get(pk=proposal.pk).version == proposal.version + 1


@pytest.mark.parametrize("first", ["packing", "erasing"])
def test_a_message_that_is_made_at_this_moment_says_nothing_afterwards(live_house: House, first: str) -> None:
    proposal = decided(live_house)
    packing.pack(now=moment(live_house))
    notify(
        people=[live_house.alice], kind="trust", title=f"About {NAME}", text=f"{NAME} asked.", link="/x/", tier=5,
        now=live_house.now, proposal_id=proposal.pk, workflow_id=live_house.workflow.pk,
    )  # fmt: skip
    before = Delivery.objects.count()
    pack = lambda: packing.pack(now=moment(live_house))  # noqa: E731
    forget = lambda: erase(proposal_id=proposal.pk, kinds=list(DataKind), now=moment(live_house))  # noqa: E731
    in_turn(*((pack, forget) if first == "packing" else (forget, pack)))
    assert Proposal.objects.get().erased_at is not None
    assert Delivery.objects.count() == before + 1
    assert where(NAME) == []


def in_turn(one: Callable[[], object], other: Callable[[], object]) -> None:
    """The second one begins while the first one has not committed, and waits for it."""

    def run() -> None:
        try:
            other()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        one()
        thread.start()
        until(somebody_waits_for_us)
    thread.join(timeout=60)
    assert not thread.is_alive()
