"""Hints: cheap for whoever gives them, few for the broker, and never in the way."""

import socket
import threading
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone

from apps.delivery import waking
from apps.delivery.waking import Waker, wake
from tests.waiting import until


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """What would be published, and the moment that was decided; the broker itself is tested below.

    Only what the waker of this test says: threads an earlier test left behind have wakers of their own, and
    what they still hint at through this one carries the name of a real task.
    """
    sent: list[tuple[float, str]] = []
    mine = Waker()

    def publish(waker: Waker, task: str) -> None:
        if waker is mine and not task.startswith("apps."):
            sent.append((waker._published[task], task))

    monkeypatch.setattr(Waker, "_publish", publish)
    monkeypatch.setattr(waking, "_waker", mine)
    return sent


def test_the_first_hint_leaves_at_once_and_a_flood_becomes_two_a_second(
    transactional_db: None, published: list[tuple[float, str]]
) -> None:
    while len(published) < 4:
        wake("a.task")
        time.sleep(0.001)
    moments = [moment for moment, _task in published]
    assert all(later - earlier >= 0.499 for earlier, later in pairwise(moments))


def test_a_hint_for_later_leaves_at_its_moment_and_tasks_do_not_wait_for_each_other(
    transactional_db: None, published: list[tuple[float, str]]
) -> None:
    started = time.monotonic()
    wake("later", at=timezone.now() + timedelta(seconds=0.7))
    wake("now")
    until(lambda: len(published) == 2)
    when = {task: moment - started for moment, task in published}
    assert when["now"] < when["later"]
    assert when["later"] >= 0.7


def test_a_verb_that_rolls_back_wakes_nobody(
    transactional_db: None, published: list[tuple[float, str]]
) -> None:
    with transaction.atomic():
        wake("a.task")
        transaction.set_rollback(True)
    time.sleep(0.2)
    assert published == []


def test_a_broker_that_is_down_costs_a_request_nothing(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket that accepts nobody: connecting to it hangs until the timeout."""
    monkeypatch.setattr(waking, "_waker", Waker())
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        monkeypatch.setattr(current_app.conf, "broker_url", f"redis://127.0.0.1:{port}/0")
        monkeypatch.setattr(
            current_app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0", raising=False
        )
        slowest = 0.0
        for _ in range(500):
            started = time.monotonic()
            wake("a.task")
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 1


def test_after_a_failure_the_broker_is_left_alone_for_a_while(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    def refuse(task: str, *args: object, **kwargs: object) -> None:
        if task == "a.refused.task":
            tries.append(time.monotonic())
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", refuse)
    monkeypatch.setattr(waking, "_waker", Waker())
    monkeypatch.setattr(waking, "BROKEN_SECONDS", 1.0)
    while len(tries) < 3:
        wake("a.refused.task")
        time.sleep(0.01)
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(tries))


def test_a_real_message_reaches_a_broker(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """kombu's in-memory transport: the message as Celery writes it."""
    monkeypatch.setattr(waking, "_waker", Waker())
    monkeypatch.setattr(current_app.conf, "broker_url", "memory://waking")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "memory://waking", raising=False)
    wake()
    ends = time.monotonic() + 5
    with current_app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        arrived: set[str] = set()
        # The waker of an earlier test may still have something to say.
        while waking.DELIVER not in arrived:
            message = queue.get(timeout=max(0.1, ends - time.monotonic()))
            arrived.add(message.headers["task"])
            message.ack()
        queue.close()


def test_only_one_thread_does_the_publishing(
    transactional_db: None, published: list[tuple[float, str]]
) -> None:
    before = threading.active_count()
    for number in range(50):
        wake(f"task.{number}")
    assert threading.active_count() <= before + 1
