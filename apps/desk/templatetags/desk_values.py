"""Values of arguments as people read them. For page text; no rule depends on it."""

import json
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _

from apps.routing.states import Verb

register = template.Library()


@register.filter
def readable(value: Any) -> str:
    """Text as it is; yes, no, nothing and empty in words; anything nested as JSON."""
    if value is None:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value == "":
        return _("(empty)")
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


@register.filter
def since(moment: datetime, start: datetime) -> timedelta:
    """How long after `start` a moment is; negative before it."""
    return moment - start


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as a whole percentage: `84 %`; one decimal when it would round to 0 or 100."""
    if share is None:
        return ""
    digits = 1 if 0 < share < 0.005 or 0.995 <= share < 1 else 0
    return f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%"


@register.filter
def you_decided(verb: str) -> str:
    """What a person did, told to them."""
    return {
        Verb.APPROVE.value: _("You approved"),
        Verb.REJECT.value: _("You rejected"),
        Verb.EDIT.value: _("You approved with changes"),
        Verb.CHOOSE_ALTERNATIVE.value: _("You chose another action for"),
    }[verb]
