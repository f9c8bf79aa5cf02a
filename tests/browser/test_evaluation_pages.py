"""Agents in shadow and judges, beside people, in a real browser; and a test set on its way out."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.evaluation import folding
from apps.evaluation.judging import judge
from apps.evaluation.models import JudgeCount
from apps.evaluation.states import Kind
from apps.routing.states import Verb
from tests import factories
from tests.browser.conftest import Desk
from tests.evaluation.conftest import said
from tests.evaluation.test_shadow import in_shadow

pytestmark = pytest.mark.browser


def _something_to_see(house: factories.House) -> None:
    for changes in ({}, {}, {}, {"reason": "ordered by mistake"}, {"order_id": "#W2"}):
        in_shadow(house, changes)
    in_shadow(house, nothing=True)
    taken, refused = factories.settled(house), factories.settled(house, Verb.REJECT)
    for proposal, word in ((taken, "correct"), (refused, "wrong")):
        judge(proposal_id=proposal.pk, said=said(word), by=house.agent, now=house.now)
        judge(proposal_id=proposal.pk, said=said("correct", version="2"), by=house.agent, now=house.now)
    folding.count_again(now=timezone.now(), limit=10_000)
    JudgeCount.objects.filter(judge__version="1").update(n=60)


def test_from_a_number_to_its_cases(live_house: factories.House, desk: Desk) -> None:
    _something_to_see(live_house)
    page = desk.page
    desk.sign_in("olga").open(reverse("evaluation:shadow_read", args=["shadow-orders"]))
    desk.check_accessible()
    page.get_by_role("row", name=str(Kind.OTHER_VALUES.label)).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Cases in shadow")).to_be_visible()
    desk.check_accessible()
    desk.open(reverse("evaluation:judge_list", args=["orders"]))
    expect(page.get_by_text("kept hidden")).to_have_count(1)
    desk.check_accessible()
    desk.follow(page.get_by_role("link", name="60").first)
    desk.check_accessible()
    desk.open(reverse("evaluation:sample_take", args=["orders"]))
    desk.check_accessible()
    page.get_by_label("Seed").fill("a word")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "orders-cases.jsonl"
    page.set_viewport_size({"width": 360, "height": 740})
    for name, slug in (
        ("shadow_read", "shadow-orders"),
        ("shadow_cases", "shadow-orders"),
        ("judge_list", "orders"),
    ):
        desk.open(reverse(f"evaluation:{name}", args=[slug]))
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
