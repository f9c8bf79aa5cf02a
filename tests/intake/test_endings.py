"""A proposal ends with its task, also when it gets that task at the very moment."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.intake import vetoing
from apps.intake.endings import withdraw
from apps.proposals.states import Status, Substatus
from apps.registry.states import Consequence, Reversibility
from apps.reviews.states import TaskStatus
from apps.trust.retermining import set_criteria
from apps.trust.rules import Rules
from tests import factories
from tests.together import somebody_waits_for_us
from tests.trust import earning
from tests.waiting import until

HOURS = timedelta(hours=2)


def test_a_window_that_closes_while_it_is_withdrawn_leaves_no_task_behind(
    live_house: factories.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its slice was paused, so it goes to a person; the task is there only after the other one has looked for it."""
    house = live_house
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    house.cancel_order.consequence = Consequence.LOW
    house.cancel_order.reversibility = Reversibility.REVERSIBLE
    house.cancel_order.save()
    row = earning.supervised(house)
    set_criteria(
        slice_id=row.pk,
        rules=Rules(veto_always=True),
        by=house.adam,
        reason="wait",
        start_over=False,
        now=house.now,
    )
    # The first one shows values the slice has never had, so it goes to a person.
    factories.pending(house, confidence=0.99, subject=None, impact=None)
    proposal = factories.pending(house, confidence=0.99, subject=None)
    assert proposal.substatus == Substatus.VETO_WINDOW
    earning.incident(house, row.pk)

    def withdrawn() -> None:
        try:
            withdraw(proposal_id=proposal.pk, by=house.agent, reason="not now", now=house.now + HOURS)
        finally:
            connection.close()

    withdrawing = threading.Thread(target=withdrawn)
    with transaction.atomic():
        assert vetoing.close_windows(now=house.now + HOURS) == 1
        withdrawing.start()
        until(somebody_waits_for_us)
    withdrawing.join(timeout=30)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.task.status) == (Status.CANCELLED, TaskStatus.CANCELLED)
