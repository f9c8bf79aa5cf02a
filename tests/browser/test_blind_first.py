"""Blind first in a real browser: pick, see the choice, decide; by keyboard, without script, as the second person."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.proposals.models import Proposal
from apps.reviews import picking, returning, settling
from apps.reviews.models import BlindPick, Decision, Task
from apps.routing.states import BlindFirst
from tests import factories
from tests.browser.conftest import Desk
from tests.browser.test_troubles import PATIENT, card, sign_in_again

pytestmark = pytest.mark.browser

SAME = "You picked what the agent proposes."
OTHER = "The agent proposes something else than you picked."


@pytest.fixture
def blind(live_house: factories.House) -> factories.House:
    """Everything is decided blind first."""
    factories.publish_matrix(live_house.now, blind_first=[BlindFirst.REVIEWS.value])
    return live_house


def _number(task: Task, short: str, sha256: str) -> str:
    """The number that this action has on the page of this person."""
    by = User.objects.get(email=f"{short}@example.org")
    return str([one.action.sha256 for one in picking.offered_to(task, by=by)].index(sha256) + 1)


def test_pick_reveal_decide_with_the_keyboard_alone(blind: factories.House, desk: Desk) -> None:
    proposal = factories.pending(blind)
    page = desk.sign_in("alice").page
    expect(page.get_by_text("What should be done about order #W1?")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="What would you do?")).to_be_visible()
    expect(page).to_have_title(re.compile("What should be done about order #W1"))
    for words in ("Cancel order #W1: the customer", "The customer asked for it", "82 %"):
        assert words not in page.locator("main").inner_html()
    desk.check_accessible()

    other = proposal.alternatives.get(rank=1).args_sha256
    number = _number(proposal.task, "alice", other)
    page.keyboard.press(number)
    expect(page.locator(f"[name=option][data-key='{number}']")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text(OTHER)).to_be_visible()
    expect(page.get_by_text("The customer asked for it")).to_be_visible()
    expect(page.get_by_text("your pick", exact=True)).to_be_visible()
    desk.check_accessible()

    desk.press_when_settled("a")
    expect(page.get_by_text("You approved")).to_be_visible()
    made = Decision.objects.get()
    assert made.came_round
    # Undo brings the decision back, not the pick.
    page.keyboard.press("u")
    expect(page.get_by_text(OTHER)).to_be_visible()
    assert BlindPick.objects.count() == 1


def test_something_else_is_typed_and_kept(blind: factories.House, desk: Desk) -> None:
    proposal = factories.pending(blind)
    factories.claimed(proposal, blind.alice, blind.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    expect(page.get_by_label("What else?")).to_be_hidden()
    page.keyboard.press("4")
    expect(page.get_by_label("What else?")).to_be_focused()
    page.keyboard.type("call the customer first")
    desk.check_accessible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("call the customer first")).to_be_visible()
    assert BlindPick.objects.get().note == "call the customer first"


def test_it_needs_no_script(blind: factories.House, desk: Desk) -> None:
    proposal = factories.pending(blind)
    task = factories.claimed(proposal, blind.alice, blind.now)
    desk.sign_in("alice")
    browser = desk.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=desk.context.storage_state())
    page = plain.new_page()
    page.goto(desk.address + card(proposal))
    number = int(_number(task, "alice", proposal.args_sha256))
    page.locator("[name=option]").nth(number - 1).check()
    page.get_by_role("button", name="This is what I would do").click()
    expect(page.get_by_text(SAME)).to_be_visible()
    page.get_by_role("button", name="Approve:").click()
    expect(page.get_by_text("You approved")).to_be_visible()
    plain.close()
    assert Decision.objects.get().pick is not None


def test_a_second_approver_picks_without_the_first_and_without_the_agent(
    blind: factories.House, desk: Desk, other_desk: Desk
) -> None:
    proposal = factories.two_person(blind)
    factories.decided(factories.claimed(proposal, blind.alice, blind.now), blind.alice, blind.now)
    settling.settle_due(now=blind.now + timedelta(minutes=1))
    page = other_desk.sign_in("bob").open(card(proposal)).page
    page.keyboard.press("c")
    expect(page.get_by_text("You are the second person")).to_be_visible()
    expect(page.get_by_role("heading", name="What would you do?")).to_be_visible()
    other_desk.check_accessible()
    page.keyboard.press(_number(Task.objects.get(), "bob", proposal.args_sha256))
    page.keyboard.press("Enter")
    expect(page.get_by_text(SAME)).to_be_visible()
    expect(page.get_by_text("You are the second person")).to_be_visible()
    expect(page.get_by_role("heading", name="Decisions")).to_be_hidden()
    page.get_by_label(re.compile("Type #W1 to confirm")).fill("#W1")
    page.get_by_role("button", name="Approve as one of 2").click()
    expect(page.get_by_text("You approved")).to_be_visible()
    settling.settle_due(now=timezone.now() + timedelta(minutes=1))
    page.goto(other_desk.address + card(proposal))
    expect(page.get_by_text("Picked first, not knowing the agent's choice")).to_have_count(2)
    # And so does the first, from now on.
    first = desk.sign_in("alice").open(card(proposal)).page
    expect(first.get_by_text("Picked first, not knowing the agent's choice")).to_have_count(2)


def test_what_was_typed_survives_the_end_of_a_claim_and_of_a_session(
    blind: factories.House, desk: Desk
) -> None:
    proposal = factories.pending(blind)
    factories.claimed(proposal, blind.alice, blind.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    page.keyboard.press("4")
    page.keyboard.type("typed with care")
    Session.objects.all().delete()
    page.keyboard.press("Enter")
    sign_in_again(desk, "alice")
    page.wait_for_url(f"**{card(proposal)}")
    expect(page.get_by_label("What else?")).to_have_value("typed with care")
    expect(page.get_by_role("radio", name="Something else")).to_be_checked()

    Task.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    returning.return_lost_claims(now=timezone.now())
    expect(page.get_by_text("The task changed hands.")).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="This is what I would do").click()
    expect(page.get_by_text("Nothing was kept.")).to_be_visible()
    expect(page.get_by_text("What you had entered")).to_be_visible()
    expect(page.get_by_text("typed with care")).to_be_visible()
    assert not BlindPick.objects.exists()


def test_the_pages_are_accessible_and_fit_a_phone(blind: factories.House, desk: Desk) -> None:
    waiting, held = factories.pending(blind), factories.pending(blind, summary="another")
    task = factories.claimed(held, blind.alice, blind.now)
    desk.sign_in("alice")
    pages = [
        card(waiting),
        card(held),
        reverse("desk:own_checks"),
        reverse("desk:queue_detail", args=["standard"]),
    ]
    for is_picked in (False, True):
        for path in pages:
            page = desk.open(path).page
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 780})
                desk.check_accessible()
                wide = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert wide <= 0, (path, width)
        if not is_picked:
            factories.picked(task, blind.alice, blind.now)


def test_on_a_page_that_is_open_nothing_tells_what_others_do(blind: factories.House, desk: Desk) -> None:
    """The live stream says that something changed, never what was chosen."""
    proposal: Proposal = factories.pending(blind)
    heard: list[str] = []
    desk.page.on("response", lambda answer: heard.append(answer.url))
    page = desk.sign_in("alice").open(card(proposal)).page
    task = factories.claimed(proposal, blind.bob, blind.now)
    factories.picked(task, blind.bob, blind.now)
    expect(page.get_by_text("The task changed hands.")).to_be_visible(timeout=PATIENT)
    assert not [url for url in heard if proposal.args_sha256[:8] in url]
    assert "Cancel order #W1: the customer" not in page.content()
