"""Hints to Celery that a sweeper has something to do now. A hint may be lost; the sweeper comes by anyway.

`wake` never talks to the broker itself. It leaves a note in memory, after the commit, and one thread per
process publishes the notes: at most one per task and half second, none for a while after the broker failed.
So a request costs microseconds whether the broker is quick, slow or gone. A hint for later is kept in memory
until its moment and is never a message with a delivery time in the broker.
"""

import os
import threading
import time
from datetime import datetime

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone

DELIVER = "apps.delivery.tasks.deliver_due"
GAP_SECONDS = 0.5
BROKEN_SECONDS = 5.0
# Hints for later that lie closer together than this become one.
_GRAIN_SECONDS = 0.1
_MOST_PER_TASK = 10_000
_EXPIRES_SECONDS = 10

log = structlog.get_logger(__name__)


def wake(task: str = DELIVER, *, at: datetime | None = None) -> None:
    """After the surrounding transaction commits, ask for `task` (its full name), now or at a moment."""
    transaction.on_commit(lambda: _of_this_process().note(task, at=at), robust=True)


class Waker:
    """The notes of one process and the thread that publishes them."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._changed = threading.Condition()
        self._notes: dict[str, set[float]] = {}
        self._published: dict[str, float] = {}
        self._broken_until = 0.0
        self._thread: threading.Thread | None = None

    def note(self, task: str, *, at: datetime | None = None) -> None:
        """Remember to wake `task`. Returns at once."""
        now = time.monotonic()
        if at is None:
            moment = now
        else:
            later = now + max(0.0, (at - timezone.now()).total_seconds())
            moment = (later // _GRAIN_SECONDS + 1) * _GRAIN_SECONDS
        with self._changed:
            moments = self._notes.setdefault(task, set())
            if len(moments) >= _MOST_PER_TASK or (at is None and any(noted <= now for noted in moments)):
                return
            moments.add(moment)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="reviewhub-waker", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                task, pause = self._next(time.monotonic())
                if task is None:
                    self._changed.wait(pause)
                    continue
            self._publish(task)

    def _next(self, now: float) -> tuple[str | None, float | None]:
        """The task to publish now, its notes taken; or None and the seconds until the next."""
        soonest: float | None = None
        for task, moments in self._notes.items():
            if not moments:
                continue
            ready = max(min(moments), self._published.get(task, 0.0) + GAP_SECONDS, self._broken_until)
            if ready <= now:
                moments.difference_update([moment for moment in moments if moment <= now])
                self._published[task] = now
                return task, None
            soonest = ready if soonest is None else min(soonest, ready)
        return None, None if soonest is None else soonest - now

    def _publish(self, task: str) -> None:
        try:
            with current_app.connection_for_write(transport_options=_no_retries()) as connection:
                current_app.send_task(task, connection=connection, retry=False, expires=_EXPIRES_SECONDS)
        except Exception as error:  # whatever the broker does: the sweeper is the truth
            log.info("hint_not_sent", task=task, error=str(error)[:200])
            with self._changed:
                self._broken_until = time.monotonic() + BROKEN_SECONDS


def _no_retries() -> dict[str, object]:
    return {**current_app.conf.broker_transport_options, "max_retries": 0}


_waker = Waker()


def _of_this_process() -> Waker:
    """A forked child has the notes of its parent but not its thread, and starts anew."""
    global _waker
    if _waker.pid != os.getpid():
        _waker = Waker()
    return _waker
