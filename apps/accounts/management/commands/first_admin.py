"""Makes the first person of an installation, an admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.actions import PeopleExist, make_first_admin


class Command(BaseCommand):
    """Make an admin with a drawn password, while there is nobody yet."""

    help = "Make the first admin and print a password drawn at random. Does nothing once people exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="Admin")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person, password = make_first_admin(
                email=options["email"], name=options["name"], now=timezone.now()
            )
        except PeopleExist as refusal:
            raise CommandError(
                "There are people already. For a lost password: manage.py changepassword."
            ) from refusal
        except ValidationError as refusal:
            raise CommandError("; ".join(refusal.messages)) from refusal
        self.stdout.write(f"E-mail:   {person.email}\nPassword: {password}\n")
        self.stdout.write("Sign in, change the password, and turn on two-step sign-in.")
