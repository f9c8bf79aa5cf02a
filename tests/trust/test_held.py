"""After a pause nothing that waits says it will act: not the list, the API, the card, nor the page of the slice."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.intake import vetoing
from apps.proposals import acting
from apps.proposals.models import Proposal
from apps.proposals.resource import as_resource, etag, readable
from apps.registry.states import AgentStatus
from apps.trust.models import Slice
from tests import factories
from tests.trust import earning


@pytest.fixture
def waiting(house: factories.House, monkeypatch: Any) -> Proposal:
    """Two actions in their veto windows; this one waits on when the other is stopped."""
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(house)
    now = timezone.now()
    factories.pending(house, now, confidence=0.99, subject=None)
    factories.pending(house, now, confidence=0.99, subject=None, summary="Cancel another")
    return factories.pending(house, now, confidence=0.99, subject=None, summary="Cancel it now")


def _page(person: Any, url: str) -> str:
    browser = Client()
    browser.force_login(person)
    return " ".join(browser.get(url).text.split())


def _stop_the_other(house: factories.House) -> None:
    other = Proposal.objects.get(summary="Cancel another")
    acting.stop(proposal_id=other.pk, by=house.alice, reason="", now=timezone.now())


def _codes(proposal: Proposal) -> set[str]:
    return {reason["code"] for reason in as_resource(readable().get(pk=proposal.pk))["reasons"]}


def test_the_list_and_the_api_say_that_a_person_decides(house: factories.House, waiting: Proposal) -> None:
    assert "goes to a person in" not in _page(house.alice, "/about-to-act/")
    assert "goes_to_person" not in _codes(waiting)
    before = etag(readable().get(pk=waiting.pk))
    _stop_the_other(house)
    page = _page(house.alice, "/about-to-act/")
    assert "goes to a person in" in page
    assert "acts in" not in page
    assert "goes_to_person" in _codes(waiting)
    assert etag(readable().get(pk=waiting.pk)) != before


def test_of_a_suspended_agent_nothing_acts(house: factories.House, waiting: Proposal) -> None:
    house.agent.status = AgentStatus.SUSPENDED
    house.agent.save()
    assert "Its agent is suspended:" in _page(house.alice, "/about-to-act/")


def test_the_card_of_what_did_not_act_says_since_when_the_slice_is_paused(
    house: factories.House, waiting: Proposal
) -> None:
    _stop_the_other(house)
    assert vetoing.close_windows(now=timezone.now() + timedelta(hours=1)) == 1
    waiting.refresh_from_db()
    page = _page(house.alice, f"/tasks/{waiting.task.pk}/")
    today = timezone.now().strftime("%Y")
    assert "The slice is paused since " in page
    assert f"{today}, " in page.split("The slice is paused since ")[1][:30]
    assert "was about to act, and came before a person after all." in page
    assert "came_to_person" in _codes(waiting)


def test_the_page_of_a_paused_slice_says_so_and_names_the_veto(
    house: factories.House, waiting: Proposal
) -> None:
    row = Slice.objects.get(pk=waiting.slice_id)
    assert "running from here on" in _page(house.olga, f"/slices/{row.pk}/")
    _stop_the_other(house)
    page = _page(house.olga, f"/slices/{row.pk}/")
    assert "running from here on" not in page
    assert "ran from here on, paused" in page
    assert "0 audited since the promotion, 0 wrong. 1 action was stopped in its veto window." in page
    header = page.split('<header class="page-header">')[1].split("</header>")[0]
    assert "paused" in header


def test_whoever_watches_the_list_is_woken_by_the_pause(
    house: factories.House, waiting: Proposal, monkeypatch: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr("apps.delivery.live.announce", woken.extend)
    earning.incident(house, waiting.slice_id)
    assert f"acting:{house.workflow.pk}" in woken
