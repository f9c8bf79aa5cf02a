"""Event logs as people really have them: read row by row, or refused with the line and what to change."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.outcomes.reading import delimited, xes
from apps.outcomes.reading.rows import Bad, LogError, Row

MAPPING = {
    "case": "case",
    "activity": "what",
    "at": "when",
    "resource": "who",
    "delimiter": ",",
    "order": "iso",
    "zone": "Europe/Rome",
}
HEAD = b"case,what,when,who\n"


def _rows(text: bytes, **changes: str) -> list[Row | Bad]:
    return list(delimited.rows(io.BytesIO(text), MAPPING | changes))


def test_a_row_is_an_event_and_a_time_without_a_zone_is_in_the_chosen_one() -> None:
    found = _rows(HEAD + b"1,Open,2025-07-01 10:00:00,anna\n1,Close,2025-07-01T10:00:00Z,\n")
    assert found == [
        Row(2, "1", "Open", datetime(2025, 7, 1, 8, tzinfo=UTC), "anna"),
        Row(3, "1", "Close", datetime(2025, 7, 1, 10, tzinfo=UTC), ""),
    ]


@pytest.mark.parametrize(
    ("order", "moment"),
    [
        ("day", "01.07.2025 10:00"),
        ("day", "1/7/2025 10:00:00"),
        ("month", "7/1/2025 10:00 AM"),
        ("iso", "2025/07/01 10:00:00.000"),
    ],
)
def test_times_are_read_as_they_are_written(order: str, moment: str) -> None:
    (row,) = _rows(HEAD + f"1,Open,{moment},anna\n".encode(), order=order)
    assert isinstance(row, Row)
    assert row.at == datetime(2025, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",Open,2025-07-01 10:00,x", "the case is empty"),
        ("1, ,2025-07-01 10:00,x", "the activity is empty"),
        ("1,Open,yesterday,x", "'yesterday' is no time"),
        ("1,Open,1888-01-01 10:00,x", "is not between 1970 and 2200"),
        ("1,Open,2025-07-01 10:00", "it has 3 columns, the first line has 4"),
        ("1,Op\x00en,2025-07-01 10:00,x", "NUL"),
        (f"{'1' * 201},Open,2025-07-01 10:00,x", "at most 200 characters"),
    ],
)
def test_what_holds_no_event_is_told_by_its_line(line: str, reason: str) -> None:
    good, bad = _rows(HEAD + b"1,Open,2025-07-01 10:00,x\n" + line.encode() + b"\n")
    assert isinstance(good, Row)
    assert isinstance(bad, Bad)
    assert bad.line == 3
    assert reason in bad.reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "has to name the columns"),
        (b"a,b\n1,2\n", "has to name the columns"),
        (b"a,a,b\n", "the same name"),
        (b"a,,b\n", "the same name, or one has none"),
        ("fäll;was;wann\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_a_file_without_columns_is_refused(text: bytes, told: str) -> None:
    with pytest.raises(LogError, match=told):
        delimited.columns(io.BytesIO(text))


def test_columns_and_what_stands_between_them_are_guessed() -> None:
    found = delimited.columns(io.BytesIO(b"\xef\xbb\xbfCase ID;Activity;Complete Timestamp;Resource;Note\n"))
    assert found.delimiter == ";"
    assert found.guess == {
        "case": "Case ID",
        "activity": "Activity",
        "at": "Complete Timestamp",
        "resource": "Resource",
    }


@pytest.mark.parametrize(
    ("text", "amount"),
    [("12.50", "12.5"), ("-3", "-3"), ("0", "0"), ("1e3", "1000"), ("0.12345678", "0.123457"), (" ", None)],
)
def test_amounts_are_read_as_they_are(text: str, amount: str | None) -> None:
    head = b"case,what,when,who,what it cost\n"
    given = head + f"1,Open,2025-07-01 10:00,x,{text}\n".encode()
    (row,) = delimited.rows(io.BytesIO(given), MAPPING | {"cost": "what it cost"})
    assert isinstance(row, Row)
    assert row.cost == (Decimal(amount) if amount else None)


@pytest.mark.parametrize("text", ["12,50", "1 EUR", "NaN", "Infinity", "1e12", "free"])
def test_what_is_no_amount_is_told(text: str) -> None:
    head = b"case,what,when,who,what it cost\n"
    given = head + f'1,Open,2025-07-01 10:00,x,"{text}"\n'.encode()
    (bad,) = delimited.rows(io.BytesIO(given), MAPPING | {"cost": "what it cost"})
    assert isinstance(bad, Bad)
    assert "is no amount such as 12.50" in bad.reason


def test_text_that_stops_being_utf8_is_told_where() -> None:
    with pytest.raises(LogError, match="UTF-8"):
        _rows(HEAD + b"1,Open,2025-07-01 10:00,x\n" * 5000 + b"1,\xff,2025-07-01 10:00,x\n")


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(LogError, match="'ticket'"):
        _rows(HEAD, case="ticket")


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_refused(data: bytes) -> None:
    for text in (data, HEAD + data):
        try:
            found = _rows(text)
        except LogError:
            continue
        assert all(isinstance(one, Row | Bad) for one in found)


XES = b"""<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/"><trace><string key="concept:name" value="7"/>
<event><string key="concept:name" value="Open"/><date key="time:timestamp" value="2025-07-01T10:00:00+02:00"/>
<string key="org:resource" value="anna"/><string key="lifecycle:transition" value="start"/></event>
<event><string key="concept:name" value="Open"/><date key="time:timestamp" value="2025-07-01T11:00:00+02:00"/>
<string key="lifecycle:transition" value="complete"/></event>
<event><date key="time:timestamp" value="2025-07-01T12:00:00+02:00"/></event></trace></log>"""


def test_xes_gives_finished_events() -> None:
    found = list(xes.rows(io.BytesIO(XES), {"zone": "UTC"}))
    assert found == [
        Row(2, "7", "Open", datetime(2025, 7, 1, 9, tzinfo=UTC), ""),
        Bad(3, "the activity is empty"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"<html></html>", "its first element is html"),
        (XES[:300], "no XES that can be read"),
        (b"<log></log>", "no event"),
        (b'<!DOCTYPE log [<!ENTITY a "b">]><log><trace>&a;</trace></log>', "no XES that can be read"),
    ],
)
def test_what_is_no_xes_is_refused(text: bytes, told: str) -> None:
    with pytest.raises(LogError, match=told):
        list(xes.rows(io.BytesIO(text), {"zone": "UTC"}))


@given(st.binary(max_size=200))
def test_any_bytes_are_xes_or_refused(data: bytes) -> None:
    for text in (data, XES[:200] + data):
        with pytest.raises(LogError):
            list(xes.rows(io.BytesIO(text), {"zone": "UTC"}))
