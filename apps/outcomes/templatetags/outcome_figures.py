"""How figures are written on the pages of outcomes."""

from django import template
from django.utils.formats import number_format

register = template.Library()

NOTHING, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


@register.filter
def figure(value: float | str | None, unit: str = "") -> str:
    """A number with as many digits as mean something, and its unit: `1.89`, `27.1 %`, `1,272 h`.

    Nothing, and what a template could not find, is a dash.
    """
    if value is None or value == "":
        return NOTHING
    value = float(value)
    digits = 2 if abs(value) < 10 and unit != "%" else 1 if abs(value) < 1000 else 0
    text = number_format(value, digits, force_grouping=True)
    return f"{text} {unit}" if unit else text


@register.filter
def signed(value: float | None, unit: str = "") -> str:
    """The same for a difference: with its sign."""
    if value is None:
        return NOTHING
    return ("+" if value > 0 else MINUS if value < 0 else "±") + figure(abs(value), unit)
