"""How templates say a duration."""

from django import template

from apps.sla.durations import label, parse

register = template.Library()


@register.filter
def plainly(text: str) -> str:
    """`4wh` as "4 working hours"."""
    return label(parse(text))
