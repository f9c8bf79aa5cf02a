"""The fields by which the audit log is searched."""

from datetime import UTC, datetime, time, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.audit.queries import Search
from apps.audit.sentences import SENTENCES


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
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
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
