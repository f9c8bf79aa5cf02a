"""Count the quality of the work anew from the audit log, and compare; or begin anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.quality.models import CountedCase
from apps.quality.recounting import differences, start_over


class Command(BaseCommand):
    """`manage.py quality_recount [--check]`: with --check it compares and fails when anything differs."""

    help = "Count the whole audit log again into cases and days; with --check only compare with what is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare and change nothing")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            start_over()
        count = 0
        for difference in differences():
            count += 1
            self.stdout.write(
                f"{difference.what}: kept is {difference.kept}, the log says {difference.counted}"
            )
        done = f"{CountedCase.objects.count()} counted cases compared: {count or 'no'} difference(s)."
        if count:
            raise CommandError(done)
        self.stdout.write(done)
