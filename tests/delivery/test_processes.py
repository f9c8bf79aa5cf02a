"""Dispatchers as real processes on one database: two at once, and one that is killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.delivery import channel_actions
from apps.delivery.backoff import LEASE
from apps.delivery.dispatch import run
from apps.delivery.models import Delivery, DeliveryStatus, Notification
from apps.delivery.notifying import notify, notify_channel
from tests.delivery.conftest import Received, Receiver, Register, happened
from tests.factories import House
from tests.waiting import until

ROOT = Path(__file__).parents[2]
DISPATCH = """
import sys, time
from datetime import datetime, timedelta
import django
django.setup()
from apps.delivery.dispatch import run
from apps.delivery.models import Delivery, Notification, OutboxEvent
print("ready", flush=True)
sys.stdin.readline()
began, started, handled = datetime.fromisoformat(sys.argv[1]), time.monotonic(), 0
while (
    OutboxEvent.objects.filter(fanned_out_at=None).exists()
    or Delivery.objects.filter(status="waiting").exists()
    or Notification.objects.filter(parcel=None).exists()
):
    handled += run(now=began + timedelta(seconds=time.monotonic() - started))
print(handled, flush=True)
"""


def dispatcher(now: datetime) -> "subprocess.Popen[str]":
    """A process that is ready to dispatch and waits for a line on its input."""
    database = connection.settings_dict
    user = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    host, port = database["HOST"], database["PORT"] or 5432
    where = f"/{database['NAME']}?host={quote(host)}" if host.startswith("/") else None
    url = f"postgres://{user}@{where}" if where else f"postgres://{user}@{host}:{port}/{database['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "-c", DISPATCH, now.isoformat()],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "reviewhub.settings",
            "REVIEWHUB_WEBHOOK_ALLOW": "127.0.0.1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def start(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def close(process: "subprocess.Popen[str]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def test_a_dispatcher_killed_between_claim_and_answer_loses_nothing(
    live_house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    register(live_house, receiver.url())
    event = happened(now)
    let_go = threading.Event()

    def hold(handler: BaseHTTPRequestHandler, request: Received) -> int:
        let_go.wait(30)
        return 204

    receiver.answer = hold
    process = dispatcher(now)
    start(process)
    until(lambda: len(receiver.received) == 1)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    close(process)
    let_go.set()
    row = Delivery.objects.get()
    assert (row.status, row.attempts) == (DeliveryStatus.WAITING, 1)

    assert run(now=now + LEASE / 2) == 0
    run(now=now + 2 * LEASE)
    row.refresh_from_db()
    assert (row.status, row.attempts) == (DeliveryStatus.SENT, 2)
    assert [request.message_id for request in receiver.received] == [str(event.id)] * 2


@pytest.mark.timeout(120)
def test_two_dispatchers_at_once_send_everything_once(
    live_house: House, receiver: Receiver, register: Register, now: datetime
) -> None:
    for number in range(6):
        register(live_house, receiver.url(f"/{number}"))
    ids = [str(happened(now).id) for _ in range(40)]
    processes = [dispatcher(now), dispatcher(now)]
    for process in processes:
        start(process)
    handled = []
    for process in processes:
        assert process.stdout is not None
        handled.append(int(process.stdout.readline()))
        assert process.wait(60) == 0
        close(process)
    assert min(handled) > 0
    arrived = Counter((request.path, request.message_id) for request in receiver.received)
    assert arrived == Counter({(f"/{number}", ident): 1 for number in range(6) for ident in ids})
    assert set(Delivery.objects.values_list("status", "attempts")) == {(DeliveryStatus.SENT, 1)}


def test_a_dispatcher_killed_while_it_writes_to_a_chat_sends_again_under_the_same_id(
    live_house: House, receiver: Receiver, now: datetime
) -> None:
    channel = channel_actions.save_channel(
        slug="c", name="c", url=receiver.url(), by=live_house.adam, now=now
    )
    row = notify_channel(channel=channel, title="t", text="", link="/", now=now)
    assert row is not None
    let_go = threading.Event()

    def hold(handler: BaseHTTPRequestHandler, request: Received) -> int:
        let_go.wait(30)
        return 200

    receiver.answer = hold
    process = dispatcher(now)
    start(process)
    until(lambda: len(receiver.received) == 1)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    close(process)
    let_go.set()
    run(now=now + 2 * LEASE)
    row.refresh_from_db()
    assert (row.status, row.attempts) == (DeliveryStatus.SENT, 2)
    assert [request.message_id for request in receiver.received] == [str(row.pk)] * 2


@pytest.mark.timeout(120)
def test_two_dispatchers_at_once_tell_everybody_once(
    live_house: House, receiver: Receiver, now: datetime
) -> None:
    people = list(User.objects.order_by("pk"))
    for person in people:
        channel_actions.save_own(url=receiver.url(f"/{person.short}"), by=person, now=now)
    for number in range(20):
        notify(people=people, kind="warning", title=f"{number}", text="", link="/", tier=11, now=now)
    processes = [dispatcher(now), dispatcher(now)]
    for process in processes:
        start(process)
    for process in processes:
        assert process.wait(90) == 0
        close(process)
    arrived = Counter((request.path, request.body) for request in receiver.received)
    assert len(arrived) == len(people) * 20
    assert set(arrived.values()) == {1}
    assert Delivery.objects.filter(status=DeliveryStatus.SENT).count() == 2 * len(people) * 20
    assert Notification.objects.values("parcel").distinct().count() == len(people) * 20
