"""Approving low-risk tasks together in a real browser: what is unticked is not approved, and the number follows."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.intake.endings import withdraw
from apps.reviews.models import Decision
from tests import factories
from tests.browser.conftest import Desk
from tests.reviews.test_bulk import slight

pytestmark = pytest.mark.browser


def test_the_number_to_type_follows_what_is_ticked(live_house: factories.House, desk: Desk) -> None:
    # The slice has seen their like before.
    first = slight(live_house, 100)
    withdraw(proposal_id=first.proposal_id, by=live_house.agent, reason="not needed", now=live_house.now)
    tasks = [slight(live_house, number) for number in range(4)]
    page = desk.sign_in("alice").page
    for task in tasks:
        desk.open(reverse("desk:task_detail", args=[task.pk]))
    desk.open(reverse("desk:queue_bulk", args=["triage"]))
    expect(page.get_by_label("Type 4 to approve the 4 ticked")).to_be_visible()
    page.get_by_role("checkbox").first.uncheck()
    page.get_by_label("Type 3 to approve the 3 ticked").fill("3")
    desk.check_accessible()
    page.get_by_role("button", name="Approve 3 tasks").click()
    expect(page.get_by_text("3 tasks are approved.")).to_be_visible()
    assert Decision.objects.count() == 3
