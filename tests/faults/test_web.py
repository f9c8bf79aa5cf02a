"""A web process dies under agents that send."""

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.escalation.models import EscalationRun
from apps.intake.models import IdempotencyKey
from apps.proposals.models import Proposal
from apps.registry.actions.keys import issue_key
from apps.registry.states import Scope
from tests import factories
from tests.factories import House
from tests.faults.installation import EmbeddedBroker, installed
from tests.faults.promise import assert_kept
from tests.waiting import until

pytestmark = pytest.mark.timeout(240)


def test_a_killed_web_process_loses_no_proposal_it_accepted(quick_house: House, tmp_path: Path) -> None:
    """Agents send and ask again under the same key until they have an answer; the process dies under them."""
    house = quick_house
    issued = issue_key(
        agent=house.agent,
        scopes=list(Scope),
        expires_at=house.now + timedelta(days=1),
        by=house.adam,
        now=house.now,
    )
    accepted: dict[str, str] = {}
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        installed(tmp_path, EmbeddedBroker(tmp_path)) as web,
    ):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        web.start_web(listener)
        until(lambda: answers(address), 60)

        def send(agent: int) -> None:
            for number in range(40):
                key = f"{agent}-{number}"
                accepted[key] = insist(f"{address}/proposals", issued.token, key)

        agents = [threading.Thread(target=send, args=(number,)) for number in range(3)]
        for agent in agents:
            agent.start()
        for _death in range(3):
            before = len(accepted)
            until(lambda before=before: len(accepted) > before + 5, 60)
            web.kill("web")
            web.keep_running()
        for agent in agents:
            agent.join(120)
    assert len(accepted) == 120
    kept = {str(row.pk): row.external_id for row in Proposal.objects.all()}
    assert kept == {ident: key for key, ident in accepted.items()}
    assert IdempotencyKey.objects.count() == EscalationRun.objects.live().count() == 120
    assert_kept()


def answers(address: str) -> bool:
    with suppress(requests.RequestException):
        return bool(requests.get(f"{address}/openapi.json", timeout=10).status_code == 200)
    return False


def insist(address: str, token: str, key: str) -> str:
    """Send under one key until there is an answer; the proposal's id."""
    body: dict[str, Any] = factories.proposal_body(external_id=key)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with suppress(requests.RequestException):
            answer = requests.post(address, json=body, headers=headers, timeout=20)
            if answer.status_code == 202:
                return str(answer.json()["id"])
            assert answer.status_code >= 500, answer.text
        time.sleep(0.05)
    raise AssertionError(f"no answer for {key}")
