"""The `calendars:` section of the configuration file."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from apps.audit.actors import Acting
from apps.sla import actions, queries
from apps.sla.calendars import WorkingCalendar, read_calendar, write_calendar


class CalendarEntry(BaseModel):
    """One calendar. A dated exception replaces that day's hours (none: closed) and wins over a holiday."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    name: str = Field(min_length=1, max_length=120)
    zone: str = Field(max_length=60)
    weekly: dict[str, list[str]]
    exceptions: dict[date, list[str]] = {}
    holidays: dict[date, str] = {}

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        self.hours()
        return self

    def hours(self) -> WorkingCalendar:
        """The calendar as a value. Raises CalendarError."""
        return read_calendar(
            zone=self.zone,
            weekly=self.weekly,
            exceptions={on.isoformat(): hours for on, hours in self.exceptions.items()},
            holidays={on.isoformat(): name for on, name in self.holidays.items()},
        )

    def canonical(self) -> dict[str, Any]:
        """As `Calendars.current` writes it: open weekdays only, times and dates in order."""
        return _entry(self.slug, self.name, self.hours())


class Calendars:
    """Reads and writes the section; entries are never deleted by leaving them out."""

    key = "calendars"
    Model = CalendarEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """What is configured now, one canonical entry a calendar, by slug."""
        versions = queries.current_calendar_versions()
        entries = [
            _entry(version.calendar.slug, version.calendar.name, version.hours) for version in versions
        ]
        return sorted(entries, key=lambda entry: str(entry["slug"]))

    @staticmethod
    def apply(entries: list[CalendarEntry], *, by: Acting | None, now: datetime) -> None:
        """Save every calendar; one that is already so stays untouched. Raises CalendarError."""
        for entry in entries:
            written = write_calendar(entry.hours())
            actions.save_calendar(slug=entry.slug, name=entry.name, by=by, now=now, **written._asdict())


SECTIONS = [Calendars]


def _entry(slug: str, name: str, hours: WorkingCalendar) -> dict[str, Any]:
    written = write_calendar(hours)
    return {
        "slug": slug,
        "name": name,
        "zone": written.zone,
        "weekly": {day: texts for day, texts in written.weekly.items() if texts},
        "exceptions": written.exceptions,
        "holidays": written.holidays,
    }
