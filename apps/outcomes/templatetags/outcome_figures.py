"""How figures are written on the pages of outcomes."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def figure(value: float | None, unit: str = "") -> str:
    """A number with as many digits as mean something, and its unit: `1.89`, `27.1 %`, `1,272 h`."""
    if value is None:
        return "–"
    value = float(value)
    digits = 2 if abs(value) < 10 and unit != "%" else 1 if abs(value) < 1000 else 0
    text = number_format(value, digits, force_grouping=True)
    return f"{text} {unit}" if unit else text


@register.filter
def signed(value: float | None, unit: str = "") -> str:
    """The same for a difference: with its sign."""
    if value is None:
        return "–"
    return ("+" if value > 0 else "−" if value < 0 else "±") + figure(abs(value), unit)
