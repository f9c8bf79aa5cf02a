"""The seals of the audit log in a real browser: from the log to how it is verified."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.audit import sealing
from tests import factories
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


def test_from_the_log_to_its_seals(
    live_house: factories.House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_FENCE_BEHIND", timedelta(0))
    page = desk.page
    desk.sign_in("adam").open(reverse("audit:event_list"))
    page.get_by_role("link", name="Seals").click()
    expect(page.get_by_role("heading", name="No seal yet")).to_be_visible()
    desk.check_accessible()
    assert sealing.seal_due(now=timezone.now()) > 0
    page.reload()
    page.get_by_text("How to verify").click()
    expect(page.get_by_label("Command that verifies the log")).to_contain_text("audit_verify --head")
    desk.check_accessible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
