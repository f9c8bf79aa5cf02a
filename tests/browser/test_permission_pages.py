"""What an agent may propose, narrowed and reviewed in a real browser; accessible wide, narrow and dark."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.registry.models import AgentGrant, PermissionReview
from apps.registry.scopes import AgentScope, stored
from tests import factories
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser
SIZES = ({"width": 1280, "height": 800}, {"width": 360, "height": 740})


def check_at_every_size(desk: Desk, path: str) -> None:
    for size in SIZES:
        desk.page.set_viewport_size(size)  # type: ignore[arg-type]
        desk.open(path)
        assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"), (path, size)
        desk.check_accessible()
    desk.page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]


def test_a_scope_is_narrowed_with_completion_and_then_reviewed(
    live_house: factories.House, desk: Desk
) -> None:
    house = live_house
    scopes = [AgentScope.of(["cancel_order"], "impact.amount <= 500"), AgentScope.of(["delete_record"])]
    factories.pending(house, alternatives=[])
    AgentGrant.objects.update(scopes=stored(scopes), scopes_since=house.now - timedelta(days=60))
    mine = reverse("permissions:agent_permissions", args=[house.agent.slug])
    every = reverse("permissions:permission_list")
    form = reverse("permissions:permission_edit", args=[house.agent.slug, house.workflow.slug, 0])
    page = desk.sign_in("adam").page
    for path in (mine, every, form):
        check_at_every_size(desk, path)
    desk.open(form)
    within = page.get_by_role("combobox", name="Only within")
    within.fill("")
    within.press_sequentially("args.or")
    within.press("Enter")
    expect(within).to_have_value("args.order_id")
    within.press_sequentially(' == "#W1"')
    page.get_by_role("button", name="Count past cases").click()
    expect(page.get_by_text("It would have let in 1 of the last 1 proposals.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It counts from the next request on.")).to_be_visible()
    page.locator("summary").filter(has_text=re.compile("Withdraw: delete_record")).click()
    page.get_by_role("button", name=re.compile("^Withdraw.*delete_record")).click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    page.get_by_label("What you found").fill("As narrow as its work.")
    page.get_by_role("button", name=re.compile("^I have reviewed it")).click()
    expect(page.get_by_text("As narrow as its work.")).to_be_visible()
    desk.check_accessible()
    kept = AgentScope(("cancel_order",), 'args.order_id == "#W1"')
    assert PermissionReview.objects.get().scope_list == AgentGrant.objects.get().scope_list == (kept,)
