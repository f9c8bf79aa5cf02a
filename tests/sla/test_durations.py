"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.sla.durations import LONGEST, Duration, DurationError, Unit, label, parse


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("30m", "30 minutes"),
        ("1h", "1 hour"),
        ("2d", "2 days"),
        ("45wm", "45 working minutes"),
        ("4wh", "4 working hours"),
        ("1bd", "1 business day"),
        ("3bd", "3 business days"),
    ],
)
def test_a_duration_reads_in_plain_words(text, words):
    assert label(parse(text)) == words


@given(st.sampled_from(Unit), st.data())
def test_what_is_written_is_read_back(unit, data):
    duration = Duration(data.draw(st.integers(1, LONGEST[unit])), unit)
    assert parse(str(duration)) == duration


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0h", "zero"),
        ("0bd", "zero"),
        ("-4wh", "negative"),
        ("366d", "at most 365d"),
        ("8761h", "at most 8760h"),
        ("2081wh", "at most 2080wh"),
        ("261bd", "at most 260bd"),
        ("876000h", "longer than a year"),
        ("99999999999999999d", "longer than a year"),
        ("", "not a duration"),
        ("4", "not a duration"),
        ("4w", "not a duration"),
        ("1.5h", "not a duration"),
        ("4 h", "not a duration"),
        ("4h30m", "not a duration"),
        ("٤h", "not a duration"),
        ("9" * 500 + "h", "not a duration"),
        ("4H", "not a duration"),
        ("\x00", "not a duration"),
    ],
)
def test_an_unusable_duration_is_refused_with_what_to_write(text, sentence):
    with pytest.raises(DurationError, match=sentence):
        parse(text)


@given(st.text())
def test_any_other_text_is_refused_precisely(text):
    try:
        duration = parse(text)
    except DurationError:
        return
    assert parse(str(duration)) == duration


def test_a_wall_duration_has_a_length_in_seconds():
    assert parse("2h").wall_seconds == 7200
    assert parse("90wm").span == timedelta(minutes=90)


@pytest.mark.parametrize("text", ["4wh", "45wm", "3bd"])
def test_working_time_has_no_length_in_seconds(text):
    with pytest.raises(DurationError, match="depends on a calendar"):
        _ = parse(text).wall_seconds


def test_business_days_are_no_fixed_time():
    with pytest.raises(DurationError, match="no fixed length"):
        _ = parse("3bd").span
