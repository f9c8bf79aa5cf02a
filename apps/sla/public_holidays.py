"""Which public holidays does a place have? Shown to a person, who decides which of them close a calendar.

Nothing here is stored: what counts is what was confirmed and passed to `calendar_setup.save_calendar`.
"""

import re
from datetime import date

import holidays
from django.utils.translation import gettext as _
from holidays.registry import COUNTRIES

from apps.sla.hours import CalendarError


def countries() -> list[tuple[str, str]]:
    """(code, name) of the countries the library knows, by name."""
    named = ((code, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)) for name, code, *_rest in COUNTRIES.values())
    return sorted(named, key=lambda pair: pair[1])


def public_holidays(*, country: str, year: int, subdivision: str | None = None) -> dict[date, str]:
    """The holidays of a country (ISO 3166-1 alpha-2) or one of its subdivisions in a year, in order.

    Raises CalendarError for a place the library does not know.
    """
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError:
        raise CalendarError(
            _("No public holidays are known for %(place)s; write them as exceptions.")
            % {"place": "-".join(part[:20] for part in (country, subdivision) if part)}
        ) from None
    return dict(sorted(found.items()))
