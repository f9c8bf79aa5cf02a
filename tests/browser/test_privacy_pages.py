"""Erasing in a real browser: asked for by one person, confirmed by another, done by the real worker; and the pages."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.privacy.models import Certificate, Retention
from apps.proposals.models import Proposal
from tests import factories
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser
LIST = reverse("privacy:erasure_list")
SIZES = ({"width": 1280, "height": 800}, {"width": 360, "height": 740})


def check_at_every_size(desk: Desk, path: str) -> None:
    for size in SIZES:
        desk.page.set_viewport_size(size)  # type: ignore[arg-type]
        desk.open(path)
        assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth"), (path, size)
        desk.check_accessible()
    desk.page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]


def test_from_the_request_to_the_certificate(
    live_house: factories.House, desk: Desk, other_desk: Desk
) -> None:
    proposal = factories.proposal_at(live_house, factories.Status.CANCELLED)
    desk.sign_in("adam").open(LIST)
    page = desk.page
    page.locator("#id_workflow").select_option(label="Orders")
    page.locator("#id_subject_kind").fill("order")
    page.locator("#id_subject_id").fill("#W1")
    page.locator("#id_reason").fill("Ticket 4711.")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("You ordered this: another person has to confirm it.")).to_be_visible()
    request = urlsplit(page.url).path
    check_at_every_size(desk, request)
    other_desk.sign_in("gina").open(request)
    second = other_desk.page
    second.get_by_role("button", name="Erase it").press("Enter")
    # The page looks again by itself.
    expect(second.get_by_role("link", name="Certificate")).to_be_visible()
    assert Proposal.objects.get(pk=proposal.pk).erased_at
    certificate = Certificate.objects.get()
    paper = reverse("privacy:certificate_read", args=[certificate.pk])
    for path in (LIST, request, paper):
        check_at_every_size(desk, path)
    page.emulate_media(color_scheme="dark")
    for path in (LIST, request, paper, reverse("desk:proposal_detail", args=[proposal.pk])):
        desk.open(path)
        desk.check_accessible()


def test_how_long_data_is_kept_is_set_by_keyboard(
    live_house: factories.House, desk: Desk, other_desk: Desk
) -> None:
    desk.sign_in("adam").open(reverse("privacy:retention_list"))
    page = desk.page
    check_at_every_size(desk, reverse("privacy:retention_list"))
    page.get_by_role("link", name="Orders").press("Enter")
    page.get_by_label("Contents (days)").fill("30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waits for a second person")).to_be_visible()
    check_at_every_size(desk, reverse("privacy:retention_list"))
    second = other_desk.sign_in("gina").open(reverse("privacy:retention_list")).page
    second.get_by_role("button", name="Confirm the shorter time").press("Enter")
    expect(second.get_by_role("row", name="Orders").get_by_text("30 days")).to_be_visible()
    assert Retention.objects.get().contents_days == 30
    check_at_every_size(desk, reverse("privacy:retention_edit", args=["orders"]))
