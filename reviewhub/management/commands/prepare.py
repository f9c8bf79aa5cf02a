"""Bring database and static files to the state this version needs. Safe to run before every start."""

import argparse
import io

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command
from django.utils import timezone

from apps.escalation.auditing import audit
from reviewhub import static_files

FIRST_ADMIN = "admin@localhost"


class Command(BaseCommand):
    """`manage.py prepare`: what has to happen between installing a version and starting it."""

    help = "Migrate the database, collect static files, and see to it that somebody can sign in."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo organisation")

    def handle(self, *args: object, demo: bool, **options: object) -> None:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", interactive=False, verbosity=0)
        static_files.collect()
        if demo:
            # The demo organisation brings its own queues and matrix. Its sign-ins are told once everything runs.
            call_command("demo_setup", verbosity=0)
        else:
            call_command("setup_defaults", stdout=io.StringIO())
            if not get_user_model().objects.exists():
                call_command("first_admin", FIRST_ADMIN)
        # Pages must not say that nobody looked only because worker and beat are starting. What came due while nothing
        # ran is mended by the first look; the second one says so.
        if not audit(now=timezone.now()).is_clean:
            audit(now=timezone.now())
