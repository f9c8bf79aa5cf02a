"""What is at stake: the larger of what arguments say and what is stated, in a currency nobody chooses."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.registry.amounts import at_stake

AMOUNTS = st.decimals(-1000, 1000, places=2)


@pytest.mark.parametrize(
    ("in_args", "stated", "expected"),
    [
        ([], None, (None, "")),
        ([], (1, "JPY"), (1, "JPY")),
        ([40], None, (40, "EUR")),
        ([40, -50], (45, "EUR"), (-50, "EUR")),
        ([40], (1, "JPY"), (40, "EUR")),
        ([40], (41, "JPY"), (41, "EUR")),
    ],
)
def test_what_arguments_say_is_in_the_currency_of_the_action_type(
    in_args: list[int], stated: tuple[int, str] | None, expected: tuple[int | None, str]
) -> None:
    amount, currency = stated or (None, "")
    found = at_stake(
        [Decimal(one) for one in in_args],
        own_currency="EUR",
        stated=None if amount is None else Decimal(amount),
        stated_currency=currency,
    )
    assert found == expected


@given(st.lists(AMOUNTS, min_size=1), st.none() | AMOUNTS, st.sampled_from(["EUR", "JPY", ""]))
def test_nothing_stated_makes_what_arguments_say_smaller(
    in_args: list[Decimal], stated: Decimal | None, named: str
) -> None:
    amount, currency = at_stake(in_args, own_currency="EUR", stated=stated, stated_currency=named)
    assert amount is not None
    assert abs(amount) >= max(map(abs, in_args))
    assert currency == "EUR"
