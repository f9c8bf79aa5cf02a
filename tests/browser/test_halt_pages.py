"""Stopping and lifting in a real browser: one form, a bar on every page, accessible wide and narrow."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.halts.models import Halt
from tests import factories
from tests.browser.conftest import Desk
from tests.halts.conftest import stop

pytestmark = pytest.mark.browser
LIST = reverse("halts:halt_list")
SIZES = ({"width": 1280, "height": 800}, {"width": 360, "height": 740})


def check_at_every_size(desk: Desk, path: str) -> None:
    for size in SIZES:
        desk.page.set_viewport_size(size)  # type: ignore[arg-type]
        desk.open(path)
        assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"), (path, size)
        desk.check_accessible()
    desk.page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]


def test_everything_is_stopped_and_let_go_on_with_a_reason_each(
    live_house: factories.House, desk: Desk, other_desk: Desk
) -> None:
    desk.sign_in("adam").open(LIST)
    page = desk.page
    page.get_by_label("What to stop").select_option("everything")
    page.locator("#halt_reason").fill("The shop sends wrong prices.")
    page.get_by_role("button", name="Halt", exact=True).click()
    expect(page.get_by_text("Everything is halted: the next request is refused.")).to_be_visible()
    halt = Halt.objects.get()
    assert (halt.by, halt.look_again_on) == (live_house.adam, timezone.localdate() + timedelta(days=7))
    other_desk.sign_in("alice")
    bar = other_desk.page.locator("[data-halt-bar]")
    expect(bar).to_contain_text("Adam stopped all work of agents")
    expect(bar).to_contain_text("The shop sends wrong prices.")
    other_desk.check_accessible()
    page.locator("textarea[id^=lift_]").fill("Prices are right again.")
    page.get_by_role("button", name=re.compile("^Let it go on")).click()
    expect(page.get_by_text("Everything goes on.")).to_be_visible()
    expect(page.locator("[data-halt-bar]")).to_be_hidden()
    other_desk.open("/")
    expect(bar).to_be_hidden()


def test_an_agent_is_stopped_on_its_page_by_keyboard(live_house: factories.House, desk: Desk) -> None:
    url = reverse("registry:agent_detail", args=[live_house.agent.slug])
    desk.sign_in("petra").open(url)
    page = desk.page
    page.locator("#halt_reason").focus()
    page.keyboard.type("It repeats itself.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Halt", exact=True).press("Enter")
    notice = page.locator("[data-halt-notice]")
    expect(notice).to_contain_text("It repeats itself.")
    notice.get_by_role("link", name=re.compile("^Let it go on")).press("Enter")
    page.locator("textarea[id^=lift_]").fill("Mended.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The agent Order bot goes on.")).to_be_visible()
    assert not Halt.objects.get().is_standing


def test_all_pages_that_speak_of_halts_are_accessible_wide_and_narrow(
    live_house: factories.House, desk: Desk
) -> None:
    house = live_house
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    desk.sign_in("adam")
    workflow = reverse("registry:workflow_detail", args=[house.workflow.slug])
    agent = reverse("registry:agent_detail", args=[house.agent.slug])
    part = reverse("trust:slice_detail", args=[task.proposal.slice_id])
    for path in (LIST, workflow, agent, part):
        check_at_every_size(desk, path)
    for scope in ("everything", "workflow", "agent", "slice"):
        stop(house, scope, reason="X" * 300)
    for path in (LIST, workflow, agent, part):
        check_at_every_size(desk, path)
    desk.open(LIST).page.get_by_text("Let it stand for longer").first.click()
    desk.check_accessible()


def test_the_card_says_that_nothing_can_be_approved(live_house: factories.House, desk: Desk) -> None:
    house = live_house
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    stop(house, "workflow", reason="The shop is down.")
    desk.sign_in("alice").open(reverse("desk:task_detail", args=[task.pk]))
    expect(desk.page.get_by_text("Nothing can be approved until it is lifted")).to_be_visible()
    desk.check_accessible()
    expect(desk.page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(desk.page.get_by_role("link", name="Reject")).to_be_visible()
