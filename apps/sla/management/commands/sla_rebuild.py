"""Derive due times and everything else of the clocks from their events again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.sla.rebuilding import Difference, rebuild


class Command(BaseCommand):
    """`manage.py sla_rebuild [--check]`: names every difference; without --check it also mends the columns."""

    help = "Store what the clocks' events say; with --check only compare, and fail when anything differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare and change nothing")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        differences: list[Difference] = []

        def tell(difference: Difference) -> None:
            differences.append(difference)
            self.stdout.write(str(difference))

        looked_at = rebuild(mend=not check, tell=tell)
        unreadable = sum(1 for difference in differences if not difference.column)
        if unreadable or (check and differences):
            raise CommandError(f"{looked_at} clocks compared, {len(differences)} differences.")
        done = f"{len(differences)} differences mended" if differences else "no difference"
        self.stdout.write(f"{looked_at} clocks compared: {done}.")
