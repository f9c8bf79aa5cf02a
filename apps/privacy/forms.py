"""Asking that a subject's data is erased, saying no to that, and how long a workflow keeps data."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.privacy.models import Retention
from apps.privacy.policies import led_workflow_ids
from apps.privacy.retention_setup import MOST_DAYS, Keeping
from apps.registry.models import Workflow


class OrderForm(forms.Form):
    """Whose data, where, and why."""

    workflow = forms.ModelChoiceField(
        label=_("Workflow"), queryset=Workflow.objects.none(), required=False, empty_label=_("All workflows")
    )
    subject_kind = forms.CharField(
        label=_("Kind"), max_length=60, required=False, help_text=_("As agents name it: order, customer.")
    )
    subject_id = forms.CharField(
        label=_("Subject"), max_length=200, help_text=_("As agents name it: #W1, c-17.")
    )
    further = forms.CharField(
        label=_("Further proposals"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Ids of others that hold data of the subject, one a line: they are found by no name."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays in the certificate: name no one in it."),
    )

    def __init__(self, by: User, data: Any = None) -> None:
        super().__init__(data)
        field = cast("forms.ModelChoiceField[Workflow]", self.fields["workflow"])
        field.queryset = Workflow.objects.order_by("name")
        if not rights.holds_everywhere(by, Role.ADMIN):
            field.queryset = field.queryset.filter(pk__in=led_workflow_ids(by))
            field.required, field.empty_label = True, None

    def clean_further(self) -> list[UUID]:
        """The ids that are written there."""
        try:
            return [UUID(word) for word in self.cleaned_data["further"].split()]
        except ValueError:
            raise forms.ValidationError(_now("One of these is no id of a proposal.")) from None


class DeclineForm(forms.Form):
    """Why it is not erased."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


def _days(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=1, max_value=MOST_DAYS, required=False
    )


class RetentionForm(forms.Form):
    """For how many days after a proposal has ended each kind of data is kept; empty: for good."""

    contents_days = _days(
        _("Contents (days)"),
        _("What was proposed, why and about whom, evidence, notes, answers to questions. Empty: for good."),
    )
    messages_days = _days(
        _("Messages (days)"),
        _("What people were told, in the bell, by e-mail and in chats. Empty: as long as messages are kept."),
    )
    traces_days = _days(
        _("Traces (days)"),
        _("What agents said of their runs, and how these are called in the costs. Empty: for good."),
    )

    def __init__(self, row: Retention | None, data: Any = None) -> None:
        names = ("contents_days", "messages_days", "traces_days")
        super().__init__(data, initial={name: getattr(row, name) for name in names} if row else {})

    def keeping(self) -> Keeping:
        """As the verb takes it."""
        return Keeping(**self.cleaned_data)
