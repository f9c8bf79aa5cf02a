"""Gives a fresh installation its calendars, queues and routing matrix. Leaves alone what exists."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reviewhub.configuration import import_configuration

DEFAULTS = Path(__file__).resolve().parent.parent.parent / "defaults.yaml"


class Command(BaseCommand):
    """Create the defaults that are missing; safe to run at every start."""

    help = "Create default calendars, queues and the default routing matrix where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        changes = import_configuration(DEFAULTS.read_bytes(), by=None, now=timezone.now(), only_missing=True)
        for change in changes:
            self.stdout.write(f"Created {change.section}: {change.name}.")
        if not changes:
            self.stdout.write("Everything is there already.")
