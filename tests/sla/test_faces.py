"""What the clock on a page shows."""

from datetime import timedelta

import pytest

from apps.sla import actions
from apps.sla.models import ClockCycle
from apps.sla.queries import clock_face

HOUR = timedelta(hours=1)


@pytest.fixture
def cycle(start) -> ClockCycle:
    """Four working hours from Tuesday 10:00 with lunch from 12 to 13: due at 15:00."""
    return start("decide", "4wh")


@pytest.mark.parametrize(
    ("hours_later", "remaining", "used", "outside"),
    [
        (0, 4, 0.0, False),
        (1, 3, 0.25, False),
        (2, 2, 0.5, True),
        (2.5, 2, 0.5, True),
        (4, 1, 0.75, False),
        (5, 0, 1.0, False),
    ],
)
def test_only_open_time_is_used_up(cycle, now, hours_later, remaining, used, outside):
    face = clock_face(cycle, now + hours_later * HOUR)
    assert (face.remaining, face.fraction_used, face.outside_hours) == (remaining * HOUR, used, outside)
    assert face.overdue == timedelta()


def test_closed_hours_before_the_due_moment_are_told(cycle, now):
    # 56 minutes of open time in the lunch break are more than an hour away.
    assert [clock_face(cycle, now + hours * HOUR).spans_closed for hours in (0, 2.5, 4, 5, 9)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_outside_hours_says_when_work_starts_again(cycle, now):
    assert clock_face(cycle, now + 2.5 * HOUR).opens_at == now + 3 * HOUR
    assert clock_face(cycle, now + HOUR).opens_at is None


def test_overdue_counts_open_time_too(cycle, now):
    next_morning = now.replace(hour=10) + timedelta(days=1)
    face = clock_face(cycle, next_morning)
    assert (face.remaining, face.overdue, face.fraction_used) == (timedelta(), 3 * HOUR, 1.75)


def test_a_met_clock_stands_still(cycle, subject, now):
    actions.meet(subject_id=subject, target="decide", now=now + HOUR)
    cycle.refresh_from_db()
    assert clock_face(cycle, now + timedelta(days=9)).fraction_used == 0.25


def test_a_wall_clock_runs_at_night_and_is_never_outside_hours(start, now):
    cycle = start("claim", "1d")
    face = clock_face(cycle, now + 12 * HOUR)
    assert (face.remaining, face.fraction_used, face.outside_hours, face.opens_at) == (
        12 * HOUR,
        0.5,
        False,
        None,
    )


def test_business_days_are_used_up_by_open_time(start, now):
    cycle = start("decide", "1bd")
    assert cycle.due_at == now.replace(hour=17) + timedelta(days=1)
    assert clock_face(cycle, now.replace(hour=17)).fraction_used == pytest.approx(6 / 13)
