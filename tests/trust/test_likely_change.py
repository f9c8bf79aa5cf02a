"""The range the change of a share likely lies in, as pages draw it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.trust.statistics.changes import likely_change
from apps.trust.statistics.inputs import BadInput

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def test_golden_values() -> None:
    # Newcombe 1998, table II, method 10: 56/70 - 48/80, and 9/10 - 3/10.
    found = likely_change((80, 48), (70, 56))
    assert found is not None
    assert (found.by, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    found = likely_change((10, 3), (10, 9))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.1705, 0.8090), abs=1e-4)


def test_without_a_case_on_one_side_there_is_no_change_to_tell() -> None:
    assert likely_change((0, 0), (10, 3)) is None
    assert likely_change((10, 3), (0, 0)) is None


def test_more_hits_than_cases_are_refused() -> None:
    with pytest.raises(BadInput):
        likely_change((2, 3), (10, 3))


@given(COUNTS, COUNTS)
def test_the_range_holds_the_change_and_turns_round_with_it(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    forth, back = likely_change(before, after), likely_change(after, before)
    assert forth is not None
    assert back is not None
    assert -1 - 1e-12 <= forth.low <= forth.by + 1e-12
    assert forth.by - 1e-12 <= forth.high <= 1 + 1e-12
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))
