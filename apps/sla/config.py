"""The `calendars:` and `sla_policies:` sections of the configuration file."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from apps.accounts.models import User
from apps.sla import calendar_setup, queries
from apps.sla.calendars import WorkingCalendar, read_calendar, write_calendar
from apps.sla.durations import parse
from apps.sla.policy_setup import LONGEST_PAUSE, WARN_AT, Targets, save_policy, targets_of

_IMPORTED = "Imported from a configuration file"


def _duration(text: str) -> str:
    return str(parse(text))


DurationText = Annotated[str, AfterValidator(_duration)]


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
    def apply(entries: list[CalendarEntry], *, by: User | None, now: datetime) -> None:
        """Save every calendar; one that is already so stays untouched. Raises NotAllowed, CalendarError."""
        for entry in entries:
            written = write_calendar(entry.hours())
            calendar_setup.save_calendar(
                slug=entry.slug, name=entry.name, by=by, now=now, **written._asdict()
            )


class SlaPolicyEntry(BaseModel):
    """One SLA policy. `warn_at` is in percent of a target; durations are compact text such as `4wh`."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    name: str = Field(min_length=1, max_length=120)
    claim: DurationText
    decide: DurationText
    result: DurationText
    warn_at: list[Annotated[int, Field(ge=1, le=99)]] = list(WARN_AT)
    longest_pause: DurationText = LONGEST_PAUSE

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        self.targets()
        return self

    def targets(self) -> Targets:
        """The policy as a value. Raises PolicyError, DurationError."""
        return Targets(
            claim=self.claim,
            decide=self.decide,
            result=self.result,
            warn_at=tuple(self.warn_at),
            longest_pause=self.longest_pause,
        )

    def canonical(self) -> dict[str, Any]:
        """As `SlaPolicies.current` writes it."""
        return _policy(self.slug, self.name, self.targets())


class SlaPolicies:
    """Reads and writes the section; a policy that differs gets a new version, for new work only."""

    key = "sla_policies"
    Model = SlaPolicyEntry

    @staticmethod
    def current() -> list[dict[str, Any]]:
        """What is configured now, by slug."""
        versions = sorted(queries.current_policy_versions(), key=lambda version: version.policy.slug)
        return [
            _policy(version.policy.slug, version.policy.name, targets_of(version)) for version in versions
        ]

    @staticmethod
    def apply(entries: list[SlaPolicyEntry], *, by: User | None, now: datetime) -> None:
        """Save every policy; one that is already so stays untouched. Raises NotAllowed, CalendarError."""
        for entry in entries:
            save_policy(
                slug=entry.slug, name=entry.name, targets=entry.targets(), reason=_IMPORTED, by=by, now=now
            )


SECTIONS = [Calendars, SlaPolicies]


def _policy(slug: str, name: str, targets: Targets) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": name,
        "claim": targets.claim,
        "decide": targets.decide,
        "result": targets.result,
        "warn_at": list(targets.warn_at),
        "longest_pause": targets.longest_pause,
    }


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
