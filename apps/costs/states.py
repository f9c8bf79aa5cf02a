"""What a budget is for, how far it is used, and the scenarios of a cost model. Values and their order; no I/O."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

LEVELS = (50, 80, 100)
"""Shares of a budget, in percent, at which people are told; at the last one work stops."""

TIMES_BENCHMARK = 3
"""A run that costs so many times its agent's benchmark is told."""


class Span(models.TextChoices):
    """What a budget is for: one run, or everything in the workflow within a day, week or month, or ever."""

    RUN = "run", _("one run")
    DAY = "day", _("a day")
    WEEK = "week", _("a week")
    MONTH = "month", _("a month")
    EVER = "ever", _("in all")


class ScenarioKind(models.TextChoices):
    """How a month may go."""

    EXPECTED = "expected", _("expected")
    EDGE = "edge", _("edge")
    FAILURE = "failure", _("failure")


def level_of(spent: Decimal, limit: Decimal) -> int:
    """The highest of `LEVELS` that is reached, or 0."""
    return max((level for level in LEVELS if spent * 100 >= limit * level), default=0)
