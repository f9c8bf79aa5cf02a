"""Looks over all open tasks from the command line, apart from worker and broker."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.escalation.auditing import audit
from apps.escalation.states import Finding


class Command(BaseCommand):
    """Exit code 1 when anything was found, healed or not; for cron, when worker or beat cannot be trusted."""

    help = "Look over all open tasks, mend what has stalled, and say what was found."

    def handle(self, *args: Any, **options: Any) -> None:
        run = audit(now=timezone.now())
        self.stdout.write(f"{run.open_tasks} open tasks looked over in {run.took_ms} ms.")
        for finding, count in sorted(run.found.items()):
            self.stdout.write(f"  {count} x {Finding(finding).label}")
        if run.found:
            self.stdout.write(f"{run.healed} mended, {len(run.unhealed)} not.")
            sys.exit(1)
        self.stdout.write("Nothing has stalled.")
