"""What goes wrong while somebody decides: others are quicker, the claim is lost, the session ends, the line is cut.

Nothing is decided twice or by mistake, and nothing that was typed is lost.
"""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, expect

from apps.accounts.models import User
from apps.intake.endings import withdraw
from apps.proposals.models import Proposal
from apps.reviews import claiming, returning
from apps.reviews.models import Decision, EvidenceCheck, Task
from tests import factories
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser
PATIENT = 20_000


def card(proposal: Proposal) -> str:
    return reverse("desk:task_detail", args=[proposal.task.pk])


def approve(desk: Desk) -> Locator:
    return desk.page.get_by_role("button", name="Approve:")


def sign_in_again(desk: Desk, short: str) -> None:
    """On the sign-in page the desk was sent to."""
    page = desk.page
    page.wait_for_url("**/accounts/login/**")
    page.fill("[name=login]", f"{short}@example.org")
    page.fill("[name=password]", factories.PASSWORD)
    page.press("[name=password]", "Enter")


def test_from_the_sign_in_to_the_decision_with_the_keyboard_alone(
    live_house: factories.House, desk: Desk
) -> None:
    factories.pending(live_house)
    page = desk.open("/accounts/login/").page
    expect(page.locator("[name=login]")).to_be_focused()
    page.keyboard.type("alice@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your turn")
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(approve(desk)).to_be_visible()
    desk.press_when_settled("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Checked")).to_be_focused()
    page.keyboard.press("v")
    expect(page.get_by_role("group", name="Raw arguments")).to_be_visible()
    desk.press_when_settled("a")
    expect(page.get_by_text("You approved")).to_be_visible()
    assert Decision.objects.get().verb == "approve"
    assert EvidenceCheck.objects.get().by == live_house.alice


def test_of_two_who_claim_at_once_one_gets_it_and_the_other_reads_who(
    live_house: factories.House, desk: Desk, other_desk: Desk
) -> None:
    proposal = factories.pending(live_house)
    for window, short in ((desk, "alice"), (other_desk, "bob")):
        window.sign_in(short).open(card(proposal))
        expect(window.page.get_by_role("button", name="Claim this task")).to_be_visible()
    for window in (desk, other_desk):
        # Without waiting for what comes of it, as two people press.
        window.page.evaluate("setTimeout(() => document.querySelector('[data-key=c]').click())")
    both = [approve(window) for window in (desk, other_desk)]
    expect(both[0].or_(desk.page.get_by_text("is working on it"))).to_be_visible()
    expect(both[1].or_(other_desk.page.get_by_text("is working on it"))).to_be_visible()
    assert sorted(button.is_visible() for button in both) == [False, True]
    task = Task.objects.get()
    assert task.claimed_by is not None
    loser = other_desk if task.claimed_by == live_house.alice else desk
    expect(loser.page.get_by_text(f"{task.claimed_by.name} is working on it")).to_be_visible()


def test_what_was_typed_survives_a_claim_that_ran_out(
    live_house: factories.House, desk: Desk, other_desk: Desk
) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.fill("#id_reject_note", "typed with care")
    Task.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    returning.return_lost_claims(now=timezone.now())
    expect(page.get_by_text("The task changed hands.")).to_be_visible(timeout=PATIENT)
    expect(page.locator("#id_reject_note")).to_have_value("typed with care")

    claiming.claim(task_id=proposal.task.pk, by=live_house.bob, now=timezone.now())
    other_desk.sign_in("bob").open(card(proposal)).press_when_settled("a")
    expect(other_desk.page.get_by_text("You approved")).to_be_visible()
    page.get_by_role("button", name="Reject: the agent may not act").click()
    expect(page.get_by_text("Nothing was decided.")).to_be_visible()
    expect(page.get_by_text("What you had entered")).to_be_visible()
    expect(page.get_by_text("typed with care")).to_be_visible()
    desk.check_accessible()
    assert Decision.objects.get().by == live_house.bob


def test_a_session_that_ended_costs_nothing_that_was_typed(live_house: factories.House, desk: Desk) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.fill("#id_reject_note", "typed with care")
    Session.objects.all().delete()
    page.get_by_role("button", name="Reject: the agent may not act").click()
    page.wait_for_url("**/accounts/login/**")
    expect(page.get_by_text("Your session ended.")).to_be_visible()
    sign_in_again(desk, "alice")
    page.wait_for_url(f"**{card(proposal)}")
    expect(page.locator("#id_reject_note")).to_be_visible()
    expect(page.locator("#id_reject_note")).to_have_value("typed with care")
    expect(page.get_by_role("radio", name="The facts are wrong")).to_be_checked()
    assert not Decision.objects.exists()

    # The edit is sent as a plain form.
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.get_by_label("Order", exact=True).fill("#W2")
    page.locator("#id_edit_reason_code").select_option("wrong-facts")
    Session.objects.all().delete()
    page.get_by_role("button", name="Show what changes").click()
    sign_in_again(desk, "alice")
    page.wait_for_url(f"**{card(proposal)}")
    expect(page.get_by_label("Order", exact=True)).to_be_visible()
    expect(page.get_by_label("Order", exact=True)).to_have_value("#W2")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("This would be granted instead:")).to_be_visible()
    desk.press_when_settled("a")
    expect(page.get_by_text("You approved with changes")).to_be_visible()
    assert Decision.objects.get().verb == "edit"


def test_a_page_whose_line_was_cut_says_so_and_catches_up(live_house: factories.House, desk: Desk) -> None:
    page = desk.sign_in("alice").page
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    desk.context.set_offline(True)
    expect(page.get_by_text("Reconnecting")).to_be_visible(timeout=PATIENT)
    factories.pending(live_house)
    desk.context.set_offline(False)
    expect(page.get_by_text("1 task waits in your queues")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text("Reconnecting")).to_be_hidden()


def test_every_panel_is_accessible_wide_and_narrow(live_house: factories.House, desk: Desk) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        for key, field in (
            ("r", "#id_reject_note"),
            ("e", "#id_edit_note"),
            ("i", "#id_ask_text"),
            ("d", "#id_delegate_note"),
            ("x", "#id_escalate_why"),
            ("s", "#id_reason"),
            ("1", "#id_choose_alternative_note"),
        ):
            page.keyboard.press(key)
            expect(page.locator(field)).to_be_visible()
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), key
            # What the open panel half hides of the rest of the page is not what a person presses then.
            desk.check_accessible(within=".dock")
            page.keyboard.press("Escape")
            expect(page.locator(field)).to_be_hidden()
            page.evaluate("document.activeElement.blur()")


def test_a_panel_that_was_refused_is_open_again_with_what_was_typed(
    live_house: factories.House, desk: Desk
) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    page.keyboard.press("d")
    page.fill("#id_delegate_note", "typed with care")
    page.locator("#id_delegate_to").select_option(label="Bob (holds 0 tasks)")
    User.objects.filter(email="bob@example.org").update(is_active=False)
    page.get_by_role("button", name="Hand it over").click()
    expect(page.get_by_text("Nobody else can take it now")).to_be_visible()
    expect(page.locator("#id_delegate_note")).to_have_value("typed with care")
    assert page.url.endswith(card(proposal))

    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.fill("#id_reason", " ")
    page.evaluate("document.getElementById('skip').noValidate = true")
    page.get_by_role("button", name="Skip the task").click()
    expect(page.locator("#id_reason_error")).to_be_visible()


def test_a_withdrawal_is_told_with_its_reason_and_leaves_nothing_to_press(
    live_house: factories.House, desk: Desk
) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    page.keyboard.press("r")
    page.fill("#id_reject_note", "typed with care")
    withdraw(proposal_id=proposal.pk, by=live_house.agent, reason="the order is gone", now=timezone.now())
    expect(page.get_by_text("The agent withdrew it while you read it.")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text("the order is gone")).to_be_visible()
    expect(page.get_by_role("button", name="Reject: the agent may not act")).to_be_disabled()
    expect(approve(desk)).to_be_disabled()
    expect(page.locator("#id_reject_note")).to_have_value("typed with care")


def test_a_page_from_an_older_session_keeps_what_is_on_it(live_house: factories.House, desk: Desk) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    page = desk.sign_in("alice").open(card(proposal)).page
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.fill("#id_reject_note", "typed with care")
    page.evaluate("document.body.setAttribute('hx-headers', '{}')")
    page.evaluate(
        "for (const f of document.querySelectorAll('[name=csrfmiddlewaretoken]')) f.value = 'x'.repeat(64)"
    )
    page.get_by_role("button", name="Reject: the agent may not act").click()
    expect(page.get_by_text("This page was too old to send: nothing was saved.")).to_be_visible()
    expect(page.locator(".brand")).to_have_count(1)
    expect(page.locator("#id_reject_note")).to_have_value("typed with care")
    assert not Decision.objects.exists()
