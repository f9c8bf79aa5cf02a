from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from apps.delivery import forgetting, inbox_actions
from apps.delivery.dispatch import run
from apps.delivery.models import Delivery, DeliveryStatus, Notification, OutboxEvent
from apps.delivery.notifying import notify
from tests.delivery.conftest import Receiver, Register, happened, letter
from tests.factories import House

# The ids of messages carry the real clock: far beyond it, whatever it says.
LATER = timedelta(days=36_500)


@pytest.fixture
def told(house: House, receiver: Receiver, register: Register, now: datetime) -> House:
    """One webhook message, one letter and one notification, all gone out."""
    register(house, receiver.url())
    happened(now)
    notify(people=[house.alice], kind="warning", title="t", text="", link="/", tier=0, now=now)
    run(now=now)
    return house


def test_what_was_sent_and_read_goes_after_the_time(told: House, now: datetime, settings: Settings) -> None:
    inbox_actions.mark_read(notification_id=Notification.objects.get().pk, by=told.alice, now=now)
    settings.REVIEWHUB_KEEP_MESSAGES_DAYS = 90
    assert forgetting.forget_messages(now=now + timedelta(days=89)) == 0
    assert forgetting.forget_messages(now=now + LATER) == 4
    assert not any(model.objects.exists() for model in (Delivery, OutboxEvent, Notification))


def test_what_is_unread_stays(told: House, now: datetime) -> None:
    forgetting.forget_messages(now=now + LATER)
    assert Notification.objects.count() == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("status", [DeliveryStatus.WAITING, DeliveryStatus.DEAD])
def test_what_was_not_sent_stays_with_its_event(told: House, now: datetime, status: str) -> None:
    Delivery.objects.update(status=status, sent_at=None)
    assert forgetting.forget_messages(now=now + LATER) == 0
    assert (Delivery.objects.count(), OutboxEvent.objects.count()) == (2, 1)


def test_an_event_nobody_has_looked_at_stays(house: House, now: datetime) -> None:
    happened(now)
    assert forgetting.forget_messages(now=now + LATER) == 0


def test_it_goes_on_in_batches_to_its_limit(
    house: House, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 4)
    for _ in range(10):
        letter(now)
    run(now=now)
    assert forgetting.forget_messages(now=now + LATER, limit=8) == 8
    assert forgetting.forget_messages(now=now + LATER) == 2
