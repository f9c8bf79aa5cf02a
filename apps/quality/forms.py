"""The forms of quality. What can be wanted is said by the actions; these read fields."""

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.quality.definitions import DEFINITIONS, Definition
from apps.quality.models import Target
from apps.quality.target_setup import TargetError, Wanted

_NUMBER: dict[str, Any] = {"required": False, "max_digits": 12, "decimal_places": 4}


class TargetForm(forms.Form):
    """What is wanted of one figure."""

    target = forms.DecimalField(label=_("Target"), **_NUMBER)
    alert_at = forms.DecimalField(label=_("An alert from"), **_NUMBER)
    owner = forms.ModelChoiceField(label=_("Who answers"), queryset=User.objects.none(), empty_label=None)

    def __init__(
        self, definition: Definition, row: Target | None, people: Collection[Any], owner_id: int, data: Any
    ) -> None:
        initial: dict[str, Any] = {"owner": row.owner_id if row else owner_id}
        if row is not None:
            initial |= {"target": row.target, "alert_at": row.alert_at}
        super().__init__(data, initial=initial, prefix=definition.key)
        self.definition, self.wanted = definition, Wanted(definition.key, None, None)
        choice = cast("forms.ModelChoiceField[Any]", self.fields["owner"])
        choice.queryset = User.objects.filter(is_active=True)
        # Read once for all figures of the page.
        choice.choices = [(person.pk, person.name) for person in people]
        for name in ("target", "alert_at"):
            self.initial[name] = _plain(self.initial.get(name))

    def clean(self) -> dict[str, Any]:
        """The fields together: what is wanted."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.wanted = Wanted(self.definition.key, cleaned["target"], cleaned["alert_at"])
            except TargetError as error:
                raise forms.ValidationError(str(error)) from None
        return cleaned


class AcknowledgeForm(forms.Form):
    """That one knows, and what is done."""

    note = forms.CharField(label=_("What is done about it?"), max_length=500)


def target_forms(
    rows: dict[str, Target], people: Collection[Any], owner_id: int, data: Any = None
) -> list[TargetForm]:
    """One a figure, in the order of the scorecard."""
    return [TargetForm(one, rows.get(one.key), people, owner_id, data) for one in DEFINITIONS]


def _plain(value: Any) -> Any:
    return None if value is None else f"{value.normalize():f}"
