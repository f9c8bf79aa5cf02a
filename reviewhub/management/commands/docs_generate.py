"""Writes the documents that are made from the code, or checks that they say what the code says."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviewhub.documents import generated


class Command(BaseCommand):
    help = "Write the generated documents; with --check only compare them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="fail when a committed document is out of date"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for path, content in generated().items():
            if path.exists() and path.read_text() == content:
                continue
            if options["check"]:
                raise CommandError(f"docs/{path.name} is out of date: run `make docs` and commit it.")
            path.write_text(content)
            self.stdout.write(f"wrote docs/{path.name}")
