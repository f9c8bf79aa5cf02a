"""What a month costs: the formula by hand, and what must hold of it whatever the figures are."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.costs.modelling import Assumed


def _assumed(**changes: object) -> Assumed:
    given = {"cases": 100, "agent_cost": "0.5", "reviewed": "50", "minutes": "6", "hour_cost": "40"}
    given |= {"wrong": "2", "error_cost": "25", "fixed": "10"} | changes
    return Assumed(cases=given.pop("cases"), **{name: Decimal(str(value)) for name, value in given.items()})


def test_by_hand() -> None:
    one = _assumed()
    # Half of the cases take a tenth of an hour of 40; one in fifty costs 25.
    assert (one.people, one.errors) == (Decimal(2), Decimal("0.5"))
    assert one.month == 100 * Decimal("3.0") + 10
    assert one.per_case == Decimal("3.1")
    assert one.saved(Decimal(7)) == 700 - 310


def test_without_cases_there_is_no_case_to_cost() -> None:
    one = _assumed(cases=0)
    assert (one.month, one.per_case, one.saved(Decimal(7))) == (10, None, -10)


@given(
    st.integers(1, 10**6),
    st.sampled_from(["agent_cost", "reviewed", "minutes", "hour_cost", "wrong", "error_cost", "fixed"]),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_more_of_anything_never_costs_less(cases: int, name: str, less: int, more: int) -> None:
    low = _assumed(cases=cases, **{name: less})
    high = _assumed(cases=cases, **{name: less + more})
    assert low.month <= high.month
    assert low.saved(Decimal(1)) >= high.saved(Decimal(1))
