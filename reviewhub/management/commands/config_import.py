"""Applies a configuration file: all of it or nothing."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.models import User
from reviewhub.configuration import WrongConfiguration, import_configuration
from reviewhub.configuration.reading import MOST_BYTES


class Command(BaseCommand):
    """Import a YAML file of people, teams, calendars, queues, workflows, agents and policies."""

    help = "Apply a configuration file. Entries it does not name stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the YAML file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="show what would change, change nothing")
        parser.add_argument("--by", metavar="EMAIL", help="who does it, for the audit log and the policies")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changes = import_configuration(
                _content(options["file"]),
                by=_person(options["by"]),
                now=timezone.now(),
                dry_run=options["dry_run"],
            )
        except WrongConfiguration as wrong:
            count = len(wrong.problems)
            problems = "1 problem" if count == 1 else f"{count} problems"
            raise CommandError(f"{wrong}\nNothing was changed: {problems}.") from wrong
        if not changes:
            self.stdout.write("Nothing to change.")
            return
        for change in changes:
            self.stdout.write(change.diff() + "\n")
        if options["dry_run"]:
            self.stdout.write(f"Would change {_entries(len(changes))}. This was a dry run.")
        else:
            self.stdout.write(f"Changed {_entries(len(changes))}.")


def _content(name: str) -> bytes:
    """At most one byte more than a file may have: enough to see that it is too large."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error


def _person(email: str | None) -> User | None:
    if email is None:
        return None
    person = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody signs in as {email}.")
    return person


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
