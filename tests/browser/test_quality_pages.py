"""The scorecard in a real browser: what is wanted, what crossed it, and the page on drift."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.quality.alerting import look_at_targets
from apps.quality.models import Alert
from apps.quality.target_setup import Wanted, set_target
from tests import factories
from tests.browser.conftest import Desk
from tests.quality.test_pages import spread
from tests.trust import earning

pytestmark = pytest.mark.browser


def test_an_owner_answers_for_a_figure(live_house: factories.House, desk: Desk) -> None:
    house, page = live_house, desk.page
    earning.supervised(house)
    for ago, accepted in ((2, 60), (12, 50), (33, 80)):
        spread(house.workflow, "accepted", accepted, days_ago=ago)
        spread(house.workflow, "rejected", 30, days_ago=ago)
    now = timezone.now()
    set_target(
        workflow=house.workflow,
        wanted=Wanted("acceptance", Decimal(90), Decimal(80)),
        owner=house.petra,
        by=house.adam,
        now=now,
    )
    look_at_targets(now=now + timedelta(minutes=1))
    desk.sign_in("petra").open(reverse("outcomes:portfolio"))
    page.get_by_role("link", name="Scorecard").first.click()
    expect(page.get_by_role("heading", name="Beyond their limits")).to_be_visible()
    desk.check_accessible()
    page.get_by_label("What is done about it?").fill("A new prompt is tried in shadow.")
    page.get_by_role("button", name="Keep this with the alert").click()
    expect(page.get_by_text("A new prompt is tried in shadow.")).to_be_visible()
    assert Alert.objects.get().acknowledged_by == house.petra
    page.set_viewport_size({"width": 360, "height": 740})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    for name in ("watch_read", "figure_cases"):
        desk.open(
            reverse(f"quality:{name}", args=["orders", *(["acceptance"] if name == "figure_cases" else [])])
        )
        desk.check_accessible()
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
