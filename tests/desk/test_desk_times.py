"""Lengths of time in words."""

from datetime import timedelta

import pytest

from apps.desk.templatetags.desk_times import from_now, in_words


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59, milliseconds=900), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=2, minutes=10), "2 h 10 min"),
        (timedelta(hours=23, minutes=59), "23 h 59 min"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=3, hours=4, minutes=50), "3 d 4 h"),
        (-timedelta(minutes=12), "12 min"),
        (7800, "2 h 10 min"),
        (None, ""),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(length: timedelta | float | None, said: str) -> None:
    assert in_words(length) == said


def test_no_length_has_no_moment() -> None:
    assert from_now(None) is None


def test_a_moment_from_now_knows_its_zone() -> None:
    moment = from_now(timedelta(minutes=15))
    assert moment is not None
    assert moment.tzinfo is not None
