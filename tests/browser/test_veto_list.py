"""What is about to act, in a real browser: it follows by itself, and one press stops an action."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from apps.intake import vetoing
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.trust.models import Slice
from tests import factories
from tests.browser.conftest import Desk
from tests.trust import earning

pytestmark = pytest.mark.browser
LIST = reverse("desk:veto_list")


@pytest.fixture
def house(live_house: factories.House, monkeypatch: Any) -> factories.House:
    """A supervised slice whose actions wait in a veto window; the audit's coin picks none of them."""
    monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id: 0.99)
    earning.supervised(live_house)
    # The first one shows values the slice has never had, so it goes to a person.
    factories.pending(live_house, timezone.now(), confidence=0.99, subject=None)
    return live_house


def _waiting(house: factories.House, summary: str) -> Proposal:
    found = factories.pending(house, timezone.now(), confidence=0.99, subject=None, summary=summary)
    assert found.veto_until is not None
    return found


def _stop(page: Page, summary: str) -> Locator:
    """The button that stops the action with this summary: its name says which."""
    return page.get_by_role("button", name=re.compile(f"^Stop ?: {summary}"))


def test_the_list_with_content_is_accessible_wide_and_narrow(house: factories.House, desk: Desk) -> None:
    _waiting(house, "Cancel order #W7: the customer no longer needs it")
    _waiting(house, "X" * 300)
    desk.sign_in("alice")
    for size in ({"width": 1280, "height": 800}, {"width": 360, "height": 740}):
        desk.page.set_viewport_size(size)
        desk.open(LIST)
        expect(_stop(desk.page, "Cancel order #W7")).to_be_visible()
        assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"), size
        desk.check_accessible()


def test_it_follows_by_itself_and_one_press_stops_an_action(house: factories.House, desk: Desk) -> None:
    desk.sign_in("alice").open(LIST)
    page = desk.page
    page.wait_for_selector("body[data-live]", state="attached")
    page.evaluate("window.wasNotLoadedAgain = true")
    expect(page.get_by_text("Nothing is about to act")).to_be_visible()
    first = _waiting(house, "Cancel it now")
    second = _waiting(house, "Cancel the other")
    expect(page.get_by_role("link", name="Cancel it now")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="2 actions wait")).to_be_visible()
    assert page.evaluate("window.wasNotLoadedAgain")
    _stop(page, "Cancel it now").click()
    expect(page.get_by_text("Stopped. Its slice is paused")).to_be_visible()
    expect(page.get_by_role("link", name="Cancel the other")).to_be_visible()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.DENIED, Status.PENDING)
    assert earning.standing(Slice.objects.get(pk=first.slice_id)).earned.is_paused


def test_what_a_colleague_stopped_is_gone_without_a_reload(
    house: factories.House, desk: Desk, other_desk: Desk
) -> None:
    _waiting(house, "Cancel it now")
    desk.sign_in("alice").open(LIST)
    desk.page.wait_for_selector("body[data-live]", state="attached")
    other_desk.sign_in("bob").open(LIST)
    _stop(other_desk.page, "Cancel it now").click()
    expect(desk.page.get_by_text("Nothing is about to act")).to_be_visible()


def test_the_keyboard_moves_along_the_list_and_stops(house: factories.House, desk: Desk) -> None:
    _waiting(house, "Cancel it now")
    second = _waiting(house, "Cancel the other")
    desk.sign_in("alice").open(LIST)
    page = desk.page
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Cancel it now")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Cancel the other")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Stopped. Its slice is paused")).to_be_visible()
    second.refresh_from_db()
    assert second.status == Status.DENIED


def test_where_the_focus_was_it_stays_when_the_list_changes(house: factories.House, desk: Desk) -> None:
    _waiting(house, "Cancel it now")
    desk.sign_in("alice").open(LIST)
    page = desk.page
    page.wait_for_selector("body[data-live]", state="attached")
    _stop(page, "Cancel it now").focus()
    _waiting(house, "Cancel the other")
    expect(page.get_by_role("link", name="Cancel the other")).to_be_visible()
    expect(_stop(page, "Cancel it now")).to_be_focused()


def test_a_window_that_ended_leaves_the_list(house: factories.House, desk: Desk) -> None:
    found = _waiting(house, "Cancel it now")
    desk.sign_in("alice").open(LIST)
    desk.page.wait_for_selector("body[data-live]", state="attached")
    expect(desk.page.get_by_role("link", name="Cancel it now")).to_be_visible()
    assert found.veto_until is not None
    assert vetoing.close_windows(now=found.veto_until + timedelta(seconds=1)) == 1
    expect(desk.page.get_by_role("link", name="Cancel it now")).to_be_hidden()
