"""Forks the actors, puts the clock forward when nothing is left to do, and kills at random."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

from django.db import connection, connections

from apps.escalation.models import EscalationRun
from apps.proposals.models import Proposal
from apps.reviews.models import Task
from reviewhub.embedded.child import die_with_parent
from tests.soak.actors import Scene, start

_LONGEST_WAIT = 20.0


class Conductor:
    """The processes by role, and what was done to them."""

    def __init__(self, scene: Scene, roles: list[str], seed: int) -> None:
        self._scene = scene
        self._roles = roles
        self._dice = Random(seed)
        self._pids: dict[str, int] = {}
        self.deaths: Counter[str] = Counter()
        self.cut_off = 0
        self.slow_ticks = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """All actors are there; none is left afterwards."""
        for role in self._roles:
            self._fork(role)
        try:
            yield
        finally:
            for role in self._roles:
                self._end(role)

    def tick(self, by: timedelta, *, kills: float, cuts: float) -> None:
        """Put the clock forward and let what is due be done; kill a process, end a session with these chances."""
        self._scene.clock.forward(by)
        began = time.monotonic()
        harm = [self._kill_one] * self._happens(kills) + [self._cut_one_off] * self._happens(cuts)
        while harm or self._is_left():
            time.sleep(self._dice.uniform(0.02, 0.1))
            self._revive()
            if harm:
                harm.pop()()
            if time.monotonic() - began > _LONGEST_WAIT:
                self.slow_ticks += 1
                return

    def _happens(self, chance: float) -> bool:
        return self._dice.random() < chance

    def _is_left(self) -> bool:
        """Whether proposals of this tick have not come yet, or due steps, settlements or claims are open."""
        now = self._scene.clock.now()
        last = self._scene.last_names()
        return (
            Proposal.objects.filter(agent__slug="order-bot", external_id__in=last).count() < len(last)
            or EscalationRun.objects.due(now).exists()
            or Task.objects.filter(status="decided", settles_at__lte=now).exists()
            or Task.objects.filter(status="claimed", lease_expires_at__lte=now).exists()
        )

    def _kill_one(self) -> None:
        role = self._dice.choice(self._roles)
        self._end(role)
        self.deaths[role.split()[0]] += 1
        self._fork(role)

    def _cut_one_off(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                # A worker of autovacuum stands there too, and is not ours to end.
                " AND backend_type = 'client backend' ORDER BY random() LIMIT 1"
            )
            self.cut_off += len(cursor.fetchall())

    def _fork(self, role: str) -> None:
        connections.close_all()
        go_with_me = die_with_parent(signal.SIGKILL)
        pid = os.fork()
        if pid == 0:
            try:
                go_with_me()
                start(role, self._scene)
            finally:
                os._exit(1)
        self._pids[role] = pid

    def _end(self, role: str) -> None:
        pid = self._pids.pop(role)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def _revive(self) -> None:
        """An actor never ends by itself: one that did is a finding."""
        for role, pid in list(self._pids.items()):
            ended, _status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._scene.journal.write("broken", role, "ended by itself")
                self._fork(role)
