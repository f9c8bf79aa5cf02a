"""The cast on a database of its own, and what a test needs to come in: `main`, for the shell of `manage.py` there.

Prints one object: `key` of the agent, `sessions` of Olga and Gina, who may both read `kpi`, which Olga keeps.
"""

import json
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.outcomes.kpi_setup import Meaning, save_kpi
from apps.outcomes.states import Cadence, Direction, Measure
from apps.registry.actions.keys import issue_key
from apps.registry.states import Scope
from tests.factories import build_house


def main() -> None:
    """Tables, people, a workflow, an agent with a key, a KPI whose figures are entered."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    house = build_house(now)
    key = issue_key(
        agent=house.agent, scopes=list(Scope), expires_at=now + timedelta(days=1), by=house.adam, now=now
    )
    version = save_kpi(
        workflow=house.workflow,
        slug="satisfaction",
        name="Satisfaction",
        owner=house.olga,
        cadence=Cadence.MONTH,
        meaning=Meaning(Measure.REPORTED, Direction.HIGHER, "As it is said.", unit="points"),
        by=house.adam,
        now=now,
    )
    sessions = {"olga": _session(house.olga), "gina": _session(house.gina)}
    print(json.dumps({"key": key.token, "kpi": version.kpi_id, "sessions": sessions}))


def _session(person: User) -> str:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value
