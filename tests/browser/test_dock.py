"""The dock of a decision card: what it opens neither moves the page nor hides what decides."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.proposals.models import Proposal
from apps.reviews.models import Decision
from tests import factories
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


def held(house: factories.House) -> Proposal:
    """A long card that Alice holds."""
    evidence = [
        {"id": f"e{n}", "kind": "record", "claim": f"Fact {n}", "content": "line\n" * 12} for n in range(6)
    ]
    proposal = factories.pending(house, evidence=evidence)
    factories.claimed(proposal, house.alice, house.now)
    return proposal


def card(proposal: Proposal) -> str:
    return reverse("desk:task_detail", args=[proposal.task.pk])


def place(page: Page) -> int:
    return int(page.evaluate("Math.round(scrollY)"))


@pytest.mark.parametrize("width", [1280, 390])
def test_opening_a_panel_leaves_the_page_where_it_is_and_so_does_escape(
    live_house: factories.House, desk: Desk, width: int
) -> None:
    page = desk.sign_in("alice").open(card(held(live_house))).page
    page.set_viewport_size({"width": width, "height": 800})
    for start in (0, 300):
        for key, field in (("e", "arg-0"), ("d", "to"), ("r", "reason_code"), ("s", "reason")):
            page.evaluate(f"scrollTo(0, {start})")
            page.keyboard.press(key)
            verb = page.locator(f".verbs [data-key={key}]")
            expect(page.locator(f".dock details[open] [name={field}]").first).to_be_focused()
            expect(verb).to_have_attribute("aria-expanded", "true")
            page.wait_for_timeout(100)
            assert place(page) == start, key
            page.keyboard.press("Escape")
            expect(page.locator(".dock details.panel[open]")).to_have_count(0)
            expect(verb).to_be_focused()
            expect(verb).to_have_attribute("aria-expanded", "false")
            page.wait_for_timeout(100)
            assert place(page) == start, key
            page.evaluate("document.activeElement.blur()")


def test_after_an_edit_the_focus_is_on_what_is_wrong_or_on_what_grants(
    live_house: factories.House, desk: Desk
) -> None:
    page = desk.sign_in("alice").open(card(held(live_house))).page
    page.keyboard.press("e")
    page.locator("[name=arg-2]").fill("-3")
    page.locator("#id_edit_reason_code").select_option("wrong-facts")
    page.locator("[name=arg-2]").press("Enter")
    expect(page.locator("[name=arg-2]")).to_be_focused()
    expect(page.locator("[name=arg-2]")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+a")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    grant = page.get_by_role("button", name="Grant instead:")
    expect(grant).to_be_focused()
    page.wait_for_selector("body[data-settled]", state="attached")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You approved with changes")).to_be_visible()
    assert Decision.objects.get().verb == "edit"


def test_an_enter_that_came_too_soon_grants_nothing(live_house: factories.House, desk: Desk) -> None:
    page = desk.sign_in("alice").open(card(held(live_house))).page
    page.keyboard.press("e")
    page.locator("[name=arg-2]").fill("5")
    page.locator("#id_edit_reason_code").select_option("wrong-facts")
    page.get_by_role("button", name="Show what changes").click()
    grant = page.get_by_role("button", name="Grant instead:")
    expect(grant).to_be_focused()
    page.evaluate("delete document.body.dataset.settled")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    expect(grant).to_be_visible()
    assert not Decision.objects.exists()


def test_while_it_is_changed_nothing_approves_it_as_proposed_and_the_place_is_kept(
    live_house: factories.House, desk: Desk
) -> None:
    page = desk.sign_in("alice").open(card(held(live_house))).page
    approve = page.get_by_role("button", name="Approve:")
    at = approve.bounding_box()
    page.keyboard.press("e")
    expect(approve).to_be_hidden()
    expect(page.get_by_text("Approving as proposed comes back with Esc.")).to_be_visible()
    page.locator("[name=arg-2]").fill("5")
    page.locator("#id_edit_reason_code").select_option("wrong-facts")
    page.get_by_role("button", name="Show what changes").click()
    now = page.get_by_role("button", name="Grant instead:").bounding_box()
    assert at is not None
    assert now is not None
    assert (at["x"], at["y"] + at["height"]) == pytest.approx((now["x"], now["y"] + now["height"]), abs=2)
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")
    expect(approve).to_be_hidden()
    expect(page.get_by_text("An alternative is chosen")).to_be_visible()


def test_what_has_to_be_typed_leaves_the_button_in_its_place(live_house: factories.House, desk: Desk) -> None:
    page = desk.sign_in("alice").open(card(held(live_house))).page
    at = page.get_by_role("button", name="Approve").bounding_box()
    proposal = factories.two_person(live_house, subject={"kind": "customer", "id": "C-2041"})
    factories.claimed(proposal, live_house.alice, live_house.now)
    desk.open(card(proposal))
    now = page.get_by_role("button", name="Approve").bounding_box()
    assert at is not None
    assert now is not None
    assert at["x"] == pytest.approx(now["x"], abs=2)
    assert at["y"] + at["height"] == pytest.approx(now["y"] + now["height"], abs=2)
