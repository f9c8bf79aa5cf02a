"""Keys of the next page: what is written is read, and anything else is the beginning."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.page_keys import moment_and_number, moment_and_uuid, written_key

MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(MOMENTS, st.uuids())
def test_the_key_of_a_row_with_a_uuid_is_read_back(at: datetime, ident: UUID) -> None:
    assert moment_and_uuid(written_key(at, ident)) == (at, ident)


@given(MOMENTS, st.integers(0, 10**18 - 1))
def test_the_key_of_a_row_with_a_number_is_read_back(at: datetime, ident: int) -> None:
    assert moment_and_number(written_key(at, ident)) == (at, ident)


@pytest.mark.parametrize("number", ["", "x", "-1", "1_0", "\u0663", "9" * 19])
def test_what_the_database_does_not_count_to_is_no_key(number: str) -> None:
    assert moment_and_number(f"2026-01-01T00:00:00~{number}") is None


@given(st.text())
def test_any_text_is_a_key_or_none(text: str) -> None:
    for read in (moment_and_number, moment_and_uuid):
        found = read(text)
        assert found is None or found[0].tzinfo is not None


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00+20:00", "0001-01-01T00:00:00+20:00"])
def test_an_offset_postgresql_refuses_is_the_same_moment_in_utc_or_no_key(moment: str) -> None:
    found = moment_and_number(f"{moment}~1")
    assert found is None or found[0].utcoffset() == timedelta()
