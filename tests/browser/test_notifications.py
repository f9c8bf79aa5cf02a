"""The bell, the list and the preferences in a real browser."""

from datetime import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.delivery import channel_actions
from apps.delivery.models import Notification
from apps.delivery.notifying import notify
from tests import factories
from tests.browser.conftest import Desk
from tests.waiting import until

pytestmark = pytest.mark.browser
HOSTILE = "<script>alert(1)</script> \u202egnp.exe " + "A" * 250


def tell(person: User, now: datetime, title: str = "A task waits", link: str = "/queues/") -> None:
    notify(people=[person], kind="warning", title=title, text="Cancel #W1", link=link, tier=0, now=now)


def test_the_bell_counts_without_a_reload_and_opening_marks_as_read(
    live_house: factories.House, desk: Desk
) -> None:
    desk.sign_in("alice").open("/people/")
    page = desk.page
    bell = page.locator(".bell")
    expect(bell).to_have_text("Notifications")
    page.wait_for_selector("body[data-live]", state="attached")
    for number in (1, 2):
        tell(live_house.alice, timezone.now(), title=f"Task {number} waits")
        expect(bell.get_by_role("status")).to_have_text(f"{number} unread")
    desk.follow(bell)
    page.get_by_role("link", name="Task 2 waits").click()
    page.wait_for_url("**/queues/")
    # It is sent on the way out: the page that is left never hears the answer.
    until(lambda: Notification.objects.filter(read_at__isnull=False).count() == 1, 30)
    page.reload()
    expect(bell.get_by_role("status")).to_have_text("1 unread")
    bell.click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("heading", name="Nothing unread")).to_be_visible()
    expect(bell.get_by_role("status")).to_have_text("")
    assert Notification.objects.count() == 2


def test_the_pages_are_accessible_and_fit_a_phone(live_house: factories.House, desk: Desk) -> None:
    now = live_house.now
    tell(live_house.adam, now)
    tell(live_house.adam, now, title=HOSTILE)
    channel_actions.save_channel(slug="night", name="#night", by=None, now=now)
    desk.sign_in("adam")
    for path in (
        "/notifications/",
        "/notifications/?show=all",
        "/notifications/preferences/",
        "/deliveries/",
        "/deliveries/channels/",
        "/deliveries/channels/add/",
        "/deliveries/channels/of/night/",
    ):
        desk.page.set_viewport_size({"width": 1280, "height": 800})
        desk.open(path)
        desk.check_accessible()
        desk.page.set_viewport_size({"width": 360, "height": 740})
        assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        desk.check_accessible()
