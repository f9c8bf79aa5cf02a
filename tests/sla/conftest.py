"""Calendars and subjects for the tests of clocks."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from apps.sla.actions import CycleSpec, save_calendar, start_cycles
from apps.sla.models import CalendarVersion, ClockCycle

OFFICE_HOURS = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def office(db: None, now: datetime) -> CalendarVersion:
    """Weekdays with a lunch break, in UTC, so that `now` (Tuesday 10:00) is open."""
    return save_calendar(slug="desk", name="Desk", zone="UTC", weekly=OFFICE_HOURS, by=None, now=now)


@pytest.fixture
def subject() -> UUID:
    """What the clocks are about: a proposal's id."""
    return uuid4()


@pytest.fixture
def start(office: CalendarVersion, subject: UUID, now: datetime) -> Callable[..., ClockCycle]:
    """Starts one cycle of the subject: `start("decide", "4wh")`."""

    def started(target: str = "decide", duration: str = "4wh", about: UUID = subject) -> ClockCycle:
        spec = CycleSpec(
            subject_id=about, workflow_id=7, target=target, duration=duration, calendar_version=office
        )
        return start_cycles(specs=[spec], now=now)[0]

    return started
