"""What is typed on the pages about checks: why, what is right, how a dispute ends, and a queue's settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.reviews import adjudicating, disputing
from apps.reviews.check_setup import CheckRules, problems
from apps.reviews.states import Ruling


class DisputeForm(forms.Form):
    """Why the known answer is wrong."""

    note = forms.CharField(
        label=_("What is wrong with the known answer?"),
        max_length=disputing.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RulingForm(forms.Form):
    """How a dispute ends, and why."""

    ruling = forms.ChoiceField(label=_("Who is right?"), choices=Ruling.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Why? The reviewer reads it."),
        max_length=disputing.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AdjudicateForm(forms.Form):
    """What is right in a case, of what it could be, and why."""

    answer = forms.ChoiceField(label=_("What is right?"), widget=forms.RadioSelect)
    explanation = forms.CharField(
        label=_("Why? Whoever is shown the case reads it afterwards."),
        max_length=adjudicating.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, offered: list[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data)
        self.fields["answer"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField, declared above


class RetireForm(forms.Form):
    """Why a known case is shown no more."""

    because = forms.CharField(label=_("Why is it shown no more?"), max_length=adjudicating.LONGEST)
    is_wrong = forms.BooleanField(label=_("Its answer was wrong: take out what it counted"), required=False)


class ChecksForm(forms.Form):
    """How the reviewers of a queue are checked; 0 switches off."""

    gold_percent = forms.FloatField(
        label=_("Known cases among a person's reviews (percent)"),
        required=False,
        help_text=_("2 to 5 is usual. Empty: as the installation says."),
    )
    second_percent = forms.FloatField(
        label=_("Decisions another person decides again, blind (percent)"), help_text=_("0: none.")
    )
    reading_words = forms.IntegerField(
        label=_("Words a minute nobody exceeds"),
        help_text=_(
            "A decision made in less time than its words take at this pace is no evidence of trust. 0: no floor."
        ),
    )
    reading_seconds = forms.IntegerField(
        label=_("The longest floor, in seconds"), help_text=_("Nobody has to read all of a long record.")
    )
    streak = forms.IntegerField(
        label=_("Quick approvals in a row that are too many"), help_text=_("0: any row is allowed.")
    )

    def clean(self) -> dict[str, Any]:
        """Each value within its bounds, with the sentence of the verb."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            for field, sentence in problems(self.rules()).items():
                self.add_error(field, sentence)
        return data

    def rules(self) -> CheckRules:
        """What to set. Only for fields that are numbers."""
        return CheckRules(**{name: self.cleaned_data[name] for name in self.fields})
