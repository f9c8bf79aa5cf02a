"""Calendars and subjects for the tests of clocks."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from apps.sla.actions import CycleSpec, start_cycles
from apps.sla.calendar_setup import save_calendar
from apps.sla.models import CalendarVersion, ClockCycle, SlaPolicyVersion
from apps.sla.policy_setup import Targets, save_policy

OFFICE_HOURS = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def office(db: None, now: datetime) -> CalendarVersion:
    """Weekdays with a lunch break, in UTC, so that `now` (Tuesday 10:00) is open."""
    return save_calendar(slug="desk", name="Desk", zone="UTC", weekly=OFFICE_HOURS, by=None, now=now)


def policy_of(duration: str, now: datetime, **targets: object) -> SlaPolicyVersion:
    """A policy with one duration for all targets, or another one for those named."""
    texts = {"claim": duration, "decide": duration, "result": duration} | targets
    slug = "-".join(map(str, texts.values()))[:60].replace("(", "").replace(")", "").replace(", ", "-")
    return save_policy(slug=slug, name=slug, targets=Targets(**texts), by=None, now=now)


@pytest.fixture
def subject() -> UUID:
    """What the clocks are about: a proposal's id."""
    return uuid4()


@pytest.fixture
def start(office: CalendarVersion, subject: UUID, now: datetime) -> Callable[..., ClockCycle]:
    """Starts one cycle of the subject: `start("decide", "4wh")`; more words change its policy."""

    def started(
        target: str = "decide", duration: str = "4wh", about: UUID = subject, **targets: object
    ) -> ClockCycle:
        spec = CycleSpec(
            subject_id=about,
            workflow_id=7,
            target=target,
            tier=4,
            policy_version=policy_of(duration, now, **targets),
            calendar_version=office,
        )
        return start_cycles(specs=[spec], now=now)[0]

    return started
