"""Load the demo organisation, its past and its sign-ins. Safe to run at every start."""

from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand
from django.utils import timezone

from apps.accounts.models import User
from apps.registry.models import Agent
from reviewhub.configuration import import_configuration
from reviewhub.demo import benefits, credentials, past, spending
from reviewhub.demo.case import VERSIONS

ORGANISATION = Path(__file__).resolve().parent.parent.parent / "demo" / "demo.yaml"
_DOMAIN = "@northwind.example"


class Command(BaseCommand):
    """`manage.py demo_setup`: what is there already stays as people have left it."""

    help = "Load Northwind Care: people, workflows, agents, a past, open tasks. Writes demo.json (mode 600)."

    def handle(self, *args: object, verbosity: int, **options: object) -> None:
        now = timezone.now()
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        import_configuration(ORGANISATION.read_bytes(), by=None, now=now, only_missing=True)
        if past.seed(now=now):
            past.catch_up()
            self.stdout.write("Loaded Northwind Care, its last days and what is waiting now.")
        benefits.seed(now=now)
        spending.seed(now=now)
        people = User.objects.filter(email__endswith=_DOMAIN).order_by("pk").prefetch_related("offices")
        agents = Agent.objects.filter(slug__in=VERSIONS).order_by("slug")
        content = credentials.renew(people=people, agents=agents, now=now)
        if verbosity == 0:
            return
        self.stdout.write(f"{content['url']} (sign-ins and agents' keys: {credentials.demo_file()})")
        for email, user in content["users"].items():
            self.stdout.write(f"  {email:<36} {user['password']:<16} {', '.join(user['roles'])}")
