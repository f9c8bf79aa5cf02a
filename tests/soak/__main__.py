"""`make soak`: days of work in minutes, while processes are killed at random; then it is counted what was lost.

    python -m tests.soak [--quick] [--tasks 10000] [--seed 1]

Time is simulated: it goes forward when nothing is left to do. Sweepers, people, agents and an auditor are processes
that get SIGKILL at any moment, or lose their database session, and come back. Agents and people remember what they
were told. The soak ends well when nothing of that is lost, nothing happened twice, and nothing has stalled.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
os.environ["CELERY_BROKER_URL"] = "memory://"
os.environ["REVIEWHUB_LOG_LEVEL"] = "CRITICAL"
os.environ["REVIEWHUB_CLAIMS_PER_PERSON"] = "20"
django.setup()

from django.conf import settings  # noqa: E402  (Django first)
from django.core.management import call_command  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.delivery import dispatch  # noqa: E402
from apps.escalation import looking  # noqa: E402
from tests.faults import promise  # noqa: E402
from tests.faults.acts import everything_due  # noqa: E402
from tests.soak import ground, verdict  # noqa: E402
from tests.soak.actors import Scene  # noqa: E402
from tests.soak.conductor import Conductor  # noqa: E402
from tests.soak.world import Journal, SimulatedClock  # noqa: E402

START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
TICK, LONG_TICK = timedelta(minutes=15), timedelta(hours=1)
ROLES = ["sweeper 0", "sweeper 1", "sweeper 2", "person 0", "person 1", "agent 0", "agent 1", "auditor 0"]


def main() -> int:
    """Prepare, soak, count. The exit code is 1 when anything was lost, doubled, stalled or broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="800 tasks, about a minute")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    tasks, days = (800, 0.5) if given.quick else (given.tasks, 2)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        os.environ["SOAK_LETTERS"] = str(Path(folder) / "letters")
        settings.EMAIL_BACKEND = "tests.soak.letters.LetterBox"
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        call_command("migrate", verbosity=0)
        if User.objects.exists():
            print("This database is in use; the soak needs an empty one.")
            return 1
        # The simulated clock jumps further between an auditor's glance at it and its look than a real one is off.
        looking.AHEAD = 2 * LONG_TICK
        ground.build(START)
        return soak(tasks, days, given.seed, Journal(Path(folder) / "journal"))


def soak(tasks: int, days: float, seed: int, journal: Journal) -> int:
    """Days of simulated work and one in which nothing new comes; then the verdict."""
    print(f"soak of {tasks} tasks, --seed {seed}", flush=True)
    began = time.monotonic()
    clock = SimulatedClock(START)
    ticks = int(days * 24 * 4)
    scene = Scene(clock, journal, dice=None, pace=tasks / ticks, total=tasks, agents=2, people=2)  # type: ignore[arg-type]
    conductor = Conductor(scene, ROLES, seed)
    with conductor.at_work():
        for number in range(ticks + 24):
            by = TICK if number < ticks else LONG_TICK
            conductor.tick(by, kills=0.9, cuts=0.2)
            if number % 24 == 23:
                spent, killed = time.monotonic() - began, sum(conductor.deaths.values())
                print(f"  {clock.now() - START} simulated in {spent:.0f} s, {killed} killed", flush=True)
    # Whoever was killed last leaves leases behind; they are over now.
    end = clock.now() + timedelta(hours=5)
    _come_to_rest(end)
    report = {
        **verdict.figures(journal),
        "processes killed": dict(conductor.deaths),
        "sessions ended": conductor.cut_off,
        "ticks that took long": conductor.slow_ticks,
        "seconds": round(time.monotonic() - began),
    }
    for name, figure in report.items():
        print(f"{name}: {figure}")
    wrong = {
        "lost": verdict.lost(journal),
        "duplicate": verdict.twice(),
        "stalled": promise.stalled(end),
        "clocks that differ from their events": promise.clocks_that_differ(),
        "broken": dict(Counter(" ".join(words) for words in journal.read("broken"))),
    }
    for name, found in wrong.items():
        total = sum(found.values()) if isinstance(found, dict) else len(found)
        print(f"{name} = {total}" + (f"  {found}" if found else ""))
    return int(any(wrong.values()))


def _come_to_rest(end: datetime) -> None:
    """Let every sweeper do what is left, and the post leave."""
    for _round in range(20):
        everything_due(end)
        while dispatch.run(now=end):
            pass


if __name__ == "__main__":
    sys.exit(main())
