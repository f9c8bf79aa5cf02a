"""Load by the hour: nothing is lost, and peaks are of one hour of one day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rulebook.loads import HOURS, days_between, load

ROME = ZoneInfo("Europe/Rome")


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@given(st.lists(st.integers(1_700_000_000, 1_700_000_000 + 39 * 86_400), max_size=200))
def test_nothing_is_lost(arrivals: list[int]) -> None:
    days = 41
    found = load(arrivals, days=days, zone=ROME)
    assert len(found.average) == len(found.peaks) == HOURS
    assert sum(found.average) * days == pytest.approx(len(arrivals))
    assert all(
        average <= peak <= len(arrivals) for average, peak in zip(found.average, found.peaks, strict=True)
    )


def test_hours_are_those_of_the_place() -> None:
    # At ten in Rome: eight in summer, nine in winter.
    arrivals = [second("2026-07-01 08:15"), second("2026-07-01 08:45"), second("2026-12-01 09:15")]
    found = load(arrivals, days=2, zone=ROME)
    assert (found.average[10], found.peaks[10], found.peak) == (1.5, 2, 2)
    assert found.peak_at == second("2026-07-01 08:00")


def test_hours_begin_where_clocks_are_half_an_hour_apart() -> None:
    found = load([second("2026-07-01 04:40")], days=1, zone=ZoneInfo("Asia/Kolkata"))
    assert found.average[10] == 1
    assert found.peak_at == second("2026-07-01 04:30")


def test_days_are_local_and_both_ends_count() -> None:
    assert days_between(second("2026-07-01 21:30"), second("2026-07-01 22:30"), ROME) == 2
    assert load([], days=1, zone=ROME).peak_at is None
