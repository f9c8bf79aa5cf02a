"""Chat channels: the verbs, sending to a real HTTP server, and the pages."""

from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.delivery import channel_actions, receiver_actions
from apps.delivery.addresses import RefusedAddress
from apps.delivery.config import ChannelEntry, ChatChannels
from apps.delivery.dispatch import run
from apps.delivery.models import ChatChannel, Delivery, DeliveryStatus
from apps.delivery.notifying import notify_channel
from tests.delivery.conftest import Received, Receiver, Register, happened
from tests.factories import House


@pytest.fixture
def channel(house: House, receiver: Receiver, now: datetime) -> ChatChannel:
    """#orders, on the receiver."""
    return channel_actions.save_channel(
        slug="orders", name="#orders", url=receiver.url("/chat"), by=house.adam, now=now
    )


def say(channel: ChatChannel, now: datetime, title: str = "A task waits") -> Delivery | None:
    return notify_channel(channel=channel, title=title, text="Cancel #W1", link="/tasks/1/", now=now)


def test_a_message_arrives_once(channel: ChatChannel, receiver: Receiver, now: datetime) -> None:
    say(channel, now)
    run(now=now)
    run(now=now + timedelta(days=1))
    (request,) = receiver.received
    assert request.path == "/chat"
    assert request.body.decode() == (
        '{"text":"*A task waits*\\nCancel #W1\\n<http://localhost:8000/tasks/1/|Open in ReviewHub>"}'
    )


def test_it_is_tried_again_under_the_same_id_given_up_and_sent_again(
    house: House, channel: ChatChannel, receiver: Receiver, now: datetime
) -> None:
    row = say(channel, now)
    assert row is not None
    receiver.answer = lambda handler, request: 500
    at = now
    for _ in range(10):
        run(now=at)
        row.refresh_from_db()
        channel.refresh_from_db()
        at = max(row.next_at, channel.quiet_until or at)
    assert (row.status, row.attempts, len(receiver.received)) == (DeliveryStatus.DEAD, 10, 10)
    receiver.answer = lambda handler, request: 200
    assert receiver_actions.replay_dead(receiver=channel, by=house.adam, now=at) == 1
    run(now=at)
    row.refresh_from_db()
    assert row.status == DeliveryStatus.SENT
    assert {request.headers["webhook-id"] for request in receiver.received} == {str(row.pk)}


def test_410_switches_it_off_and_nothing_new_is_queued(
    channel: ChatChannel, receiver: Receiver, now: datetime
) -> None:
    say(channel, now)
    receiver.answer = lambda handler, request: 410
    run(now=now)
    channel.refresh_from_db()
    assert not channel.is_active
    assert "410" in channel.stopped_because
    assert Event.objects.get(verb="chat_channel.disabled").actor_kind == "system"
    assert say(channel, now) is None
    assert Delivery.objects.count() == 1


def test_a_dead_chat_rests_and_webhooks_go_on(
    house: House, channel: ChatChannel, receiver: Receiver, register: Register, now: datetime
) -> None:
    register(house, receiver.url("/hook"))
    receiver.answer = lambda handler, request: 503 if request.path == "/chat" else 204
    for _ in range(3):
        say(channel, now)
        happened(now)
    run(now=now)
    for _ in range(3):
        say(channel, now)
    run(now=now)
    paths = [request.path for request in receiver.received]
    assert (paths.count("/hook"), paths.count("/chat")) == (3, 3)


def test_the_address_is_encrypted_and_in_no_event(
    house: House, channel: ChatChannel, receiver: Receiver, now: datetime
) -> None:
    channel_actions.save_channel(slug="orders", name="x", url=receiver.url("/other"), by=house.adam, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT url FROM delivery_chatchannel")
        assert "127.0.0.1" not in cursor.fetchone()[0]
    events = Event.objects.filter(subject_kind="chat_channel").order_by("id")
    assert [event.verb for event in events] == ["chat_channel.registered", "chat_channel.changed"]
    assert not any("127.0.0.1" in str(event.data) for event in events)


@pytest.mark.parametrize("status", [None, 500])
def test_what_went_wrong_is_told_without_the_address(
    house: House, receiver: Receiver, now: datetime, status: int | None
) -> None:
    path = "/services/T0/B0/sEcReT?token=sEcReT2"
    url = receiver.url(path) if status else f"http://127.0.0.1:9{path}"
    row = channel_actions.save_channel(slug="x", name="x", url=url, by=house.adam, now=now)

    def echo(handler: BaseHTTPRequestHandler, request: Received) -> None:
        handler.send_response(500)
        handler.end_headers()
        handler.wfile.write(b"x" * 150 + f" no {request.path}".encode())

    receiver.answer = echo
    say(row, now)
    run(now=now)
    error = Delivery.objects.get().last_error
    assert ("500 xxx" if status else "Connection refused") in error
    assert "sEc" not in error


@pytest.mark.parametrize("url", ["https://169.254.169.254/", "http://8.8.8.8/", "https://10.0.0.1/x"])
def test_a_private_address_is_refused(house: House, now: datetime, url: str) -> None:
    with pytest.raises(RefusedAddress):
        channel_actions.save_channel(slug="x", name="x", url=url, by=house.adam, now=now)
    with pytest.raises(RefusedAddress):
        channel_actions.save_own(url=url, by=house.alice, now=now)
    assert not ChatChannel.objects.exists()


def test_an_address_that_became_private_is_not_called(
    channel: ChatChannel, receiver: Receiver, settings, now: datetime
) -> None:
    say(channel, now)
    settings.REVIEWHUB_WEBHOOK_ALLOW = []
    run(now=now)
    assert receiver.received == []
    assert "RefusedAddress" in Delivery.objects.get().last_error


def test_without_an_address_it_is_off_until_it_gets_one(
    house: House, receiver: Receiver, now: datetime
) -> None:
    row = channel_actions.save_channel(slug="late", name="Late", by=None, now=now)
    assert say(row, now) is None
    with pytest.raises(NotAllowed):
        receiver_actions.enable(receiver=row, by=house.adam, now=now)
    row = channel_actions.save_channel(slug="late", name="Late", url=receiver.url(), by=house.adam, now=now)
    assert say(row, now) is not None


def test_importing_a_name_again_keeps_the_address(house: House, channel: ChatChannel, now: datetime) -> None:
    before = channel.url
    again = channel_actions.save_channel(slug="orders", name="#orders", by=None, now=now)
    assert (again.pk, again.url, again.is_active) == (channel.pk, before, True)
    assert Event.objects.filter(subject_kind="chat_channel").count() == 1


def test_only_admins_change_channels_and_people_their_own(
    house: House, channel: ChatChannel, receiver: Receiver, now: datetime
) -> None:
    own = channel_actions.save_own(url=receiver.url("/own"), by=house.alice, now=now)
    for row, other in ((channel, house.alice), (own, house.bob)):
        with pytest.raises(NotAllowed):
            channel_actions.test(channel_id=row.pk, by=other, now=now)
        for verb in (receiver_actions.enable, receiver_actions.delete, receiver_actions.replay_dead):
            with pytest.raises(NotAllowed):
                verb(receiver=row, by=other, now=now)
    with pytest.raises(NotAllowed):
        channel_actions.save_channel(slug="orders", name="mine", by=house.alice, now=now)
    assert channel_actions.test(channel_id=own.pk, by=house.alice, now=now).channel == own
    with pytest.raises(NotAllowed, match="still on its way"):
        channel_actions.test(channel_id=own.pk, by=house.alice, now=now)


def as_(person: object) -> Client:
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    return client


@pytest.mark.parametrize(
    ("who", "status"), [("adam", 200), ("gina", 200), ("alice", 403), ("olga", 403), ("charlie", 403)]
)
def test_who_reads_channels(house: House, channel: ChatChannel, who: str, status: int) -> None:
    client = as_(getattr(house, who))
    for page in (
        reverse("delivery:channel_list"),
        reverse("delivery:channel_edit", args=["orders"]),
        reverse("delivery:delivery_list") + f"?channel={channel.pk}",
    ):
        answer = client.get(page)
        assert answer.status_code == status
        assert "/chat" not in answer.content.decode()


def test_registering_testing_and_switching_from_the_pages(
    house: House, receiver: Receiver, now: datetime
) -> None:
    client = as_(house.adam)
    form = {"name": "#night", "slug": "night", "url": receiver.url("/night")}
    page = client.post(reverse("delivery:channel_add"), form, follow=True).content.decode()
    assert "was registered" in page
    assert "/night<" not in page
    assert receiver.url("/night") not in page
    assert client.post(reverse("delivery:channel_add"), form).status_code == 422
    tested = client.post(reverse("delivery:channel_test", args=["night"]), follow=True)
    assert "A test message is on its way" in tested.content.decode()
    assert "A test from ReviewHub" in tested.content.decode()
    edit = reverse("delivery:channel_edit", args=["night"])
    assert client.post(edit, {"name": "#day", "url": ""}).status_code == 302
    row = ChatChannel.objects.get()
    assert (row.name, row.url) == ("#day", receiver.url("/night"))
    assert client.post(edit, {"name": "#day", "url": "https://10.0.0.1/"}).status_code == 422
    switch = reverse("delivery:channel_switch", args=["night"])
    client.post(switch, {"to": "off"})
    assert "switched off" in client.get(edit).content.decode()
    client.post(switch, {"to": "on"})
    assert ChatChannel.objects.get().is_active
    deleted = client.post(reverse("delivery:channel_delete", args=["night"]), follow=True)
    assert "Switch it off instead" in deleted.content.decode()


def test_sending_the_given_up_again_from_the_page(house: House, channel: ChatChannel, now: datetime) -> None:
    say(channel, now)
    Delivery.objects.update(status="dead", attempts=10)
    client = as_(house.adam)
    assert (
        "Send the 1 given up again"
        in client.get(reverse("delivery:channel_edit", args=["orders"])).content.decode()
    )
    client.post(reverse("delivery:channel_replay", args=["orders"]))
    assert Delivery.objects.get().status == "waiting"
    Delivery.objects.update(status="dead")
    client.post(reverse("delivery:delivery_replay", args=[Delivery.objects.get().pk]))
    assert Delivery.objects.get().status == "waiting"
    assert Event.objects.filter(verb="chat_channel.replayed").count() == 2


def test_governance_changes_nothing(house: House, channel: ChatChannel) -> None:
    client = as_(house.gina)
    for name in ("switch", "test", "delete", "replay", "edit"):
        assert (
            client.post(reverse(f"delivery:channel_{name}", args=["orders"]), {"name": "x"}).status_code
            == 403
        )
    assert client.get(reverse("delivery:channel_add")).status_code == 403
    assert "Save" not in client.get(reverse("delivery:channel_edit", args=["orders"])).content.decode()


def test_the_configuration_file_names_channels_and_never_their_address(
    house: House, channel: ChatChannel, receiver: Receiver, now: datetime
) -> None:
    channel_actions.save_own(url=receiver.url("/own"), by=house.alice, now=now)
    assert ChatChannels.current() == [{"slug": "orders", "name": "#orders"}]
    entries = [ChannelEntry(slug="orders", name="#orders"), ChannelEntry(slug="night", name="#night")]
    ChatChannels.apply(entries, by=None, now=now)
    assert [entry.canonical() for entry in reversed(entries)] == ChatChannels.current()
    assert ChatChannel.objects.get(slug="orders").is_active
    assert not ChatChannel.objects.get(slug="night").is_active
    with pytest.raises(NotAllowed):
        ChatChannels.apply(entries, by=house.alice, now=now)
