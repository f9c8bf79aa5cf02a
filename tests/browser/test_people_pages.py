"""Taking somebody out of the last seat, in a real browser: the page says what would be left without people."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts.models import User
from tests import factories
from tests.browser.conftest import Desk
from tests.escalation.conftest import save, staff

pytestmark = pytest.mark.browser


def test_shutting_out_a_lead_says_what_is_lost_and_takes_one_more_click(
    live_house: factories.House, desk: Desk
) -> None:
    staff(live_house)
    save(live_house)
    desk.sign_in("adam").open(reverse("accounts:person_detail", args=["bob"]))
    desk.page.get_by_role("button", name="Shut out").click()
    expect(desk.page.get_by_role("heading", name="Shut Bob out?")).to_be_visible()
    expect(desk.page.get_by_text("Nobody would lead the queue Standard.")).to_be_visible()
    desk.check_accessible()
    desk.page.set_viewport_size({"width": 360, "height": 740})
    assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    desk.page.get_by_role("button", name="Shut out all the same").click()
    expect(desk.page.get_by_text("may not sign in")).to_be_visible()
    assert not User.objects.get(short="bob").is_active


def test_a_team_is_emptied_only_by_saying_so(live_house: factories.House, desk: Desk) -> None:
    desk.sign_in("adam").open(reverse("accounts:team_edit", args=["order-desk"]))
    for name in ("Alice", "Bob"):
        desk.page.get_by_label(name, exact=True).uncheck()
    desk.page.get_by_role("button", name="Save").click()
    expect(desk.page.get_by_text("Nobody could decide in the queue Standard.")).to_be_visible()
    desk.check_accessible()
    assert User.objects.filter(groups=live_house.team).count() == 2
    desk.page.get_by_role("button", name="Save all the same").click()
    expect(desk.page.get_by_role("heading", name="People")).to_be_visible()
    assert not User.objects.filter(groups=live_house.team).exists()
