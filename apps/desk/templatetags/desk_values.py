"""Values of arguments as people read them. For page text; no rule depends on it."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from math import isclose
from typing import Any

from django import template
from django.utils.translation import gettext as _

from apps.delivery.unseen import seen
from apps.desk.texts.instructions import Habit
from apps.proposals.masking import Hidden
from apps.registry.models import ReasonCode
from apps.routing.states import Verb

register = template.Library()
# No amount has more digits before or after its point.
_MOST_DIGITS = 30


@register.filter
def readable(value: Any) -> str:
    """Text as it is; yes, no, nothing and empty in words; anything nested as JSON."""
    if value is None:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value == "":
        return _("(empty)")
    if isinstance(value, str | Hidden):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


@register.filter
def without_unseen(text: Any) -> str:
    """An agent's text where there is no room to show the signs nobody sees: without them."""
    return seen(str(text))


@register.filter
def money(amount: Any) -> str:
    """An amount with its decimals and thousands; empty for what is no finite number."""
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return ""
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        return ""
    with localcontext(prec=3 * _MOST_DIGITS):
        return f"{value:,.2f}" if value == round(value, 2) else f"{value:,f}"


@register.filter
def habit_sentence(habit: Habit) -> str:
    """What a text does, told to who reads it."""
    return {
        Habit.OVERRULES: _("It tells somebody to drop their instructions or rules."),
        Habit.PRESSES: _("It tells the reader, or a model, what to do."),
        Habit.CLAIMS: _("It says that somebody has approved. That is a claim in a text."),
        Habit.POSES: _("It poses as a system message or as another speaker."),
        Habit.HIDES: _("It holds signs nobody sees. They are shown here."),
        Habit.TURNS: _("It turns the direction of text, so that it reads other than it is."),
        Habit.ENCODES: _("It holds an encoded block."),
        Habit.MIMICS: _("It holds letters that look like others."),
    }[habit]


@register.filter
def since(moment: datetime, start: datetime) -> timedelta:
    """How long after `start` a moment is; negative before it."""
    return moment - start


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as a whole percentage: `84 %`; one decimal when it would round to 0 or 100."""
    if share is None:
        return ""
    digits = 1 if 0 < share < 0.005 or (0.995 <= share < 1 and not isclose(share, 1)) else 0
    return f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%"


@register.filter
def on_scale(share: float) -> float:
    """Where a share from 0 to 1 lies on a picture's scale of a hundred, to a tenth."""
    return round(min(max(share, 0), 1) * 100, 1)


@register.filter
def decided_as(verb: str) -> str:
    """What people did with a proposal."""
    return {
        Verb.APPROVE.value: _("approved"),
        Verb.REJECT.value: _("rejected"),
        Verb.EDIT.value: _("approved with changes"),
        Verb.CHOOSE_ALTERNATIVE.value: _("chose another action"),
    }[verb]


@register.filter
def reason_in(code: str, reasons: Iterable[ReasonCode]) -> str:
    """What the workflow calls this reason; the code itself where it has no such reason any more."""
    return next((one.label for one in reasons if one.code == code), code)


@register.filter
def you_decided(verb: str) -> str:
    """What a person did, told to them."""
    return {
        Verb.APPROVE.value: _("You approved"),
        Verb.REJECT.value: _("You rejected"),
        Verb.EDIT.value: _("You approved with changes"),
        Verb.CHOOSE_ALTERNATIVE.value: _("You chose another action for"),
    }[verb]
