"""How amounts are written on the pages of costs."""

from decimal import Decimal

from django import template

from apps.costs.wording import money as in_words

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """`12.30 EUR`; nothing is a dash."""
    return in_words(amount, currency)


@register.filter
def at_most_all(percent: int) -> int:
    """For a bar, which ends at 100."""
    return min(100, percent)
