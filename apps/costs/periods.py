"""Which day, week or month does a moment lie in, and when is the next one? Weeks begin on Monday. Pure."""

from datetime import date, timedelta

from apps.costs.states import Span

# What is counted in all began before every day.
ALWAYS = date(1970, 1, 1)
PERIODS = (Span.DAY, Span.WEEK, Span.MONTH, Span.EVER)


def start_of(span: Span, day: date) -> date:
    """The first day of the period a day lies in."""
    match span:
        case Span.DAY:
            return day
        case Span.WEEK:
            return day - timedelta(days=day.weekday())
        case Span.MONTH:
            return day.replace(day=1)
        case _:
            return ALWAYS


def next_start(span: Span, day: date) -> date | None:
    """The first day after the period a day lies in; None where it never ends by itself."""
    match span:
        case Span.DAY:
            return day + timedelta(days=1)
        case Span.WEEK:
            return start_of(span, day) + timedelta(days=7)
        case Span.MONTH:
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        case _:
            return None


def starts(day: date) -> dict[Span, date]:
    """The first days of all periods a day lies in."""
    return {span: start_of(span, day) for span in PERIODS}
