"""Readiness and the register in a real browser: an item is said to be ready, a trigger is run, a slice reviewed."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.assurance.models import TriggerRun
from apps.trust.models import ReadinessItem, SliceReview
from apps.trust.readying import reopen_item
from apps.trust.states import ReadyItem
from tests import factories
from tests.browser.conftest import Desk
from tests.trust import earning

pytestmark = pytest.mark.browser


def _check(desk: Desk) -> None:
    """Accessible, and no wider than a phone."""
    desk.check_accessible()
    desk.page.set_viewport_size({"width": 360, "height": 740})
    assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    desk.page.set_viewport_size({"width": 1280, "height": 900})


def test_a_workflow_is_made_ready_and_a_slice_reviewed(live_house: factories.House, desk: Desk) -> None:
    house, page = live_house, desk.page
    row = earning.supervised(house)
    for item in (ReadyItem.ROLLBACK, ReadyItem.ESCALATION):
        reopen_item(workflow=house.workflow, item=item, reason="It failed.", by=house.petra, now=house.now)
    desk.sign_in("petra").open(reverse("trust:slice_detail", args=[row.pk]))
    expect(page.get_by_text("The workflow is not ready for more").first).to_be_visible()
    page.get_by_role("link", name="Readiness").first.click()
    expect(page.get_by_role("heading", name="Is Orders ready?")).to_be_visible()
    _check(desk)
    rollback = page.locator("#rollback")
    rollback.get_by_text("Say that it is ready").click()
    rollback.get_by_label("Evidence").fill("Rehearsed on Monday: taken back within four minutes.")
    desk.check_accessible()
    rollback.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept: Rollback.")).to_be_visible()
    assert ReadinessItem.objects.get(item=ReadyItem.ROLLBACK).done_by == house.petra
    escalation = page.locator("#escalation")
    escalation.get_by_text("Run a simulated trigger").click()
    escalation.get_by_role("button", name="Run it").click()
    expect(page.get_by_role("heading", name="Simulated trigger")).to_be_visible()
    assert TriggerRun.objects.get().holds
    _check(desk)
    desk.open(reverse("assurance:readiness_list"))
    expect(page.get_by_text("not ready")).to_have_count(0)
    _check(desk)


def test_governance_reviews_a_slice(live_house: factories.House, desk: Desk) -> None:
    house, page = live_house, desk.page
    earning.supervised(house)
    desk.sign_in("gina").open(reverse("trust:slice_list"))
    page.get_by_role("link", name="Register").click()
    expect(page.get_by_role("heading", name="Register of autonomy")).to_be_visible()
    expect(page.get_by_text("Adam, Olga")).to_be_visible()
    _check(desk)
    page.get_by_role("link", name="Review Cancel an order").click()
    _check(desk)
    page.get_by_label("What you looked at").fill("Went through the last twenty audits.")
    page.get_by_role("button", name="Keep this review").click()
    expect(page.get_by_text("last by Gina")).to_be_visible()
    assert SliceReview.objects.get().by == house.gina
