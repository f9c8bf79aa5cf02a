"""Where the stops of a chain stand in its picture."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation.picture import draw
from apps.sla.calendars import read_calendar

START = datetime(2026, 11, 16, 10, tzinfo=UTC)
OFFICE = read_calendar(
    zone="UTC", weekly={day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
)
NAMES = ("opened", "due", "last step")


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def drawn(due: float, *hours: float):
    stops = [(number, hour(at), False) for number, at in enumerate(hours, start=1)]
    return draw(opened_at=START, due_at=hour(due), stops=stops, names=NAMES, calendar=OFFICE)


def test_stops_of_one_moment_stand_above_each_other():
    picture = drawn(4, 2, 4, 4, 8)
    first, second, third, last = picture.marks
    assert first.y == second.y == last.y
    assert third.y < second.y
    assert third.x == second.x


def test_closed_hours_are_shaded():
    picture = drawn(24, 30)
    # From 17:00 to 09:00, and nothing else between Monday 10:00 and Tuesday 16:00.
    assert len(picture.bands) == 1


@pytest.mark.parametrize(("due", "anchor"), [(4, "middle"), (5.5, "middle"), (0.1, "start"), (7.9, "end")])
def test_words_below_do_not_overlap(due, anchor):
    opened, last, middle = drawn(due, 8).ticks
    assert (opened.name, last.name, middle.name) == NAMES[::2] + NAMES[1:2]
    assert (opened.anchor, last.anchor, middle.anchor) == ("start", "end", anchor)
    assert opened.y == last.y
    # Two lines of text, the name and the moment.
    assert middle.y - last.y >= 30
    assert drawn(due, 8).height >= middle.y + 15


def test_the_end_is_not_told_twice():
    assert [tick.name for tick in drawn(8, 8).ticks] == ["opened", "due"]


@given(due=st.floats(0, 500), hours=st.lists(st.floats(0, 2000), max_size=20))
def test_every_stop_is_inside_and_none_covers_another(due, hours):
    picture = drawn(due, *sorted(hours))
    places = [(float(mark.x.rstrip("%")), mark.y) for mark in picture.marks]
    assert all(0 <= x <= 100 and 0 < y < picture.axis for x, y in places)
    for index, (x, y) in enumerate(places):
        assert all(abs(x - other) >= 7.9 for other, height in places[:index] if height == y)
    assert all(float(band.width.rstrip("%")) >= 0 for band in picture.bands)
