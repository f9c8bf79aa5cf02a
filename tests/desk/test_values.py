"""Values of arguments as people read them."""

from decimal import Decimal

import pytest

from apps.desk.templatetags.desk_values import money


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("129.9", "129.90"),
        ("1234567.5", "1,234,567.50"),
        ("0.005", "0.005"),
        (Decimal("1e3"), "1,000.00"),
        ("12345678901234567890123456789.00", "12,345,678,901,234,567,890,123,456,789.00"),
        ("1e26", "100,000,000,000,000,000,000,000,000.00"),
        ("1e400", ""),
        ("1e-400", ""),
        ("NaN", ""),
        ("twelve", ""),
    ],
)
def test_an_amount_is_shown_with_its_decimals_or_not_at_all(amount: object, shown: str) -> None:
    assert money(amount) == shown
