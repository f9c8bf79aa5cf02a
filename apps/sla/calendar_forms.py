"""Forms in which an admin writes a calendar: hours as text, one line a date, holidays to confirm."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.sla.calendars import WEEKDAYS, read_calendar
from apps.sla.hours import CalendarError
from apps.sla.models import Calendar, CalendarVersion
from apps.sla.public_holidays import countries, public_holidays

_NAMES = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}
_CLOSED = "closed"


class DatedLines(forms.CharField):
    """Text of one `2026-12-24: something` a line, as {date text: something}."""

    widget = forms.Textarea(attrs={"rows": 4})

    def clean(self, value: Any) -> dict[str, str]:
        lines: dict[str, str] = {}
        for line in str(super().clean(value)).splitlines():
            on, colon, rest = (part.strip() for part in line.partition(":"))
            if not on and not colon:
                continue
            if not colon or not rest:
                raise ValidationError(
                    _("“%(line)s” has no date and colon; write one date a line, such as 2026-12-24: closed."),
                    params={"line": line[:60]},
                )
            if on in lines:
                raise ValidationError(_("%(date)s is given twice."), params={"date": on[:20]})
            lines[on] = rest
        return lines


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]


class CalendarForm(forms.Form):
    """Name, zone and hours of a calendar. Several intervals a day are divided by commas."""

    name = forms.CharField(label=_("Name"), max_length=120)
    zone = forms.ChoiceField(label=_("Time zone"), choices=_zones, initial="UTC")
    mon, tue, wed, thu, fri, sat, sun = (
        forms.CharField(label=_NAMES[day], required=False, max_length=200) for day in WEEKDAYS
    )
    exceptions = DatedLines(
        label=_("Dates with hours of their own"),
        required=False,
        help_text=_("One a line: 2026-12-24: 09:00-12:00, or 2026-12-24: closed. They win over holidays."),
    )
    holidays = DatedLines(
        label=_("Closed days with a name"),
        required=False,
        help_text=_("One a line: 2026-12-25: Christmas Day."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mon"].help_text = _("Such as 09:00-12:00, 13:00-17:00. Empty is closed.")

    @staticmethod
    def written(version: CalendarVersion) -> dict[str, str]:
        """The form's initial values for a calendar as it is."""
        return {
            "name": version.calendar.name,
            "zone": version.zone,
            **{day: ", ".join(version.weekly.get(day, ())) for day in WEEKDAYS},
            "exceptions": _lines(
                (on, ", ".join(texts) or _CLOSED) for on, texts in version.exceptions.items()
            ),
            "holidays": _lines(version.holidays.items()),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                read_calendar(**{name: value for name, value in self.calendar().items() if name != "name"})
            except CalendarError as error:
                raise ValidationError(str(error)) from error
        return cleaned

    def calendar(self) -> dict[str, Any]:
        """What `save_calendar` takes."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "zone": given["zone"],
            "weekly": {day: _intervals(given[day]) for day in WEEKDAYS},
            "exceptions": {
                on: [] if text == _CLOSED else _intervals(text) for on, text in given["exceptions"].items()
            },
            "holidays": given["holidays"],
        }


class CalendarAddForm(CalendarForm):
    """A new calendar."""

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("How configuration files call this calendar. It cannot be changed."),
    )
    field_order = ["name", "slug"]

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if slug == "add" or Calendar.objects.filter(slug=slug).exists():
            raise ValidationError(_("This short name is taken: choose another one."))
        return slug


class HolidayPlaceForm(forms.Form):
    """Whose public holidays to look at."""

    country = forms.ChoiceField(label=_("Country"), choices=countries)
    subdivision = forms.CharField(
        label=_("Part of it"),
        required=False,
        max_length=10,
        help_text=_("Such as BY for Bavaria. May be empty."),
    )
    year = forms.IntegerField(label=_("Year"), min_value=1970, max_value=2100)

    def found(self) -> dict[date, str]:
        """The days, in order; none when the place is not known, which is then an error of the form."""
        if not self.is_valid():
            return {}
        given = self.cleaned_data
        try:
            return public_holidays(
                country=given["country"], subdivision=given["subdivision"] or None, year=given["year"]
            )
        except CalendarError as error:
            self.add_error("subdivision" if given["subdivision"] else "country", str(error))
            return {}


class HolidayChoiceForm(forms.Form):
    """Which of the days found close the calendar: none does before it is confirmed here."""

    def __init__(
        self, *args: Any, found: Mapping[date, str], known: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._found = {on.isoformat(): name for on, name in found.items()}
        self._known = known
        self.fields["days"] = forms.MultipleChoiceField(
            label=_("Closed on"),
            choices=[(on.isoformat(), f"{on:%a} {on.isoformat()}: {name}") for on, name in found.items()],
            initial=list(self._found),
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )

    def merged(self) -> dict[str, str]:
        """The calendar's holidays with those confirmed, without those of the list that were not."""
        kept = {on: name for on, name in self._known.items() if on not in self._found}
        return kept | {on: self._found[on] for on in self.cleaned_data["days"]}


def _intervals(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{on}: {text}" for on, text in sorted(pairs))
