"""The range a share likely lies in, as pages draw it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.trust.statistics.inputs import BadInput
from apps.trust.statistics.shares import likely_range


def test_golden_values() -> None:
    # Wilson's score interval as tabulated (R: binom::binom.wilson).
    assert likely_range(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert likely_range(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert likely_range(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert likely_range(0, 0) == (0.0, 1.0)


def test_more_hits_than_cases_are_refused() -> None:
    with pytest.raises(BadInput):
        likely_range(3, 2)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_holds_the_share_it_was_seen_at_and_stays_a_share(seen: tuple[int, int]) -> None:
    hits, cases = seen
    low, high = likely_range(hits, cases)
    assert 0 <= low <= hits / cases + 1e-12
    assert hits / cases - 1e-12 <= high <= 1
    mirrored = likely_range(cases - hits, cases)
    assert (low, high) == pytest.approx((1 - mirrored[1], 1 - mirrored[0]))
