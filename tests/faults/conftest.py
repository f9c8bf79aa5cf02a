"""Real processes on the test's database, and a house whose chain can be watched."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.sla.policy_setup import Targets, save_policy
from tests.escalation.conftest import save, staff
from tests.factories import House, build_house
from tests.replay.serving import database_url
from tests.waiting import until

END = ["role:business_owner", "office:admin"]
# Of a minute: the moments are 1.8, 3 and 4.2 seconds after a task was opened.
QUICK = [
    {"after": "3%", "do": "notify", "to": ["leads"]},
    {"after": "5%", "do": "notify", "to": ["role:process_owner"]},
    {"after": "7%", "do": "notify", "to": END},
]


@pytest.fixture
def live_staffed(live_house: House) -> House:
    """The committed house, with leads and the chain of the escalation tests."""
    staff(live_house)
    save(live_house)
    return live_house


def sessions() -> set[int]:
    """Who else is connected to this database; sessions that earlier tests left open are among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


@pytest.fixture
def quick_house(transactional_db: None) -> House:
    """A committed house on the real clock, which Celery's processes have, and in a hurry."""
    house = build_house(timezone.now())
    targets = Targets(claim="1m", decide="1m", result="1h")
    save_policy(slug="standard", name="Standard", targets=targets, by=None, now=house.now)
    staff(house)
    save(house, QUICK)
    return house


class Victims:
    """A server of processes that die on order; see `victims`."""

    def __init__(self) -> None:
        self._bystanders = sessions()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.victims"],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "CELERY_BROKER_URL": "memory://",
                "REVIEWHUB_LOG_LEVEL": "CRITICAL",
                "REVIEWHUB_SECRET_KEYS": settings.SECRET_KEY,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, act: str, *, now: datetime, fault: str = "", at: int = 0, **words: Any) -> None:
        """Let a process do this; it may die at its `at`-th moment."""
        order = {"act": act, "now": now.isoformat(), "words": words, "fault": fault, "at": at}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """How the process ended."""
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))

    def do(self, act: str, **order: Any) -> dict[str, Any]:
        """Order and wait. When this returns, nothing of the process is left, on the server neither."""
        self.order(act, **order)
        answer = self.answer()
        until(self.are_gone)
        return answer

    def are_gone(self) -> bool:
        """Whether the server has noticed that all of them are dead, and let go of what they had locked."""
        return sessions() <= self._bystanders

    def stop(self) -> None:
        """No more orders."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(30)


@pytest.fixture(scope="module")
def make_victims(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[], Victims]]:
    """Starts servers of victims; they are gone after the module."""
    made: list[Victims] = []

    def make() -> Victims:
        made.append(Victims())
        return made[-1]

    with django_db_blocker.unblock():
        yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def victims(make_victims: Callable[[], Victims]) -> Victims:
    """One of them."""
    return make_victims()
