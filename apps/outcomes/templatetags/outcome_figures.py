"""How figures are written on the pages of outcomes."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

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
    # Django cuts digits off, it does not round.
    rounded = round(value, digits)
    text = ("" if rounded >= 0 else MINUS) + number_format(abs(rounded), digits, force_grouping=True)
    return f"{text} {unit}" if unit else text


@register.filter
def bare(value: float | None, unit: str = "") -> str:
    """The same without its unit, for the ends of an interval: as many digits as the figure they stand beside has."""
    return figure(value, unit).removesuffix(f" {unit}") if unit else figure(value)


@register.filter
def signed(value: float | None, unit: str = "") -> str:
    """The same for a difference: with its sign."""
    if value is None:
        return NOTHING
    return ("+" if value > 0 else MINUS if value < 0 else "±") + figure(abs(value), unit)


@register.filter
def lasting(seconds: float | str | None) -> str:
    """How long, in the unit that fits: `40 s`, `12 min`, `3.4 h`, `5.2 d`. Nothing is a dash."""
    if seconds is None or seconds == "":
        return NOTHING
    seconds = float(seconds)
    for unit, length, digits in ((_("d"), 86_400, 1), (_("h"), 3600, 1), (_("min"), 60, 0)):
        if seconds >= length:
            value = seconds / length
            digits = 0 if value >= 100 else digits
            return f"{number_format(round(value, digits), digits, force_grouping=True)} {unit}"
    return f"{number_format(round(seconds), 0)} {_('s')}"
