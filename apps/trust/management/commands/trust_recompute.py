"""Derive what every agent version has earned from the ledger again, and compare."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.trust.models import Slice, Standing
from apps.trust.recomputing import differences


class Command(BaseCommand):
    """`manage.py trust_recompute --check`: names every difference and fails when there is one. Changes nothing."""

    help = "Fold the ledger of every slice and compare with what is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when anything differs")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        count = 0
        for difference in differences():
            count += 1
            for name, (stored, folded) in difference.fields.items():
                self.stdout.write(f"{difference.what}: {name} is {stored}, the ledger says {folded}")
        compared = f"{Standing.objects.count()} standings and {Slice.objects.count()} slices compared"
        done = f"{compared}: {count or 'no'} difference(s)."
        if check and count:
            raise CommandError(done)
        self.stdout.write(done)
