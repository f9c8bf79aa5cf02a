"""The pages of escalation and the report in a real browser: accessible, wide and narrow, with script and without."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.escalation import auditing
from apps.escalation.incidents import open_incident
from apps.escalation.models import ChainVersion, EscalationRun
from apps.escalation.states import Kind
from apps.escalation.sweeping import run_due
from tests import factories
from tests.browser.conftest import Desk
from tests.escalation.conftest import STEPS, save, staff

pytestmark = pytest.mark.browser
LONG = "A" * 90


@pytest.fixture
def busy_house(live_house: factories.House) -> dict[str, str]:
    """Chains with gaps and without, tasks in every place of theirs; the addresses of the pages by name."""
    now = live_house.now
    staff(live_house)
    save(live_house)
    save(live_house, [{**STEPS[0], "after": "60%"}, *STEPS[1:]])
    save(
        live_house,
        [*STEPS[:3], {**STEPS[3], "to": ["role:business_owner"]}],
        slug="gaps",
        name=LONG,
        allows_gaps=True,
    )
    rights.appoint(role=Role.ADMIN, to=live_house.alice, by=None, now=now)
    for hours in (0, 3, 9, 40):
        factories.pending(live_house, now=now - timedelta(hours=hours), summary=f"Cancel order {LONG}")
    done = factories.settled(live_house)
    factories.claimed(factories.pending(live_house), live_house.bob, now)
    run_due(now=now)
    open_incident(kind=Kind.NO_RECIPIENTS, key="x", text=f"Nobody leads {LONG}.", now=now)
    auditing.audit(now=now)
    run = EscalationRun.objects.filter(executions__isnull=False).first()
    assert run is not None
    return {
        "chains": reverse("escalation:chain_list"),
        "chain": reverse("escalation:chain_read", args=["standard"]),
        "chain, tried": reverse("escalation:chain_read", args=["standard"]) + f"?task={done.task.pk}",
        "chain with gaps": reverse("escalation:chain_read", args=["gaps"]),
        "editor": reverse("escalation:chain_edit", args=["gaps"]),
        "new chain": reverse("escalation:chain_add"),
        "running": reverse("escalation:run_list"),
        "running, none": reverse("escalation:run_list") + "?show=held&queue=triage",
        "one escalation": reverse("escalation:run_read", args=[run.pk]),
        "incidents": reverse("escalation:incident_list"),
        "auditor": reverse("escalation:audit_list"),
        "report": reverse("desk:report_attainment"),
        "report, refused": reverse("desk:report_attainment") + "?since=2020-01-01",
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


def test_no_word_below_the_picture_stands_on_another(busy_house: dict[str, str], desk: Desk) -> None:
    desk.sign_in("alice")
    for width in (1280, 360):
        desk.page.set_viewport_size({"width": width, "height": 800})
        desk.open(busy_house["chain"])
        boxes = [tick.bounding_box() for tick in desk.page.locator(".chain-picture .tick").all()]
        assert len(boxes) == 6
        for position, one in enumerate(boxes):
            for other in boxes[:position]:
                assert one is not None
                assert other is not None
                beside = one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
                # Boxes of text hold a little air above and below their letters.
                above = abs(one["y"] - other["y"]) >= 12
                assert beside or above, (width, one, other)


def test_an_admin_writes_a_chain_and_sees_at_once_what_it_would_do(
    busy_house: dict[str, str], desk: Desk
) -> None:
    desk.sign_in("alice").open(reverse("escalation:chain_edit", args=["standard"]))
    page = desk.page
    page.locator("#step-1-after").fill("soon")
    page.locator("#step-1-after").press("Tab")
    expect(page.locator("#step-1-note")).to_contain_text("is not a duration")
    expect(page.locator("#step-1-do")).to_be_focused()
    page.locator("#step-1-after").fill("1h")
    page.locator("#step-1-after").press("Tab")
    expect(page.locator("#step-1-note")).not_to_contain_text("is not a duration")
    expect(page.locator("#findings")).to_contain_text("Proven where it is used")

    page.get_by_role("button", name="Add a step").click()
    expect(page.locator("#step-5-after")).to_be_focused()
    # Each answer is waited for: one that is overtaken is dropped, which the browser's console calls an error.
    page.locator("#step-5-after").fill("90m")
    page.locator("#step-5-after").press("Tab")
    expect(page.locator("#step-5-note")).not_to_contain_text("is not a duration")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#step-5-do").select_option("widen")
    expect(page.get_by_label("Which queue")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#step-5-to-1").select_option(label="Senior")
    expect(page.locator("#step-5-to-2")).to_be_visible()
    page.get_by_role("button", name="Move step 5 up").click()
    expect(page.locator("#up-4")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#up-3")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#step-2-after")).to_have_value("90m")
    expect(page.locator("#findings")).to_contain_text("Step 2: also offer it to the people of Senior")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved as a new version.")).to_be_visible()
    newest = ChainVersion.objects.filter(chain__slug="standard").latest("number")
    assert newest.steps[:2] == [
        {"after": "1h", "do": "notify", "to": ["leads"]},
        {"after": "90m", "do": "widen", "to": ["queue:senior"]},
    ]


def test_the_editor_needs_no_script(busy_house: dict[str, str], desk: Desk) -> None:
    browser = desk.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False)
    plain = Desk.__new__(Desk)
    plain.context, plain.address, plain.faults, plain.page = context, desk.address, [], context.new_page()
    plain.sign_in("alice").open(reverse("escalation:chain_edit", args=["standard"]))
    page = plain.page
    page.locator("#step-1-after").fill("70%")
    # Enter in a field proves and shows; it neither moves a step nor saves.
    page.locator("#step-1-after").press("Enter")
    expect(page.locator("#step-1-after")).to_have_value("70%")
    page.get_by_role("button", name="Remove step 2").click()
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved as a new version.")).to_be_visible()
    context.close()
    newest = ChainVersion.objects.filter(chain__slug="standard").latest("number")
    assert [step["after"] for step in newest.steps] == ["70%", "150%", "200%"]
