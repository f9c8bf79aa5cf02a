"""The form that orders a back-test."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.routing.models import PolicyVersion
from apps.rulebook.models import PolicyDraft
from apps.rulebook.ordering import FEWEST, MOST, comparable

_USUAL = 10_000


class OrderForm(forms.Form):
    """On how many proposals, and beside which published version."""

    last = forms.IntegerField(
        label=_("Last proposals"),
        help_text=_("From 100 to 1,000,000; the newest that came in."),
        min_value=FEWEST,
        max_value=MOST,
        initial=_USUAL,
    )
    against = forms.ModelChoiceField(
        label=_("Compared with"),
        queryset=PolicyVersion.objects.none(),
        help_text=_("The first is the one that holds now."),
        empty_label=None,
    )

    def __init__(self, draft: PolicyDraft, data: Any = None) -> None:
        super().__init__(data)
        versions = comparable(draft)
        field = cast("forms.ModelChoiceField[PolicyVersion]", self.fields["against"])
        field.queryset, field.initial = versions, versions.first()
