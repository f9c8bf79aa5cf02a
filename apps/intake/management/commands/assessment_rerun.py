"""Ask the three layers again about proposals that came in, and compare with what they answered then."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.intake.rerunning import compared, stored


class Command(BaseCommand):
    """`manage.py assessment_rerun [--last N]`: names every proposal that is answered otherwise, and fails then."""

    help = "Run stored assessments again, with the policy version each names, and compare byte for byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--last", type=int, default=1000, help="how many of the newest (default 1000)")

    def handle(self, *args: Any, last: int, **options: Any) -> None:
        if last < 1:
            raise CommandError("--last takes a number from 1.")
        count = asked = erased = 0
        for assessment, is_same in compared(stored(last)):
            if is_same is None:
                erased += 1
                continue
            asked += 1
            if not is_same:
                count += 1
                self.stdout.write(f"{assessment.proposal_id}: {assessment.route} then, otherwise now")
        done = f"{asked} assessments run again: {count or 'no'} difference(s)."
        if erased:
            done += f" {erased} erased: their facts are gone."
        if count:
            raise CommandError(done)
        self.stdout.write(done)
