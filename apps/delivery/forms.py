"""The form of a webhook, and the filter of the message list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.delivery.endpoint_actions import Target
from apps.delivery.event_types import EVENT_TYPES
from apps.delivery.models import DeliveryStatus, WebhookEndpoint


class EndpointForm(forms.ModelForm):
    """Name, address and narrowing. Whether the address may be called is the action's to say."""

    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        help_text=_("A public https address. Private addresses only where the operator has allowed them."),
    )
    types = forms.MultipleChoiceField(
        label=_("Messages"),
        choices=list(EVENT_TYPES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them."),
    )
    agent_id = forms.IntegerField(
        label=_("Agent number"), required=False, min_value=1, help_text=_("Empty: of every agent.")
    )
    workflow_id = forms.IntegerField(
        label=_("Workflow number"), required=False, min_value=1, help_text=_("Empty: of every workflow.")
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["name", "url", "types", "agent_id", "workflow_id"]

    def target(self) -> Target:
        """What the valid form describes."""
        return Target(**self.cleaned_data)


class ListFilter(forms.Form):
    """Which messages to show; what cannot be read does not narrow."""

    status = forms.ChoiceField(choices=[("", _("all")), *DeliveryStatus.choices], required=False)
    endpoint = forms.IntegerField(required=False)
    before = forms.UUIDField(required=False)
