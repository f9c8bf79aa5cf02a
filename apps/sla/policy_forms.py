"""The form in which an admin writes an SLA policy."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.sla.durations import DurationError, parse
from apps.sla.models import SlaPolicy, SlaPolicyVersion
from apps.sla.policy_setup import LONGEST_PAUSE, WARN_AT, PolicyError, Targets, check_order


class DurationField(forms.CharField):
    """A duration as compact text; refused with the sentence that says what to write."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=12, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return str(parse(text))
        except DurationError as error:
            raise ValidationError(str(error)) from error


class PolicyForm(forms.Form):
    """Targets, warnings and the longest pause."""

    name = forms.CharField(label=_("Name"), max_length=120)
    claim = DurationField(
        label=_("Claimed within"),
        help_text=_(
            "m, h, d run always; wm, wh only while the queue's calendar is open; bd are business days."
        ),
    )
    decide = DurationField(label=_("Decided within"))
    result = DurationField(label=_("Result reported within"), help_text=_("Counted from the approval."))
    warn_at = forms.CharField(
        label=_("Warn at"),
        max_length=60,
        initial=", ".join(map(str, WARN_AT)),
        help_text=_("Percent of a target's time, divided by commas. Each is warned at once."),
    )
    longest_pause = DurationField(
        label=_("Longest pause"),
        initial=LONGEST_PAUSE,
        help_text=_("How long questions to the agent may stop the clock of the decision, all together."),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=500, required=False, help_text=_("Kept with the version.")
    )

    @staticmethod
    def written(version: SlaPolicyVersion) -> dict[str, str]:
        """The form's initial values for a policy as it is."""
        return {
            "name": version.policy.name,
            "claim": version.claim_within,
            "decide": version.decide_within,
            "result": version.result_within,
            "warn_at": ", ".join(map(str, version.warn_at)),
            "longest_pause": version.longest_pause,
        }

    def clean_warn_at(self) -> tuple[int, ...]:
        parts = [part.strip(" %") for part in self.cleaned_data["warn_at"].split(",")]
        if not all(part.isdecimal() and part.isascii() for part in parts):
            raise ValidationError(_("Write whole numbers divided by commas, such as 50, 75, 90."))
        return tuple(int(part) for part in parts)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                check_order(self.targets())
            except (PolicyError, DurationError) as error:
                raise ValidationError(str(error)) from error
        return cleaned

    def targets(self) -> Targets:
        """What `save_policy` takes. Raises PolicyError, DurationError."""
        names = ("claim", "decide", "result", "warn_at", "longest_pause")
        return Targets(**{name: self.cleaned_data[name] for name in names})


class PolicyAddForm(PolicyForm):
    """A new policy."""

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("How the routing matrix and configuration files call this policy. It cannot be changed."),
    )
    field_order = ["name", "slug"]

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if slug == "add" or SlaPolicy.objects.filter(slug=slug).exists():
            raise ValidationError(_("This short name is taken: choose another one."))
        return slug
