"""Drawing from strata: a fair share of each, the same whenever it is asked again."""

import math
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reviews.sampling import drawn, wanted
from apps.trust.statistics.inputs import BadInput

SECRET = b"secret"
cases = st.lists(
    st.tuples(st.uuids(), st.sampled_from(["a", "b", "c"])), unique_by=lambda case: case[0], max_size=60
)


@given(cases, st.floats(0, 1), st.randoms())
def test_every_stratum_gives_its_share_whatever_the_order(
    found: list[tuple[UUID, str]], share: float, random: object
) -> None:
    taken = drawn(found, share, SECRET)
    sizes = Counter(stratum for _key, stratum in found)
    got = Counter(stratum for key, stratum in found if key in taken)
    for stratum, size in sizes.items():
        assert math.floor(size * share) <= got[stratum] <= math.ceil(size * share)
    random.shuffle(found)  # type: ignore[attr-defined]
    assert drawn(found, share, SECRET) == taken


def test_small_strata_are_drawn_from_as_often_as_their_share_says() -> None:
    taken = sum(
        len(drawn([(UUID(int=n * 3 + one), n) for one in range(3)], 0.1, SECRET)) for n in range(4000)
    )
    assert abs(taken / 12_000 - 0.1) < 0.01


def test_another_secret_draws_others() -> None:
    found = [(UUID(int=n), "a") for n in range(1000)]
    assert drawn(found, 0.1, SECRET) != drawn(found, 0.1, b"other")


@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1, exclude_max=True))
def test_never_more_than_one_beside_the_share(size: int, share: float, toss: float) -> None:
    assert abs(wanted(size, share, toss) - size * share) <= 1


def test_a_share_outside_its_range_is_refused() -> None:
    with pytest.raises(BadInput):
        drawn([], 1.2, SECRET)
