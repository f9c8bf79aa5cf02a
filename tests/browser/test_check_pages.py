"""The checks of reviewers in a real browser: accessible, wide and narrow; what a known case tells; attention."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.reviews import adjudicating, disputing
from apps.reviews.models import Decision, GoldAnswer, Queue
from apps.routing.states import Verb
from tests import factories
from tests.browser.conftest import Desk
from tests.reviews.test_known_cases import _answered, _mistake, _shown

pytestmark = pytest.mark.browser
HOUR = timedelta(hours=1)


@pytest.fixture
def led(live_house: factories.House) -> factories.House:
    """Petra leads the standard queue, Bob missed one known case and disputes another; some decisions are marked."""
    house = live_house
    rights.give(role=Role.LEAD, to=house.petra, on=house.queues["standard"], by=None, now=house.now)
    rights.appoint(role=Role.GOVERNANCE, to=house.petra, by=None, now=house.now)
    Queue.objects.filter(slug="standard").update(reading_words=2400, reading_seconds=10, streak=20)
    _answered(house, _mistake(house), Verb.APPROVE, after=-3 * HOUR)
    found = _answered(house, _mistake(house), Verb.APPROVE, after=-2 * HOUR)
    disputing.dispute(answer_id=found.pk, note="It was never shipped.", by=house.bob, now=house.now)
    return house


def _check(desk: Desk, path: str) -> None:
    for size in ({"width": 1280, "height": 900}, {"width": 360, "height": 740}):
        desk.page.set_viewport_size(size)
        desk.open(path)
        height = desk.page.evaluate("document.documentElement.scrollHeight")
        desk.page.set_viewport_size({"width": size["width"], "height": height})
        desk.check_accessible()
        assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"), (path, size)


def test_the_pages_of_a_reviewer_are_accessible_and_fit_a_phone(led: factories.House, desk: Desk) -> None:
    answer = GoldAnswer.objects.order_by("at").first()
    assert answer is not None
    desk.sign_in("bob")
    for path in ("/", reverse("desk:own_checks"), reverse("desk:check_dispute", args=[answer.pk])):
        _check(desk, path)


def test_the_pages_of_a_lead_are_accessible_and_fit_a_phone(led: factories.House, desk: Desk) -> None:
    answer = GoldAnswer.objects.order_by("at").last()
    proposal = factories.settled(led)
    assert answer is not None
    desk.sign_in("petra")
    for path in (
        reverse("desk:queue_checks", args=["standard"]),
        reverse("desk:dispute_rule", args=[answer.dispute.pk]),
        reverse("desk:case_adjudicate", args=[proposal.pk]),
    ):
        _check(desk, path)


def test_a_known_case_tells_its_reviewer_when_the_undo_window_is_over(
    live_house: factories.House, desk: Desk
) -> None:
    house = live_house
    proposal = factories.settled(house)
    case = adjudicating.adjudicate(
        proposal_id=proposal.pk, answers=[""], explanation="It was shipped.", by=house.gina, now=house.now
    )
    task = _shown(house, case, after=timedelta())
    desk.sign_in("bob").open(reverse("desk:task_detail", args=[task.pk]))
    desk.page.keyboard.press("c")
    expect(desk.page.get_by_role("button", name="Approve:")).to_be_visible()
    desk.press_when_settled("a")
    expect(desk.page.get_by_text("a mistake was let through")).to_be_visible(timeout=15_000)
    expect(desk.page.get_by_text("It was shipped.")).to_be_visible()
    desk.check_accessible()
    desk.page.get_by_role("button", name="Understood").click()
    expect(desk.page.get_by_text("a mistake was let through")).to_have_count(0)
    assert GoldAnswer.objects.get().seen_at is not None


def test_how_long_a_card_is_read_is_measured_and_told_with_the_decision(
    live_house: factories.House, desk: Desk
) -> None:
    proposal = factories.pending(live_house)
    desk.sign_in("alice").open(reverse("desk:task_detail", args=[proposal.task.pk]))
    desk.page.bring_to_front()
    desk.page.keyboard.press("c")
    expect(desk.page.get_by_role("button", name="Approve:")).to_be_visible()
    desk.page.locator("#evidence-1").scroll_into_view_if_needed()
    desk.page.mouse.move(200, 200)
    desk.page.wait_for_timeout(1500)
    desk.press_when_settled("a")
    expect(desk.page.get_by_text("You approved")).to_be_visible()
    decision = Decision.objects.get()
    assert decision.active_ms is not None
    assert 1000 < decision.active_ms < 60_000
    assert decision.opened == 1
