"""A draft is tried in a real browser: ordered, run by the real worker, read with its pictures, down to a case."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.rulebook.models import BackTest
from tests import factories
from tests.browser.conftest import Desk
from tests.rulebook.drafts import draft_of, ordered, rule, with_rules

pytestmark = pytest.mark.browser


def test_from_an_order_to_a_case(live_house: factories.House, desk: Desk) -> None:
    for number, amount in enumerate(("600", "100", "700")):
        factories.pending(
            live_house,
            impact={"amount": amount, "currency": "EUR"},
            subject={"kind": "order", "id": f"#A{number}"},
        )
    large = rule("large-refunds", "impact.amount > 500", queue="senior", second_approver=True)
    draft = draft_of(live_house, with_rules(large), workflow=live_house.workflow)
    page = desk.page
    desk.sign_in("adam").open(reverse("back_tests:back_test_list", args=[draft.pk]))
    desk.check_accessible()
    page.get_by_label("Last proposals").fill("100")
    page.get_by_role("button", name="Try it").click()
    # The page looks again by itself.
    expect(page.get_by_role("heading", name="What would differ")).to_be_visible()
    for table in page.get_by_text("The hours as a table").all():
        table.click()
    desk.check_accessible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.emulate_media(color_scheme="dark")
    desk.check_accessible()
    page.get_by_role("row", name="Goes to another queue").get_by_role("link").click()
    expect(page.get_by_text("queue Senior, 2 people").first).to_be_visible()
    desk.check_accessible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("link", name="order #A2").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_one_that_runs_is_called_off(live_house: factories.House, desk: Desk) -> None:
    test = ordered(live_house, draft_of(live_house))
    BackTest.objects.filter(pk=test.pk).update(
        status="running", begun_at=live_house.now, beat_at=live_house.now, found=1000, done=400, attempts=1
    )
    page = desk.page
    desk.sign_in("adam").open(reverse("back_tests:back_test_read", args=[test.pk]))
    expect(page.get_by_text("400 of 1,000 proposals answered.")).to_be_visible()
    desk.check_accessible()
    page.get_by_role("button", name="Call it off").click()
    expect(page.get_by_text("It was called off after 400 proposals.")).to_be_visible()
    desk.check_accessible()
