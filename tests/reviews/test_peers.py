"""Comparing a person with others on like cases, without a database."""

from hypothesis import given
from hypothesis import strategies as st

from apps.reviews.peers import interval, likeness

counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def test_others_shares_are_taken_by_slice_and_not_over_all() -> None:
    # Others take all of slice 1 and none of slice 2; the person does just the same.
    found = likeness({1: (10, 10), 2: (90, 0)}, {1: (110, 110), 2: (190, 0)})
    assert (found.n, found.taken, found.expected) == (100, 10, 10)
    assert not found.is_unlike


def test_a_person_who_takes_everything_is_unlike_others_who_do_not() -> None:
    found = likeness({1: (80, 80)}, {1: (180, 130)})
    assert found.expected == 40
    assert found.is_unlike


def test_where_others_decided_little_nothing_is_compared() -> None:
    found = likeness({1: (80, 80)}, {1: (89, 80)})
    assert (found.n, found.is_unlike) == (0, False)
    assert interval(0, 0) == (0.0, 1.0)


@given(st.dictionaries(st.integers(0, 4), st.tuples(counts, counts)))
def test_the_figures_are_possible_whatever_was_counted(
    slices: dict[int, tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    own = {key: mine for key, (mine, _others) in slices.items()}
    everybody = {key: (a + c, b + d) for key, ((a, b), (c, d)) in slices.items()}
    found = likeness(own, everybody)
    assert 0 <= found.taken <= found.n <= sum(n for n, _taken in own.values())
    assert -1e-9 <= found.expected <= found.n + 1e-9
    assert 0 <= found.low <= found.high <= 1
    if found.n:
        assert found.low <= found.taken / found.n <= found.high
