"""On the PostgreSQL and broker of DATABASE_URL and CELERY_BROKER_URL: they answer, and a worker hears us."""

import os
import time

import pytest
from django.conf import settings
from kombu import Connection

from reviewhub.celery import app
from reviewhub.embedded import processes
from reviewhub.embedded.failure import CannotStart
from reviewhub.embedded.given import check_broker, check_database

pytestmark = pytest.mark.services


def test_the_given_servers_answer() -> None:
    check_database(settings.DATABASES["default"])
    check_broker(settings.CELERY_BROKER_URL)


def test_servers_that_do_not_answer_are_named() -> None:
    nowhere = {**settings.DATABASES["default"], "HOST": "127.0.0.1", "PORT": "1"}
    with pytest.raises(CannotStart, match="DATABASE_URL: the database does not answer"):
        check_database(nowhere)
    with pytest.raises(CannotStart, match="CELERY_BROKER_URL: the broker does not answer"):
        check_broker("redis://127.0.0.1:1/0")


def test_a_message_comes_back_from_the_broker() -> None:
    with Connection(settings.CELERY_BROKER_URL) as connection:
        queue = connection.SimpleQueue(f"reviewhub-test-{os.getpid()}", queue_opts={"auto_delete": True})
        queue.put({"hello": "broker"})
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.payload == {"hello": "broker"}


def test_a_worker_answers_and_knows_every_scheduled_task() -> None:
    worker = processes.worker(base_dir=settings.BASE_DIR)
    worker.start()
    try:
        deadline = time.monotonic() + 60
        while not (known := app.control.inspect(timeout=1).registered()):
            assert time.monotonic() < deadline
    finally:
        worker.stop()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= {task for tasks in known.values() for task in tasks}
