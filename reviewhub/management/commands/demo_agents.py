"""Keep the demo's simulated agents proposing, over HTTP like any other agent."""

import signal
from types import FrameType

from django.core.management import BaseCommand, CommandError

from reviewhub.demo import credentials
from reviewhub.demo.agents import Agents, Stopped


class Command(BaseCommand):
    """`manage.py demo_agents`: until SIGTERM or Ctrl-C. Needs what `demo_setup` wrote, and nothing of the database."""

    help = "Simulated agents propose at a calm pace, wait for people, act on the answer and report."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        if not credentials.read():
            raise CommandError(f"{credentials.demo_file()} is not there: run `manage.py demo_setup` first.")
        agents = Agents(credentials=credentials.read)

        def stop(number: int, frame: FrameType | None) -> None:
            # Raised, not only noted: a request to a server that hangs would keep us for its whole time-out.
            if not agents.stop.is_set():
                agents.stop.set()
                raise Stopped

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)
        agents.run()
