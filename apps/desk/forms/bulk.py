"""Approving several tasks of one kind together."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _


class BulkForm(forms.Form):
    """Approve several tasks: `task` is sent once for each, as its id, a colon and the digest that was on the page."""

    count = forms.IntegerField(error_messages={"required": _("Type how many you approve.")})

    def clean(self) -> dict[str, Any]:
        """The typed number must be that of the tasks, which are in `seen`, {id: digest}."""
        data = super().clean() or self.cleaned_data
        seen = {}
        for pair in self.data.getlist("task"):  # type: ignore[attr-defined]  # a QueryDict
            pk, _colon, digest = pair.partition(":")
            try:
                seen[UUID(pk)] = digest
            except ValueError:
                raise forms.ValidationError(
                    _("These tasks could not be read. Open the page again.")
                ) from None
        if "count" in data and data["count"] != len(seen):
            text = _("This is not %(count)s. Nothing was decided.") % {"count": len(seen)}
            self.add_error("count", text)
        return {**data, "seen": seen}
