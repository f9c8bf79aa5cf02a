"""The fields by which the audit log is searched."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from apps.audit.queries import Search
from apps.audit.sentences import SENTENCES

_WRONG_YEAR = _("Write a year from 2000 to 2100.")
# The day after the last day a date can name is none.
_YEARS = [
    MinValueValidator(date(2000, 1, 1), _WRONG_YEAR),
    MaxValueValidator(date(2100, 12, 31), _WRONG_YEAR),
]


class SearchForm(forms.Form):
    """Dates are whole UTC days, both included."""

    verb = forms.ChoiceField(label=_("What happened"), required=False)
    actor = forms.CharField(label=_("Who"), required=False, max_length=200)
    subject = forms.CharField(
        label=_("On what"),
        required=False,
        max_length=300,
        help_text=_("The id of a proposal or task, agent:7, or an exact name."),
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        validators=_YEARS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("To"),
        required=False,
        validators=_YEARS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as Django gave them
        verbs = self.fields["verb"]
        assert isinstance(verbs, forms.ChoiceField)  # noqa: S101  (tells the type checker what was declared above)
        verbs.choices = [("", _("anything")), *((verb, verb) for verb in sorted(SENTENCES))]

    def search(self) -> Search:
        """What the valid form asks for."""
        given = self.cleaned_data
        return Search(
            verb=given["verb"],
            actor=given["actor"],
            subject=given["subject"],
            since=datetime.combine(given["since"], time(), UTC) if given["since"] else None,
            until=datetime.combine(given["until"], time(), UTC) + timedelta(days=1)
            if given["until"]
            else None,
        )
