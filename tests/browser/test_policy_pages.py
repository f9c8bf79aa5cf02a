"""The policies' pages in a real browser: a rule is written with completion, tried, and a cell changed."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.rulebook.models import PolicyDraft
from tests import factories
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


def test_from_the_matrix_to_a_rule(live_house: factories.House, desk: Desk) -> None:
    factories.pending(live_house)
    page = desk.page
    desk.sign_in("adam").open(reverse("rulebook:policy_list"))
    desk.check_accessible()
    desk.open(reverse("rulebook:policy_read", args=["orders"]))
    desk.check_accessible()
    page.get_by_role("button", name="Begin a draft").click()
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Title").fill("Large amounts")
    page.get_by_label("Short name").fill("large")
    when = page.get_by_role("combobox", name="When")
    when.press_sequentially("impact.am")
    option = page.get_by_role("option", name="impact.amount", exact=True)
    expect(option).to_be_visible()
    desk.check_accessible()
    option.click()
    expect(when).to_have_value("impact.amount")
    expect(page.get_by_text("not a yes or no")).to_be_visible()
    when.press_sequentially(" > 100")
    expect(page.get_by_text("This can be read.")).to_be_visible()
    page.get_by_label("Try it on").select_option(index=1)
    expect(page.locator(".clauses .badge").first).to_have_text("yes")
    page.get_by_label("two people must agree").check()
    desk.check_accessible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.get_by_role("link", name="Large amounts")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    desk.check_accessible()
    desk.follow(page.get_by_role("link", name="Change moderate, compensable"))
    desk.check_accessible()
    page.get_by_label("two", exact=True).check()
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.get_by_role("rowheader", name="Moderate, compensable")).to_be_visible()
    draft = PolicyDraft.objects.get()
    assert draft.content["rules"][0]["when"] == "impact.amount > 100"
    assert draft.content["matrix"]["moderate"]["compensable"]["people"] == 2
