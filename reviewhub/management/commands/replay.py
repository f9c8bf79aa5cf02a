"""Play proposals from a file through the HTTP API."""

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from reviewhub.client import Client, Refused, Unavailable
from reviewhub.replay import Tally, lines, play


class Command(BaseCommand):
    """`manage.py replay FILE --url --key`: each line of FILE is the body of one `POST /api/v1/proposals`."""

    help = "Send the proposals in a file (JSON lines, one request body each) as an agent. Twice is safe."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON lines, each a proposal as the API takes it")
        parser.add_argument(
            "--url", required=True, help="address of the ReviewHub, e.g. http://localhost:8000"
        )
        parser.add_argument("--key", help="the agent's key; without it AGENT_KEY is read")
        parser.add_argument(
            "--speed", "--rate", type=_positive, metavar="N", help="at most N a second (default: no limit)"
        )
        parser.add_argument("--limit", type=_count, metavar="N", help="stop after N lines")

    def handle(
        self,
        *args: object,
        file: Path,
        url: str,
        key: str | None,
        speed: float | None,
        limit: int | None,
        **options: object,
    ) -> None:
        key = key or os.environ.get("AGENT_KEY", "")
        if not key:
            raise CommandError("Give the agent's key with --key or in AGENT_KEY.")
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise CommandError(f"{url} is no web address; write it as http://localhost:8000.")
        tally = Tally()
        stopped: CommandError | None = None
        try:
            total = sum(1 for _line in lines(file, limit))
            with (
                Client(url, key) as client,
                tqdm(lines(file, limit), total=total, unit="proposal", file=sys.stderr, disable=None) as bar,
            ):
                play(client, iter(bar), tally=tally, per_second=speed, tell=self._tell)
        except KeyboardInterrupt:
            stopped = CommandError("Stopped.", returncode=130)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except (Unavailable, Refused) as problem:
            stopped = CommandError(f"Stopped: {problem}")
        self.stdout.write("\n".join(tally.summary()))
        if stopped:
            raise stopped

    def _tell(self, line: str) -> None:
        """Above the progress bar, whose line it must not break."""
        tqdm.write(line, file=sys.stderr)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("give a number above zero")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("give a whole number from 1")
    return value
