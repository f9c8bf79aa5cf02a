"""How amounts and budgets are said, to people and to agents. Pure."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from apps.costs.limits import Standing
from apps.costs.states import Span


def money(amount: Decimal | float | str | None, currency: str = "") -> str:
    """An amount with as many digits as mean something: `12.30 EUR`, `0.0042 EUR`. Nothing is a dash."""
    if amount is None or amount == "":
        return "\N{EN DASH}"
    value = Decimal(amount)
    digits = 2 if value == 0 or abs(value) >= Decimal("0.1") else 4
    text = number_format(round(abs(value), digits), digits, force_grouping=True)
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{text} {currency}".strip()


def budget_name(span: Span, workflow: str) -> str:
    """Which budget it is, as a part of a sentence."""
    names = {
        Span.RUN: _("the budget of a run in {workflow}"),
        Span.DAY: _("the budget of today for {workflow}"),
        Span.WEEK: _("the budget of this week for {workflow}"),
        Span.MONTH: _("the budget of this month for {workflow}"),
        Span.EVER: _("the whole budget for {workflow}"),
    }
    return names[span].format(workflow=workflow)


def run_called(number: int, agent: str) -> str:
    """A run without the name its agent gave it, as a part of a sentence."""
    return _("no. {number} of {agent}").format(number=number, agent=agent)


def used(found: Standing, currency: str) -> str:
    """How much of how much: `50.00 of 100.00 EUR`."""
    return _("{spent} of {limit}").format(spent=money(found.spent), limit=money(found.limit, currency))


def why_stopped(found: Standing, *, workflow: str, slug: str, currency: str) -> str:
    """Which budget is spent, how much, until when, and who can raise it."""
    name = budget_name(found.span, workflow)
    said = _("{Name} is spent: {used}.").format(Name=name[:1].upper() + name[1:], used=used(found, currency))
    return f"{said} {_until(found.free_on)} {settings.BASE_URL}/costs/{slug}/budgets/"


def why_no_step(*, steps: int, cap: int, slug: str) -> str:
    """How many steps there were, how many there may be, and who can let there be more."""
    return _(
        "The run has taken {steps} steps; in this workflow it may take {cap}. End it. An admin can raise the cap: {url}"
    ).format(steps=steps, cap=cap, url=f"{settings.BASE_URL}/costs/{slug}/budgets/")


def _until(free_on: date | None) -> str:
    if free_on is None:
        return _("It stays so until an admin raises it:")
    return _("A new one begins on {day}; an admin can raise it before:").format(
        day=date_format(free_on, "j F Y")
    )
