"""The floor of reading time and rows of quick approvals, without a database."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.reviews.reading import Read, ReadingRules, floor_of, mark_of, row_of, spent_on, words_in
from apps.reviews.states import Mark

RULES = ReadingRules()
MINUTE = timedelta(minutes=1)


def _quick(**changes: object) -> Read:
    return Read(**{"is_approval": True, "spent": 5.0, "floor": 3.0, "since": MINUTE} | changes)  # type: ignore[arg-type]


def test_the_floor_grows_with_what_there_is_to_read_and_ends_at_ten_seconds() -> None:
    assert [floor_of(words, RULES) for words in (0, 120, 320, 5000)] == [2.0, 5.0, 10.0, 10.0]


def test_an_easy_case_of_a_hundred_words_leaves_a_trained_reviewer_time_enough() -> None:
    assert floor_of(100, RULES) < 5


def test_there_is_no_floor_where_it_is_switched_off() -> None:
    assert floor_of(5000, ReadingRules(words_a_minute=0)) == 0
    assert floor_of(5000, ReadingRules(longest_seconds=0)) == 0


def test_a_long_line_without_spaces_is_not_one_word() -> None:
    assert words_in(["a b", "x" * 100, ""]) == 12


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_to_read_never_lowers_the_floor(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert 2 <= floor_of(low, RULES) <= floor_of(high, RULES) <= RULES.longest_seconds


def test_time_the_page_was_looked_at_counts_where_it_is_known() -> None:
    assert spent_on(timedelta(seconds=90), 4_000) == 4
    assert spent_on(timedelta(seconds=90), None) == 90


def test_below_the_floor_it_is_too_fast_whatever_was_decided() -> None:
    for is_approval in (True, False):
        assert mark_of(_quick(is_approval=is_approval, spent=2.9), [], RULES) is Mark.TOO_FAST
    assert mark_of(_quick(spent=3.0), [], RULES) is None


def test_the_twentieth_quick_approval_in_a_row_is_marked_and_so_are_those_after_it() -> None:
    assert mark_of(_quick(), [_quick()] * 18, RULES) is None
    assert mark_of(_quick(), [_quick()] * 19, RULES) is Mark.STREAK
    assert mark_of(_quick(), [_quick()] * 40, RULES) is Mark.STREAK


def test_an_override_a_slow_look_or_a_pause_ends_a_row() -> None:
    for breaker in (_quick(is_approval=False), _quick(spent=9.0)):
        assert row_of(_quick(), [*[_quick()] * 5, breaker, *[_quick()] * 30]) == 6
        assert mark_of(_quick(), [breaker, *[_quick()] * 30], RULES) is None
    paused = _quick(since=timedelta(minutes=11))
    assert row_of(_quick(), [*[_quick()] * 5, paused, *[_quick()] * 30]) == 7
    assert row_of(_quick(is_approval=False), [_quick()] * 30) == 0


def test_rows_can_be_allowed() -> None:
    assert mark_of(_quick(), [_quick()] * 50, ReadingRules(streak=0)) is None


@given(
    st.lists(st.builds(Read, st.booleans(), st.floats(0, 30), st.floats(0, 10), st.none() | st.just(MINUTE))),
    st.integers(2, 30),
)
def test_a_row_is_never_longer_than_what_there_is(before: list[Read], streak: int) -> None:
    last = _quick()
    assert 1 <= row_of(last, before) <= 1 + len(before)
    if mark_of(last, before, ReadingRules(streak=streak)) is Mark.STREAK:
        assert len(before) + 1 >= streak
        assert all(one.is_quick_approval for one in before[: streak - 1])
