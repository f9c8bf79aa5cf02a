"""Run all of ReviewHub on this machine until Ctrl-C."""

import argparse
import http.client
import json
import os
import time
from typing import TextIO

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from reviewhub.embedded import lock, processes
from reviewhub.embedded.broker import broker_child, prepare_broker, wait_broker
from reviewhub.embedded.failure import CannotStart
from reviewhub.embedded.given import check_broker, check_database
from reviewhub.embedded.port import listen
from reviewhub.embedded.postgres import embedded_postgres
from reviewhub.embedded.supervisor import StopAsked, Supervisor, say


class Command(BaseCommand):
    """Database and broker unless others are given, web, worker, beat; with --demo the simulated agents."""

    help = "Run ReviewHub on this machine: Ctrl-C stops everything. PORT and REVIEWHUB_DATA override."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="with a demo organisation and simulated agents"
        )

    def handle(self, *args: object, demo: bool, **options: object) -> None:
        supervisor = Supervisor(say)
        supervisor.listen_to_signals()
        held: TextIO | None = None
        try:
            settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
            is_first = not any(settings.DATA_DIR.iterdir())
            held = lock.hold(settings.DATA_DIR)
            with listen(host=settings.BIND, port=settings.PORT) as listener:
                self._start(supervisor, listener=listener.fileno(), demo=demo, is_first=is_first)
                supervisor.watch()
        except StopAsked:
            say("Stopping.")
        except CannotStart as problem:
            raise CommandError(str(problem)) from problem
        finally:
            supervisor.stop_all()
            if held is not None:
                held.close()

    def _start(self, supervisor: Supervisor, *, listener: int, demo: bool, is_first: bool) -> None:
        longer = " The first start takes a little longer." if is_first else ""
        say(f"Starting ReviewHub.{longer}")
        start_servers(supervisor)
        base_dir = settings.BASE_DIR
        supervisor.run_once(processes.command("prepare", *(["--demo"] if demo else []), base_dir=base_dir))
        for number in range(1, settings.WEB_PROCESSES + 1):
            supervisor.start(processes.web(base_dir=base_dir, number=number, listener=listener))
        supervisor.start(processes.worker(base_dir=base_dir))
        supervisor.start(processes.beat(base_dir=base_dir))
        wait_healthy(supervisor)
        if demo:
            supervisor.start(processes.command("demo_agents", base_dir=base_dir))
        say(f"\nReviewHub is at {settings.BASE_URL}")
        if demo:
            say_sign_ins()
        say("Ctrl-C stops it.\n")


def start_servers(supervisor: Supervisor) -> None:
    """PostgreSQL and the broker, each only when no other one was given."""
    if os.environ.get("DATABASE_URL"):
        check_database(settings.DATABASES["default"])
    else:
        postgres = embedded_postgres(settings.DATA_DIR)
        postgres.prepare()
        database = postgres.child()
        supervisor.start(database)
        postgres.wait_ready(database, pause=supervisor.pause)
    if os.environ.get("CELERY_BROKER_URL"):
        check_broker(settings.CELERY_BROKER_URL)
    else:
        broker = broker_child(settings.DATA_DIR)
        prepare_broker(settings.DATA_DIR)
        supervisor.start(broker)
        wait_broker(settings.DATA_DIR, broker, pause=supervisor.pause)


def wait_healthy(supervisor: Supervisor, *, seconds: float = 120) -> None:
    """Return once the web answers that it is well. Raises CannotStart when it does not in time."""
    deadline = time.monotonic() + seconds
    while not _is_healthy():
        if time.monotonic() > deadline:
            raise CannotStart(f"The web did not answer within {seconds:.0f} seconds.")
        supervisor.pause()
        supervisor.mend()


def _is_healthy() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.BIND, settings.BIND)  # noqa: S104  (compared, not bound)
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{settings.PORT}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def say_sign_ins() -> None:
    """Who may sign in to the demo, from the file `demo_setup` wrote."""
    users = json.loads((settings.DATA_DIR / "demo.json").read_text())["users"]
    say("Sign in as:")
    widest = max(map(len, users), default=0)
    for name, user in users.items():
        say(f"  {name:<{widest}}  {user['password']}  {', '.join(user['roles'])}")
