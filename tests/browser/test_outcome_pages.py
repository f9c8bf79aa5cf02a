"""The benefit owner's pages in a real browser: from a file to a baseline, and the word on a period."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from apps.outcomes import folding
from apps.outcomes.kpi_setup import Meaning, save_kpi
from apps.outcomes.live_log import Told, live_log_of, tell
from apps.outcomes.models import Baseline, KpiVersion, Statement
from apps.outcomes.states import Cadence, Direction, Measure
from apps.outcomes.tasks import import_logs
from tests import factories
from tests.browser.conftest import Desk
from tests.waiting import until

pytestmark = pytest.mark.browser


def _kpi(house: factories.House) -> KpiVersion:
    now = timezone.now()
    version = save_kpi(
        workflow=house.workflow,
        slug="time",
        name="Time to close",
        owner=house.olga,
        cadence=Cadence.MONTH,
        meaning=Meaning(Measure.CYCLE_TIME, Direction.LOWER, "From opening to closing.", target=Decimal(3)),
        by=house.olga,
        now=now - timedelta(days=50),
    )
    told = []
    for number in range(80):
        at = now - timedelta(days=number)
        told += [
            Told(f"#{number}", "Open", at - timedelta(hours=2), "a", f"{number}-o"),
            Told(f"#{number}", "Close", at, "b", f"{number}-c"),
        ]
    tell(live_log_of(house.workflow), told)
    folding.fold_touched(now=now, limit=10_000)
    return version


def _log() -> str:
    rows = ["case,activity,timestamp,resource"]
    for number in range(90):
        day = f"2025-{number % 9 + 1:02}-{number % 28 + 1:02}"
        rows += [
            f"{number},Open,{day}T08:00:00Z,anna",
            f"{number},Close,{day}T{9 + number % 9:02}:00:00Z,bert",
        ]
    return "\n".join(rows)


def test_from_a_file_to_a_baseline_to_what_moved(
    live_house: factories.House, desk: Desk, tmp_path: Path
) -> None:
    version = _kpi(live_house)
    page = desk.page
    desk.sign_in("olga").open(reverse("outcomes:portfolio"))
    desk.check_accessible()
    desk.follow(page.get_by_role("link", name="Event logs"))
    desk.check_accessible()
    file = tmp_path / "before.csv"
    file.write_text(_log())
    page.get_by_label("Name", exact=True).fill("Before")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="How it is read")).to_be_visible()
    desk.check_accessible()
    page.get_by_role("button", name="Import").click()
    import_logs()
    # The page looks again by itself.
    expect(page.get_by_role("heading", name="What is in it")).to_be_visible()
    desk.open(reverse("outcomes:kpi_baseline", args=[version.kpi_id]))
    page.get_by_role("button", name="Measure").click()
    page.get_by_role("button", name="Freeze this").click()
    expect(page.get_by_text("It moved in the right direction.")).to_be_visible()
    until(lambda: Baseline.objects.exists())
    page.get_by_text("The weeks as a table").click()
    desk.check_accessible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    desk.open(reverse("outcomes:process_read", args=["orders"]))
    expect(page.get_by_text("Bottleneck:")).to_have_count(2)
    desk.check_accessible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_owner_disputes_a_period(live_house: factories.House, desk: Desk) -> None:
    version = _kpi(live_house)
    page = desk.page
    desk.sign_in("olga").open(reverse("outcomes:kpi_read", args=[version.kpi_id]))
    page.get_by_label("I dispute it").check()
    page.get_by_role("button", name="Put it on record").click()
    expect(page.get_by_text("Say why: whoever has to mend it reads this.")).to_be_visible()
    desk.check_accessible()
    page.get_by_label("I dispute it").check()
    page.get_by_label("Note").fill("The clock of the shop was wrong.")
    page.get_by_role("button", name="Put it on record").click()
    expect(page.get_by_text("Your word is on record")).to_be_visible()
    assert Statement.objects.get().note == "The clock of the shop was wrong."
    desk.open(reverse("outcomes:kpi_cases", args=[version.kpi_id]))
    desk.check_accessible()
