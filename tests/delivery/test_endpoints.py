from datetime import datetime

import pytest

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.delivery import actions, endpoint_actions, receiver_actions
from apps.delivery.addresses import RefusedAddress
from apps.delivery.endpoint_actions import Target
from apps.delivery.fanning import fan_out
from apps.delivery.models import Delivery, WebhookEndpoint
from tests.delivery.conftest import Receiver, Register, happened
from tests.factories import House


def test_each_verb_leaves_its_audit_event_and_never_a_secret(
    house: House, receiver: Receiver, now: datetime
) -> None:
    adam = house.adam
    target = Target(name="first", url=receiver.url())
    row, secret = endpoint_actions.register(target=target, by=adam, now=now)
    renamed = Target(name="second", url=receiver.url(), agent_id=house.agent.pk)
    endpoint_actions.change(endpoint_id=row.pk, target=renamed, by=adam, now=now)
    endpoint_actions.change(endpoint_id=row.pk, target=renamed, by=adam, now=now)
    fresh = endpoint_actions.rotate_secret(endpoint_id=row.pk, by=adam, now=now)
    receiver_actions.disable(receiver=row, reason="moving house", by=adam, now=now)
    receiver_actions.enable(receiver=row, by=adam, now=now)
    receiver_actions.delete(receiver=row, by=adam, now=now)
    events = Event.objects.filter(subject_kind="webhook").order_by("id")
    assert [event.verb for event in events] == [
        "webhook.registered",
        "webhook.changed",
        "webhook.secret_rotated",
        "webhook.disabled",
        "webhook.enabled",
        "webhook.deleted",
    ]
    assert {event.actor_name for event in events} == {adam.name}
    assert not any(word in str(event.data) for event in events for word in (secret, fresh, "whsec_"))
    assert events[1].data["name"] == ["first", "second"]


@pytest.mark.parametrize("who", ["alice", "olga", "gina", "charlie"])
def test_only_an_admin_changes_anything(
    house: House, receiver: Receiver, register: Register, now: datetime, who: str
) -> None:
    by = getattr(house, who)
    row = register(house, receiver.url())
    happened(now)
    fan_out(now=now)
    Delivery.objects.update(status="dead")
    target = Target(name="x", url=receiver.url())
    attempts = [
        lambda: endpoint_actions.register(target=target, by=by, now=now),
        lambda: endpoint_actions.change(endpoint_id=row.pk, target=target, by=by, now=now),
        lambda: endpoint_actions.rotate_secret(endpoint_id=row.pk, by=by, now=now),
        lambda: receiver_actions.disable(receiver=row, reason="", by=by, now=now),
        lambda: receiver_actions.enable(receiver=row, by=by, now=now),
        lambda: receiver_actions.delete(receiver=row, by=by, now=now),
        lambda: actions.replay(delivery_id=Delivery.objects.get().pk, by=by, now=now),
        lambda: receiver_actions.replay_dead(receiver=row, by=by, now=now),
    ]
    events = Event.objects.count()
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert Event.objects.count() == events
    assert Delivery.objects.get().status == "dead"


def test_an_endpoint_that_had_messages_stays(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    row = register(house, receiver.url())
    happened(now)
    fan_out(now=now)
    with pytest.raises(NotAllowed, match="Switch it off"):
        receiver_actions.delete(receiver=row, by=house.adam, now=now)
    assert WebhookEndpoint.objects.filter(pk=row.pk).exists()


def test_a_private_address_is_neither_registered_nor_changed_to(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    row = register(house, receiver.url())
    target = Target(name="metadata", url="https://169.254.169.254/latest/meta-data")
    with pytest.raises(RefusedAddress, match=r"169\.254\.169\.254"):
        endpoint_actions.register(target=target, by=house.adam, now=now)
    with pytest.raises(RefusedAddress):
        endpoint_actions.change(endpoint_id=row.pk, target=target, by=house.adam, now=now)
    assert list(WebhookEndpoint.objects.values_list("url", flat=True)) == [receiver.url()]


def test_a_message_that_waits_is_not_sent_a_second_time_by_hand(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    register(house, receiver.url())
    happened(now)
    fan_out(now=now)
    with pytest.raises(NotAllowed, match="waiting"):
        actions.replay(delivery_id=Delivery.objects.get().pk, by=house.adam, now=now)
