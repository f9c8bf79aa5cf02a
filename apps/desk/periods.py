"""The period a report is about, as it stands in the address of its page: whole days of the installation's time zone."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.desk.queries.attainment import Period

LONGEST_DAYS = 366
USUAL_DAYS = 30
SHORTCUTS = (7, 30, 90)


class PeriodForm(forms.Form):
    """Both days are included."""

    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any, *, now: datetime) -> None:
        self._today = timezone.localtime(now).date()
        until = data.get("until") or self._today.isoformat()
        since = data.get("since") or (self._today - timedelta(days=USUAL_DAYS - 1)).isoformat()
        super().__init__({"since": since, "until": until}, auto_id="period_%s", use_required_attribute=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until:
            if until < since:
                raise ValidationError(_("The period ends before it begins: let From be the earlier day."))
            if (until - since).days >= LONGEST_DAYS:
                raise ValidationError(_("A report covers at most a year: choose days nearer to each other."))
            if since.year < 2000 or until.year > 2999:
                raise ValidationError(_("Choose days of this century."))
        return cleaned

    def period(self) -> Period | None:
        """What a valid form asks for; None for one that is not."""
        if not self.is_valid():
            return None
        return _between(self.cleaned_data["since"], self.cleaned_data["until"])

    def shortcuts(self) -> list[tuple[int, str, bool]]:
        """(days, query of the address, whether it is the one that is shown) for the usual periods up to today."""
        found = []
        for days in SHORTCUTS:
            since = self._today - timedelta(days=days - 1)
            shown = self.data["since"] == since.isoformat() and self.data["until"] == self._today.isoformat()
            found.append((days, f"since={since:%Y-%m-%d}&until={self._today:%Y-%m-%d}", shown))
        return found


def _between(since: date, until: date) -> Period:
    zone = timezone.get_current_timezone()
    return Period(
        datetime.combine(since, time(), zone), datetime.combine(until + timedelta(days=1), time(), zone)
    )
