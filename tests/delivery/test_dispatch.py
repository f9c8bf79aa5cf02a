"""The dispatcher against a real HTTP server and a real database."""

import json
import time
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from apps.audit.models import Event
from apps.delivery import actions, endpoint_actions, receiver_actions
from apps.delivery.backoff import LEASE, WAITS
from apps.delivery.dispatch import MESSAGES, claim, run
from apps.delivery.endpoint_actions import OLD_SECRET_SIGNS, Target
from apps.delivery.fanning import fan_out, wants
from apps.delivery.models import Delivery, DeliveryStatus, OutboxEvent, WebhookEndpoint
from tests.delivery.conftest import Receiver, Register, happened
from tests.factories import House

DECIDED = "reviewhub.proposal.decided.v1"


def run_all(now: datetime) -> None:
    """As the Celery task does, beginning at `now`: the clock goes on while messages are sent."""
    started = time.monotonic()
    while run(now=now + timedelta(seconds=time.monotonic() - started)):
        pass


def test_what_happened_arrives_once_signed(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    endpoint = register(house, receiver.url())
    event = happened(now)
    run_all(now)
    run_all(now + timedelta(hours=1))
    (request,) = receiver.received
    assert request.message_id == str(event.id)
    message = json.loads(request.body)
    assert (message["type"], message["subject"]) == (DECIDED, str(event.subject_id))
    assert message["data"] == {"status": "approved", "name": "Ünal"}
    # The library compares with today's clock, and this test's is fixed: verify the signature itself.
    signed = Webhook(endpoint.secret).sign(request.message_id, now, request.body.decode())
    assert request.headers["webhook-signature"] == signed
    row = Delivery.objects.get()
    assert (row.status, row.attempts, row.last_error) == (DeliveryStatus.SENT, 1, "")
    assert row.sent_at is not None
    assert row.sent_at >= now


def test_an_event_nobody_asked_for_is_only_marked(house: House, now: datetime) -> None:
    event = happened(now)
    assert run(now=now) == 1
    event.refresh_from_db()
    assert event.fanned_out_at == now
    assert not Delivery.objects.exists()
    assert run(now=now) == 0


@pytest.mark.parametrize(
    ("narrowing", "ids", "expected"),
    [
        ({}, {}, True),
        ({"agent_id": 1}, {"agent_id": 1}, True),
        ({"agent_id": 1}, {"agent_id": 2}, False),
        ({"agent_id": 1}, {}, False),
        ({"workflow_id": 1}, {"workflow_id": 1, "agent_id": 5}, True),
        ({"workflow_id": 1}, {"workflow_id": 2}, False),
        ({"types": [DECIDED]}, {}, True),
        ({"types": ["reviewhub.proposal.expired.v1"]}, {}, False),
    ],
)
def test_narrowing(narrowing: dict[str, object], ids: dict[str, int], expected: bool) -> None:
    assert wants(WebhookEndpoint(**narrowing), OutboxEvent(type=DECIDED, **ids)) is expected


def test_retries_grow_over_days_then_it_is_given_up_and_can_be_sent_again(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    register(house, receiver.url())
    happened(now)
    receiver.answer = lambda handler, request: 500
    at = now
    for attempt, wait in enumerate(WAITS, start=1):
        run_all(at)
        row = Delivery.objects.get()
        assert (row.status, row.attempts) == (DeliveryStatus.WAITING, attempt)
        assert row.last_error.startswith("500")
        assert wait <= row.next_at - at <= wait * 1.1 + timedelta(seconds=2)
        run_all(row.next_at - timedelta(seconds=1))
        assert len(receiver.received) == attempt
        at = row.next_at + timedelta(minutes=11)
    run_all(at)
    row = Delivery.objects.get()
    assert (row.status, row.attempts, len(receiver.received)) == (DeliveryStatus.DEAD, 10, 10)
    run_all(at + timedelta(days=30))
    assert len(receiver.received) == 10

    receiver.answer = lambda handler, request: 200
    later = at + timedelta(days=31)
    actions.replay(delivery_id=row.id, by=house.adam, now=later)
    run_all(later)
    row.refresh_from_db()
    assert (row.status, row.attempts) == (DeliveryStatus.SENT, 1)
    assert len({request.message_id for request in receiver.received}) == 1
    assert Event.objects.filter(verb="webhook.replayed").exists()


def test_all_given_up_for_one_endpoint_are_sent_again(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    one, other = register(house, receiver.url("/one")), register(house, receiver.url("/other"))
    for _ in range(3):
        happened(now)
    fan_out(now=now)
    Delivery.objects.update(status=DeliveryStatus.DEAD, attempts=10)
    assert receiver_actions.replay_dead(receiver=one, by=house.adam, now=now) == 3
    run_all(now)
    assert [request.path for request in receiver.received] == ["/one"] * 3
    assert other.deliveries.filter(status=DeliveryStatus.DEAD).count() == 3


def test_410_switches_the_endpoint_off_and_says_so(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    endpoint = register(house, receiver.url())
    happened(now)
    receiver.answer = lambda handler, request: 410
    run_all(now)
    endpoint.refresh_from_db()
    assert not endpoint.is_active
    assert "410" in endpoint.stopped_because
    assert Delivery.objects.get().status == DeliveryStatus.DEAD
    event = Event.objects.get(verb="webhook.disabled")
    assert event.actor_kind == "system"
    happened(now)
    run_all(now + timedelta(days=1))
    assert len(receiver.received) == 1


def test_what_waits_while_an_endpoint_is_off_leaves_when_it_is_on(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    endpoint = register(house, receiver.url())
    happened(now)
    fan_out(now=now)
    receiver_actions.disable(receiver=endpoint, reason="-", by=house.adam, now=now)
    run_all(now)
    assert receiver.received == []
    receiver_actions.enable(receiver=endpoint, by=house.adam, now=now)
    run_all(now)
    assert len(receiver.received) == 1


def test_both_secrets_sign_for_a_day_after_a_rotation(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    endpoint = register(house, receiver.url())
    old = endpoint.secret
    new = endpoint_actions.rotate_secret(endpoint_id=endpoint.pk, by=house.adam, now=now)
    assert new != old
    for at in (now, now + OLD_SECRET_SIGNS + timedelta(seconds=1)):
        happened(at)
        run_all(at)
    first, second = (request.headers["webhook-signature"].split() for request in receiver.received)
    assert (len(first), len(second)) == (2, 1)
    request = receiver.received[0]
    assert [Webhook(key).sign(request.message_id, now, request.body.decode()) for key in (new, old)] == first
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(receiver.received[1].body, receiver.received[1].headers)


def test_secrets_are_encrypted_in_the_database(house: House, receiver: Receiver, register: Register) -> None:
    endpoint = register(house, receiver.url())
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM delivery_webhookendpoint WHERE id = %s", [endpoint.pk])
        (stored,) = cursor.fetchone()
    assert endpoint.secret.startswith("whsec_")
    assert "whsec_" not in stored


def test_an_unreadable_secret_stops_only_its_own_endpoint(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    broken = register(house, receiver.url("/broken"))
    register(house, receiver.url("/fine"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE delivery_webhookendpoint SET secret = 'gAAAAAB' WHERE id = %s", [broken.pk])
    for _ in range(7):
        happened(now)
    run_all(now)
    assert [request.path for request in receiver.received] == ["/fine"] * 7
    assert broken.deliveries.filter(last_error__contains="cannot be decrypted").exists()


def test_a_poison_event_does_not_stop_the_others(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    register(house, receiver.url())
    events = [happened(now) for _ in range(4)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.event_id = '{events[1].id}' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER poison BEFORE INSERT ON delivery_delivery FOR EACH ROW EXECUTE FUNCTION poison();"""
        )
    run_all(now)
    arrived = {request.message_id for request in receiver.received}
    assert arrived == {str(event.id) for event in events if event is not events[1]}
    assert OutboxEvent.objects.filter(fanned_out_at__isnull=True).get() == events[1]


def test_a_dead_endpoint_rests_and_the_others_go_on(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    dead, fine = register(house, receiver.url("/dead")), register(house, receiver.url("/fine"))
    receiver.answer = lambda handler, request: 503 if request.path == "/dead" else 204
    for _ in range(30):
        happened(now)
    run_all(now)
    paths = [request.path for request in receiver.received]
    assert paths.count("/fine") == 30
    # Its share of the first batch, and not one more while it rests.
    assert paths.count("/dead") == MESSAGES // 2
    dead.refresh_from_db()
    assert dead.quiet_until is not None
    assert dead.quiet_until > now
    assert fine.deliveries.filter(status=DeliveryStatus.SENT).count() == 30
    run(now=dead.quiet_until)
    assert [request.path for request in receiver.received].count("/dead") == MESSAGES // 2 + 1


def test_one_refused_message_does_not_make_the_endpoint_rest(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    endpoint = register(house, receiver.url())
    receiver.answer = lambda handler, request: 400
    happened(now)
    run_all(now)
    receiver.answer = lambda handler, request: 200
    event = happened(now)
    run_all(now + timedelta(seconds=1))
    assert str(event.id) in {request.message_id for request in receiver.received}
    endpoint.refresh_from_db()
    assert endpoint.failures == 0


def test_a_claim_counts_the_attempt_and_keeps_others_away_until_its_lease_ends(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    endpoint = register(house, receiver.url())
    happened(now)
    fan_out(now=now)
    claimed = claim(now=now)
    assert list(claimed) == [endpoint.pk]
    assert Delivery.objects.get().attempts == 1
    assert claim(now=now + LEASE / 2) == {}
    assert list(claim(now=now + LEASE)) == [endpoint.pk]
    assert Delivery.objects.get().attempts == 2


def test_a_disabled_endpoint_gets_no_new_messages(
    house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    endpoint = register(house, receiver.url())
    receiver_actions.disable(receiver=endpoint, reason="-", by=house.adam, now=now)
    happened(now)
    run_all(now)
    assert not Delivery.objects.exists()


def test_an_event_rolled_back_with_its_verb_was_never_there(transactional_db: None, now: datetime) -> None:
    with transaction.atomic():
        happened(now)
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()


def test_the_emitting_verb_writes_one_row(
    house: House, receiver: Receiver, register: Register, now: datetime, django_assert_num_queries: object
) -> None:
    register(house, receiver.url())
    with django_assert_num_queries(1):  # type: ignore[operator]
        actions.emit(type=DECIDED, subject_id=uuid4(), now=now, data={})


def test_the_target_says_what_is_stored(house: House, receiver: Receiver, now: datetime) -> None:
    target = Target(name="all", url=receiver.url(), types=["b", "a", "a"])
    row, secret = endpoint_actions.register(target=target, by=house.adam, now=now)
    row.refresh_from_db()
    assert (row.types, row.secret) == (["a", "b"], secret)
