"""What people say about an item of readiness and about a slice they reviewed, and what they look for."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assurance.register import Wanted
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.trust import review_dates
from apps.trust.models import ReadinessItem
from apps.trust.readiness import LEAST_EVIDENCE, MOST_EVIDENCE, bounds, usual_end
from apps.trust.states import ReadyItem


class OwnedForm(forms.Form):
    """Who answers for an item, and its last day. The rules are the policy's; the fields help to keep them."""

    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), empty_label=None)
    expires_on = forms.DateField(
        label=_("Holds until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self,
        item: ReadyItem,
        row: ReadinessItem | None,
        *,
        owners: Sequence[User],
        today: date,
        data: Any = None,
    ) -> None:
        super().__init__(
            data,
            auto_id=f"id_{item.value}_%s",
            initial={
                "owner": row.owner_id if row else None,
                "expires_on": usual_end(item, today),
                "evidence": row.evidence if row else "",
                "link": row.link if row else "",
            },
        )
        people = cast("forms.ModelChoiceField[User]", self.fields["owner"])
        people.queryset = User.objects.filter(pk__in=[person.pk for person in owners]).order_by("name")
        first, last = bounds(item, today)
        self.fields["expires_on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}


class ItemForm(OwnedForm):
    """The evidence as well."""

    evidence = forms.CharField(
        label=_("Evidence"),
        help_text=format_lazy(
            _("What was done or looked at, when, and what came of it, in {least} characters or more."),
            least=LEAST_EVIDENCE,
        ),
        min_length=LEAST_EVIDENCE,
        error_messages={
            "min_length": _(
                "This says too little: write in %(limit_value)d characters or more what was done, when, and what came"
                " of it."
            )
        },
        max_length=MOST_EVIDENCE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    link = forms.URLField(
        label=_("Link"),
        help_text=_("Where it is written down, if it is."),
        required=False,
        max_length=500,
        assume_scheme="https",
    )

    field_order = ("evidence", "link", "owner", "expires_on")


class ReopenForm(forms.Form):
    """Why an item does not hold any more."""

    reason = forms.CharField(
        label=_("Why it does not hold any more"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, item: ReadyItem, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_{item.value}_reopen_%s")


def form_for(
    item: ReadyItem,
    row: ReadinessItem | None,
    *,
    owners: Sequence[User],
    today: date,
    data: Any = None,
) -> OwnedForm:
    """The form of an item: of the escalation path the trigger writes the evidence."""
    kind = OwnedForm if item is ReadyItem.ESCALATION else ItemForm
    return kind(item, row, owners=owners, today=today, data=data)


class RegisterForm(forms.Form):
    """Which slices of the register one wants to see."""

    workflow = forms.ChoiceField(label=_("Workflow"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[("", _("any")), *Stage.choices])
    overdue = forms.BooleanField(label=_("Only overdue reviews"), required=False)

    def __init__(self, workflows: QuerySet[Workflow], data: Any = None) -> None:
        super().__init__(data)
        named = workflows.order_by("name").values_list("slug", "name")
        cast("forms.ChoiceField", self.fields["workflow"]).choices = [("", _("all")), *named]

    @property
    def wanted(self) -> Wanted:
        """As values; what is no choice asks for everything."""
        if not self.is_valid():
            return Wanted()
        return Wanted(**self.cleaned_data)


class ReviewForm(forms.Form):
    """What a review of a slice found, and when the next is due."""

    note = forms.CharField(
        label=_("What you looked at, and why it stays"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    next_on = forms.DateField(
        label=_("Next review by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, stage: str, today: date, data: Any = None) -> None:
        super().__init__(data, initial={"next_on": review_dates.usual_next(stage, today)})
        first, last = review_dates.bounds(stage, today)
        self.fields["next_on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
