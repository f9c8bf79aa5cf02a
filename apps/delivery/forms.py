"""The forms of webhooks, chat channels and preferences, and the filters of the lists."""

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.delivery.endpoint_actions import Target
from apps.delivery.event_types import EVENT_TYPES
from apps.delivery.inbox_actions import Wishes
from apps.delivery.kinds import KINDS
from apps.delivery.models import ChatChannel, DeliveryStatus, Preferences, WebhookEndpoint
from apps.delivery.quiet import LONGEST, Quiet


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
    channel = forms.IntegerField(required=False)
    before = forms.UUIDField(required=False)


class ChannelForm(forms.Form):
    """Name and address of a chat channel."""

    name = forms.CharField(label=_("Name"), max_length=120)
    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput({"autocomplete": "off"}),
        help_text=_(
            "The chat's incoming webhook (Slack, Mattermost, Rocket.Chat). It is stored encrypted and not shown again; "
            "left empty, it stays as it is."
        ),
    )


class ChannelAddForm(ChannelForm):
    """A new chat channel."""

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("How chains and configuration files call this channel. It cannot be changed."),
    )
    field_order = ["name", "slug", "url"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].required = True
        self.fields["url"].help_text = _(
            "The chat's incoming webhook (Slack, Mattermost, Rocket.Chat). It is stored encrypted and not shown again."
        )

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if ChatChannel.objects.filter(slug=slug).exists():
            raise ValidationError(_("There is a channel of this short name already."))
        return slug


class OwnChatForm(forms.Form):
    """The address of a person's own chat."""

    url = forms.URLField(
        label=_("Address of your chat"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput({"autocomplete": "off"}),
        help_text=_(
            "An incoming webhook that leads to you alone (Slack, Mattermost, Rocket.Chat). It is stored encrypted and "
            "not shown again."
        ),
    )


class PreferencesForm(forms.Form):
    """By which way each kind comes, and quiet hours. Ticked is wanted; what is stored is what is not."""

    email_kinds = forms.MultipleChoiceField(
        label=_("By e-mail"),
        choices=[(name, kind.label) for name, kind in KINDS.items() if not kind.presses],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    chat_kinds = forms.MultipleChoiceField(
        label=_("In your chat"),
        choices=[(name, kind.label) for name, kind in KINDS.items() if not kind.presses],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    quiet_starts = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    quiet_ends = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    zone = forms.CharField(
        label=_("Time zone of your quiet hours"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"list": "zones", "autocomplete": "off"}),
        help_text=_("Such as Europe/Berlin. Empty: the time zone of this installation."),
    )

    def __init__(self, data: Any, *, wishes: Preferences) -> None:
        kinds = [name for name, kind in KINDS.items() if not kind.presses]
        initial = {
            "email_kinds": [name for name in kinds if name not in wishes.email_off],
            "chat_kinds": [name for name in kinds if name not in wishes.chat_off],
            "quiet_starts": wishes.quiet_starts,
            "quiet_ends": wishes.quiet_ends,
            "zone": wishes.zone,
        }
        super().__init__(data, initial=initial)

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"]).strip()
        if zone and zone not in available_timezones():
            raise ValidationError(_("No such time zone. Write it as in Europe/Berlin."))
        return zone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("quiet_starts"), cleaned.get("quiet_ends")
        if bool(starts is None) != bool(ends is None) and not self.errors:
            self.add_error("quiet_ends", _("Give both times, or none."))
        elif starts is not None and ends is not None:
            zone = ZoneInfo(cleaned.get("zone") or settings.TIME_ZONE)
            if Quiet(zone, starts, ends).length > LONGEST:
                hours = int(LONGEST.total_seconds() // 3600)
                self.add_error("quiet_ends", _("At most {hours} hours a day.").format(hours=hours))
        return cleaned

    def wishes(self) -> Wishes:
        """What the valid form says."""
        given = self.cleaned_data
        kinds = [name for name, kind in KINDS.items() if not kind.presses]
        return Wishes(
            zone=given["zone"],
            quiet_starts=given["quiet_starts"],
            quiet_ends=given["quiet_ends"],
            email_off=[name for name in kinds if name not in given["email_kinds"]],
            chat_off=[name for name in kinds if name not in given["chat_kinds"]],
        )


class InboxFilter(forms.Form):
    """Which notifications to show; what cannot be read does not narrow."""

    show = forms.ChoiceField(choices=[("", _("unread")), ("all", _("all"))], required=False)
    before = forms.UUIDField(required=False)


class ReadForm(forms.Form):
    """The newest notification that was on the page."""

    up_to = forms.UUIDField()
