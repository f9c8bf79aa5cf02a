"""Which month a calendar page shows."""

from datetime import date

from django import forms

FIRST_YEAR, LAST_YEAR = 1970, 2999


class MonthForm(forms.Form):
    """`month` as 2026-11, the value of an HTML month field."""

    month = forms.DateField(input_formats=["%Y-%m"], required=False)

    def chosen(self, today: date) -> date:
        """The first day of the month asked for, of today's when none or nonsense was."""
        asked = self.cleaned_data.get("month") if self.is_valid() else None
        on = asked if asked and FIRST_YEAR <= asked.year <= LAST_YEAR else today
        return on.replace(day=1)
