"""The pages of costs in a real browser: an admin sets budgets, an owner makes the cost model."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.costs.models import Budget, Run
from tests import factories
from tests.browser.conftest import Desk
from tests.costs.conftest import use
from tests.waiting import until

pytestmark = pytest.mark.browser


def test_from_a_budget_to_a_cost_model(live_house: factories.House, desk: Desk) -> None:
    for run, amount in (("run-1", "6"), ("run-2", "3")):
        use(live_house, amount, run=run, now=timezone.now())
    page = desk.page
    desk.sign_in("adam").open(reverse("costs:budgets_edit", args=["orders"]))
    desk.check_accessible()
    page.get_by_label("A day").fill("10")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("img", name="90 % used")).to_be_visible()
    until(lambda: Budget.objects.exists())
    desk.check_accessible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    desk.open(reverse("costs:model_edit", args=["orders"]))
    desk.check_accessible()
    page.get_by_label("A case by hand costs").fill("7")
    for field in page.get_by_role("table").get_by_role("spinbutton").all():
        field.fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Three ways a month may go")).to_be_visible()
    desk.check_accessible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    desk.open(reverse("costs:run_read", args=[Run.objects.get(name="run-1").pk]))
    desk.check_accessible()
