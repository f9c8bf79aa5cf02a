"""Cohen's kappa: published figures, and what must hold for every table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reviews.kappa import ENOUGH, agreement

# "Agreement Study", SAS/STAT User's Guide, The FREQ Procedure: two dermatologists, 88 patients, four grades.
DERMATOLOGISTS = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]

tables = st.integers(2, 4).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 60), min_size=size, max_size=size), min_size=size, max_size=size
    )
)


def test_it_is_what_sas_publishes_for_two_dermatologists() -> None:
    found = agreement(DERMATOLOGISTS)
    assert (found.n, found.same) == (88, 45)
    assert found.kappa == pytest.approx(0.3449, abs=5e-5)
    assert found.error == pytest.approx(0.0724, abs=5e-5)
    assert (found.low, found.high) == (pytest.approx(0.2030, abs=5e-5), pytest.approx(0.4868, abs=5e-5))
    assert found.is_enough


def test_two_who_toss_coins_agree_no_more_than_chance() -> None:
    found = agreement([[25, 25], [25, 25]])
    assert found.kappa == pytest.approx(0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_full_agreement_of_few_proves_little_and_of_many_a_lot() -> None:
    few, many = agreement([[3, 0], [0, 3]]), agreement([[300, 0], [0, 300]])
    assert few.kappa == many.kappa == 1
    assert few.low is not None
    assert many.low is not None
    assert few.low < 0 < 0.95 < many.low
    assert (few.is_enough, many.is_enough) == (False, True)


def test_where_both_always_choose_the_same_one_thing_there_is_no_kappa() -> None:
    found = agreement([[80, 0], [0, 0]])
    assert (found.kappa, found.same, found.is_enough) == (None, 80, False)
    assert agreement([[0, 0], [0, 0]]).n == 0


@pytest.mark.parametrize("table", [[[1, 2]], [[1, 2], [3]], [[1, -1], [0, 2]]])
def test_what_is_no_square_table_of_counts_is_refused(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="square table"):
        agreement(table)


@given(tables)
def test_its_interval_holds_it_and_its_turned_table_has_the_same(table: list[list[int]]) -> None:
    found = agreement(table)
    turned = agreement([list(column) for column in zip(*table, strict=True)])
    assert (found.n, found.same) == (turned.n, turned.same)
    if found.kappa is None:
        assert turned.kappa is None
        return
    assert found.low is not None
    assert found.high is not None
    assert turned.kappa is not None
    assert -1 <= found.low <= found.kappa + 1e-9
    assert found.kappa <= found.high + 1e-9 <= 1 + 2e-9
    assert turned.kappa == pytest.approx(found.kappa)
    assert turned.error == pytest.approx(found.error)
    assert found.is_enough == (found.n >= ENOUGH)


@given(tables, st.integers(2, 5))
def test_more_of_the_same_says_the_same_more_narrowly(table: list[list[int]], times: int) -> None:
    once, often = agreement(table), agreement([[count * times for count in row] for row in table])
    if once.kappa is None:
        assert often.kappa is None
        return
    assert often.kappa == pytest.approx(once.kappa)
    assert once.error is not None
    assert often.error == pytest.approx(once.error / times**0.5)


@given(tables, st.permutations(range(4)))
def test_the_names_of_the_choices_do_not_matter(table: list[list[int]], order: list[int]) -> None:
    order = [place for place in order if place < len(table)]
    renamed = agreement([[table[i][j] for j in order] for i in order])
    found = agreement(table)
    assert renamed.kappa == (None if found.kappa is None else pytest.approx(found.kappa))
