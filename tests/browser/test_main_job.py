"""The main job, for real: an agent waits for its answer, a person finds it, reads, chooses with the keyboard."""

import re
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from apps.registry.actions.keys import issue_key
from apps.registry.states import Scope
from apps.reviews.models import Decision
from tests import factories
from tests.browser.conftest import UNDO_SECONDS, Desk

pytestmark = pytest.mark.browser


class WaitingAgent(threading.Thread):
    """Sends one proposal over HTTP, then asks `?wait=55` until it is not pending any more."""

    def __init__(self, address: str, key: str, body: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._headers = {"Authorization": f"Bearer {key}"}
        self._address = address
        sent = requests.post(
            f"{address}/api/v1/proposals",
            json=body,
            headers=self._headers | {"Idempotency-Key": "main-job"},
            timeout=30,
        )
        assert sent.status_code == 202, sent.text
        self.answer: dict[str, Any] = sent.json()
        self.answered_at = 0.0

    def run(self) -> None:
        while self.answer["status"] == "pending":
            answer = requests.get(
                f"{self._address}/api/v1/proposals/{self.answer['id']}?wait=55",
                headers=self._headers,
                timeout=60,
            )
            self.answer = answer.json()
        self.answered_at = time.time()


@pytest.fixture
def agent_key(live_house: factories.House) -> str:
    """A key of the order bot."""
    issued = issue_key(
        agent=live_house.agent,
        scopes=list(Scope),
        expires_at=live_house.now + timedelta(days=1),
        by=live_house.adam,
        now=live_house.now,
    )
    return issued.token


def test_an_agent_learns_within_a_second_what_a_person_chose_with_the_keyboard(
    live_house: factories.House, agent_key: str, address: str, desk: Desk
) -> None:
    desk.sign_in("alice")
    page = desk.page
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    agent = WaitingAgent(address, agent_key, factories.proposal_body())
    agent.start()

    # The proposal arrives on the open page by itself.
    expect(page.get_by_text("1 task waits in your queues")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Cancel order #W1: the customer no longer needs it"
    )
    for heading in (
        "What will happen",
        "Why you see this",
        "Evidence",
        "How far to believe it",
        "Alternatives",
    ):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    desk.check_accessible()

    page.keyboard.press("1")
    expect(page.locator("#id_choose_alternative_reason_code")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("Undo"))).to_be_visible()
    desk.check_accessible()

    agent.join(timeout=30)
    decision = Decision.objects.get()
    window_closed = decision.decided_at.timestamp() + int(UNDO_SECONDS)
    assert (decision.verb, decision.alternative_rank, decision.by) == (
        "choose_alternative",
        1,
        live_house.alice,
    )
    assert agent.answer["status"] == "approved"
    assert agent.answer["decision"]["action"]["args"] == {"order_id": "#W1", "reason": "ordered by mistake"}
    assert agent.answer["grant"]
    assert 0 <= agent.answered_at - window_closed < 1

    # The bar to undo it goes by itself, and the page knows what became of it.
    expect(page.get_by_role("button", name=re.compile("Undo"))).to_be_hidden()
    expect(page.get_by_text("approved", exact=True)).to_be_visible()
