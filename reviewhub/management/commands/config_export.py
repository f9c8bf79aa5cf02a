"""Writes the present configuration as YAML."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviewhub.configuration import export_configuration


class Command(BaseCommand):
    """Export everything `config_import` reads. Importing it changes nothing."""

    help = "Write the present configuration to a file, or to standard output. It holds no secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="where to write; standard output if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        text = export_configuration()
        if options["file"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["file"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        self.stderr.write(f"Written to {options['file']}.")
