"""Hold a certificate of erasure against what this installation signs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit import strict_json
from apps.privacy.certifying import check


class Command(BaseCommand):
    """`manage.py erasure_check FILE`: fails unless the file is a certificate as it was issued here."""

    help = "Check the digest and the signature of a certificate of erasure (a JSON file)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            given = strict_json.read(file.read_bytes())
        except (OSError, strict_json.NotStrict) as error:
            raise CommandError(f"{file}: {error}") from error
        verdict = check(given)
        if not verdict.holds:
            raise CommandError(verdict.why)
        self.stdout.write(f"It holds: request {given['content']['request']}, digest {given['sha256']}.")
