"""Every page of the desk in a real browser: no violation of WCAG 2.2 AA or of the content policy, wide and narrow."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.proposals.drafts import EvidenceDraft
from apps.proposals.questions import Said
from apps.reviews import asking, settling
from apps.reviews.models import Decision
from apps.routing.states import Verb
from tests import factories
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser
HOSTILE = "<script>alert(1)</script> \u202egnp.exe " + "A" * 250


@pytest.fixture
def busy_house(live_house: factories.House) -> dict[str, str]:
    """A house in which something of everything has happened; the addresses of its pages by name."""
    now = live_house.now
    rights.appoint(role=Role.AUDITOR, to=live_house.alice, by=None, now=now)
    rights.appoint(role=Role.ADMIN, to=live_house.alice, by=None, now=now)
    done = factories.settled(live_house, Verb.CHOOSE_ALTERNATIVE, alternative_rank=1)
    factories.executed(done, live_house, detail="Cancelled in the shop")
    for n in range(6):
        args = {"order_id": f"#W{n + 10}", "reason": "no longer needed", "refund": 10 + n}
        factories.pending(
            live_house,
            now=now - timedelta(hours=n),
            action={"name": "cancel_order", "args": args},
            subject={"kind": "order", "id": f"#W{n + 10}"},
        )
    held = factories.claimed(factories.pending(live_house), live_house.alice, now)
    two = factories.two_person(live_house, subject={"kind": "customer", "id": "C-2041"})
    factories.claimed(two, live_house.alice, now)
    second = factories.two_person(live_house, subject={"kind": "customer", "id": "C-2042"})
    factories.decided(factories.claimed(second, live_house.bob, now), live_house.bob, now)
    settling.settle_due(now=now + timedelta(minutes=1))
    asked = factories.claimed(factories.pending(live_house), live_house.bob, now)
    factories.asked(asked, live_house.bob, now, text=HOSTILE)
    hostile = factories.pending(
        live_house,
        summary=HOSTILE,
        rationale="B" * 3000,
        subject={"kind": "<b>", "id": "C" * 100},
        evidence=[
            {
                "id": "e",
                "kind": "link",
                "claim": HOSTILE,
                "content": "<img src=x>" + "D" * 2000,
                "untrusted": True,
            }
        ],
    )
    return {
        "home": "/",
        "queues": reverse("desk:queue_list"),
        "queue": reverse("desk:queue_detail", args=["standard"]),
        "queue, held": reverse("desk:queue_detail", args=["standard"]) + "?show=held",
        "queue, empty": reverse("desk:queue_detail", args=["triage"]),
        "queue, filtered": reverse("desk:queue_detail", args=["standard"]) + "?due=late&stuck=on",
        "approve together": reverse("desk:queue_bulk", args=["triage"]),
        "delegate": reverse("desk:task_delegate", args=[held.pk]),
        "card": reverse("desk:task_detail", args=[held.pk]),
        "card that waits for the agent": reverse("desk:task_detail", args=[asked.pk]),
        "card to read": reverse("desk:task_detail", args=[done.task.pk]),
        "card of something irreversible": reverse("desk:task_detail", args=[two.task.pk]),
        "card for a second person": reverse("desk:task_detail", args=[second.task.pk]),
        "card with hostile text": reverse("desk:task_detail", args=[hostile.task.pk]),
        "proposals": reverse("desk:proposal_list"),
        "story": reverse("desk:proposal_detail", args=[done.pk]),
        "story with hostile text": reverse("desk:proposal_detail", args=[hostile.pk]),
        "slices": reverse("trust:slice_list"),
        "slice": reverse("trust:slice_detail", args=[done.slice_id]),
        "not found": "/tasks/00000000-0000-7000-8000-000000000000/",
    }


def test_every_page_is_accessible_and_fits_a_phone(busy_house: dict[str, str], desk: Desk) -> None:
    desk.sign_in("alice")
    too_wide = []
    for name, path in busy_house.items():
        desk.page.set_viewport_size({"width": 1280, "height": 800})
        desk.open(path)
        desk.check_accessible()
        desk.page.set_viewport_size({"width": 360, "height": 740})
        if desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)
        desk.check_accessible()
    assert too_wide == []


def test_a_reviewer_works_without_the_mouse(live_house: factories.House, desk: Desk) -> None:
    for n in range(3):
        factories.pending(
            live_house, subject={"kind": "order", "id": f"#W{n}"}, summary=f"Cancel order #W{n}"
        )
    desk.sign_in("alice").open(reverse("desk:queue_detail", args=["standard"]))
    page = desk.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Cancel order #W1")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel order #W0")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Approve:")).to_be_visible()

    page.keyboard.press("e")
    expect(page.get_by_label("Order", exact=True)).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    expect(page.locator("#id_reject_reason_code_0")).to_be_focused()
    page.evaluate("document.activeElement.blur()")

    page.evaluate(
        "addEventListener('htmx:afterSwap', () => { window.tookKeys = 'settled' in document.body.dataset; })"
    )
    desk.press_when_settled("a")
    expect(page.get_by_text("You approved")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel order #W1")
    assert Decision.objects.get().verb == "approve"
    # A second press meant for the card before must not decide the next one.
    assert page.evaluate("window.tookKeys") is False
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back: nothing was granted.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel order #W0")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Approve")


def test_no_single_key_lets_something_irreversible_through(live_house: factories.House, desk: Desk) -> None:
    proposal = factories.two_person(live_house, subject={"kind": "customer", "id": "C-2041"})
    factories.claimed(proposal, live_house.alice, live_house.now)
    desk.sign_in("alice").open(reverse("desk:task_detail", args=[proposal.task.pk]))
    page = desk.page
    page.keyboard.press("a")
    expect(page.locator("#id_approve_typed")).to_be_focused()
    page.keyboard.type("C-2042")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not C-2041. Nothing was decided.").first).to_be_visible()
    assert not Decision.objects.exists()
    page.locator("#id_approve_typed").fill("c-2041")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You approved")).to_be_visible()


def test_panels_have_their_own_keys_and_close_with_escape(live_house: factories.House, desk: Desk) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    desk.sign_in("alice").open(reverse("desk:task_detail", args=[proposal.task.pk]))
    page = desk.page
    page.keyboard.press("r")
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="The facts are wrong")).to_be_checked()
    # Inside the panel no key of the card counts.
    desk.press_when_settled("a")
    page.keyboard.press("Escape")
    expect(page.locator("#reject-panel")).not_to_have_attribute("open", "")
    expect(page.get_by_role("link", name="Reject")).to_be_focused()
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Choose this: nothing is done")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Choose this: nothing is done")).to_be_hidden()
    assert not Decision.objects.exists()
    page.keyboard.press("?")
    for words in ("Take the next task", "Take your last decision back"):
        expect(page.get_by_role("dialog")).to_contain_text(words)


def test_a_question_and_its_answer_with_the_keyboard(live_house: factories.House, desk: Desk) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    desk.sign_in("alice").open(reverse("desk:task_detail", args=[proposal.task.pk]))
    page = desk.page
    page.keyboard.press("i")
    page.keyboard.type("Which invoice?")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Asked. The task comes back to you")).to_be_visible()
    expect(page.get_by_role("heading", name="Waiting for an agent's answer")).to_be_visible()
    desk.check_accessible()
    desk.open(reverse("desk:task_detail", args=[proposal.task.pk]))
    expect(page.get_by_text("Alice asked the agent.")).to_be_visible()
    desk.check_accessible()
    evidence = [EvidenceDraft(kind="record", provenance="asserted", title="Statement")]
    said = Said("The one of March.", evidence)
    asking.answer(proposal_id=proposal.pk, said=said, by=live_house.agent, now=timezone.now())
    expect(page.get_by_text("The task changed since you opened it.")).to_be_visible(timeout=10_000)
    page.get_by_role("link", name="Show it as it is now").click()
    questions = page.get_by_role("region", name="Questions to the agent")
    expect(questions.get_by_text("The one of March.")).to_be_visible()
    expect(page.get_by_text("added after your question")).to_be_visible()
    desk.check_accessible()


def test_what_was_typed_survives_losing_the_task(live_house: factories.House, desk: Desk) -> None:
    proposal = factories.pending(live_house)
    factories.claimed(proposal, live_house.alice, live_house.now)
    desk.sign_in("alice").open(reverse("desk:task_detail", args=[proposal.task.pk]))
    page = desk.page
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.fill("#id_reject_note", "typed with care")
    factories.endings.withdraw(
        proposal_id=proposal.pk, by=live_house.agent, reason="not needed", now=live_house.now
    )
    expect(page.get_by_text("The agent withdrew it while you read it.")).to_be_visible(timeout=10_000)
    expect(page.locator("#id_reject_note")).to_have_value("typed with care")
    send = page.get_by_role("button", name="Reject: the agent may not act")
    expect(send).to_be_disabled()
    # As from a page that has not heard of it; in one turn, before the next news takes the button away again.
    send.evaluate("button => { button.disabled = false; button.click(); }")
    expect(page.get_by_text("The proposal ended before you decided.")).to_be_visible()
    expect(page.get_by_text("What you had entered")).to_be_visible()
    expect(page.get_by_text("typed with care")).to_be_visible()


def test_the_main_job_needs_no_script(live_house: factories.House, desk: Desk) -> None:
    browser = desk.context.browser
    assert browser
    factories.pending(live_house)
    context = browser.new_context(java_script_enabled=False)
    plain = Desk.__new__(Desk)
    plain.context, plain.address, plain.faults, plain.page = context, desk.address, [], context.new_page()
    plain.sign_in("alice")
    page = plain.page
    page.get_by_role("button", name="Take the next task").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Order", exact=True).fill("#W2")
    page.locator("#id_edit_reason_code").select_option("wrong-facts")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("This would be granted instead:")).to_be_visible()
    page.get_by_role("button", name="Grant instead:").click()
    expect(page.get_by_text("You approved with changes")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Cancel it as ordered by mistake").click()
    page.locator("#id_choose_alternative_reason_code").select_option("wrong-facts")
    page.get_by_role("button", name="Grant instead:").click()
    expect(page.get_by_text("You chose another action for")).to_be_visible()
    context.close()
    assert list(Decision.objects.order_by("decided_at").values_list("verb", flat=True)) == [
        "edit",
        "choose_alternative",
    ]
