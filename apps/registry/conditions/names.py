"""What a condition may speak of: documented, typed names. These are about the action alone, as an agent declares it.

Only declared fields are here. No text an agent writes for people (summary, rationale, evidence) can steer anything. A
name without a value (an amount nobody stated) is left out: a condition that needs it fails. `impact.has_amount` and
`has(args.x)` ask first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cel_expr_python import cel
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What kind of value a name has."""

    NUMBER = "number", _("number")
    WHOLE = "whole number", _("whole number")
    TEXT = "text", _("text")
    YES_NO = "yes or no", _("yes or no")
    TEXTS = "list of texts", _("list of texts")
    VALUES = "arguments by name", _("arguments by name")


_TYPES = {
    Kind.NUMBER: cel.Type.DOUBLE,
    Kind.WHOLE: cel.Type.INT,
    Kind.TEXT: cel.Type.STRING,
    Kind.YES_NO: cel.Type.BOOL,
    Kind.TEXTS: cel.Type.List(cel.Type.STRING),
    Kind.VALUES: cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}


@dataclass(frozen=True, slots=True)
class Name:
    """One name, what kind of value it has and what that means."""

    name: str
    kind: Kind
    help: str | Promise

    @property
    def type(self) -> cel.Type:
        """As CEL calls it."""
        return _TYPES[self.kind]


DECLARED: tuple[Name, ...] = (
    Name("action.name", Kind.TEXT, _("The action type: refund.")),
    Name(
        "args", Kind.VALUES, _("Its arguments: args.country. Ask has(args.country) where one may be missing.")
    ),
    Name("impact.has_amount", Kind.YES_NO, _("Whether an amount is stated.")),
    Name(
        "impact.amount", Kind.NUMBER, _("The size of the larger of stated and argued amount. May be missing.")
    ),
    Name(
        "impact.currency",
        Kind.TEXT,
        _("Its currency, such as EUR; of amounts in the arguments that of the action type. May be empty."),
    ),
    Name(
        "impact.affected", Kind.WHOLE, _("How many people or records it reaches; 0 when nothing is stated.")
    ),
    Name("impact.systems", Kind.TEXTS, _("The systems it touches.")),
    Name("subject.kind", Kind.TEXT, _("The kind of thing it is about: order; empty without a subject.")),
    Name("subject.id", Kind.TEXT, _("Which one; empty without a subject.")),
)


def declared_values(
    *,
    action: str,
    args: Mapping[str, Any],
    amount: Decimal | None,
    currency: str,
    subject_kind: str,
    subject_id: str,
    affected: int,
    systems: Iterable[str],
) -> dict[str, Any]:
    """{name: value} of `DECLARED`, in plain types; of an amount its size, so that -5000 is not small."""
    found: dict[str, Any] = {
        "action.name": action,
        "args": _plain(args),
        "impact.has_amount": amount is not None,
        "impact.currency": currency,
        "impact.affected": affected,
        "impact.systems": list(systems),
        "subject.kind": subject_kind,
        "subject.id": subject_id,
    }
    if amount is not None:
        found["impact.amount"] = float(abs(amount))
    return found


def _plain(value: Any) -> Any:
    """Arguments as CEL takes them: a whole number outside 64 bits becomes a fraction, anything else stays."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return float(value)
    return value
