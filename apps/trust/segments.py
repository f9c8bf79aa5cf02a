"""Into which segment does a proposal fall? Named predicates over what is declared, the first that fits. Pure.

A condition is `{"field": ..., "is": ..., "value": ...}`; all of a segment's conditions have to hold. Fields:
`amount` (a number), `currency`, `subject` (its kind) and `args.<path>`. No text of an agent beyond these can move a
proposal from one segment to another.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.utils.translation import gettext as _

from apps.trust.statistics.inputs import BadInput

REST = "all"
_COMPARISONS = ("at_most", "above", "one_of")
_FIELDS = ("amount", "currency", "subject")
# Before and after the point, of a number in a condition.
_MOST_DIGITS = 15


class Predicate(Protocol):
    """What matters about a segment."""

    @property
    def slug(self) -> str: ...
    @property
    def conditions(self) -> Sequence[Mapping[str, Any]]: ...


def check_conditions(conditions: Sequence[Mapping[str, Any]]) -> None:
    """At least one, each complete. Raises BadInput with a sentence."""
    if not conditions:
        raise BadInput(_("A segment needs at least one condition: without any it would be everything."))
    for one in conditions:
        field, comparison, value = one.get("field", ""), one.get("is"), one.get("value")
        if field not in _FIELDS and not str(field).startswith("args."):
            raise BadInput(
                _("{field} is no field: write amount, currency, subject or args.<name>.").format(field=field)
            )
        if comparison not in _COMPARISONS:
            raise BadInput(_("{given} is no comparison: at_most, above or one_of.").format(given=comparison))
        if comparison == "one_of" and not (isinstance(value, list) and value):
            raise BadInput(_("one_of needs a list of values."))
        if comparison == "one_of":
            continue
        number = _number(value)
        if number is None:
            raise BadInput(_("{comparison} needs a number.").format(comparison=comparison))
        if not _is_sized(number):
            raise BadInput(
                _(
                    "{value} is out of bounds: write a number of at most {digits} digits on either side."
                ).format(value=str(value)[:40], digits=_MOST_DIGITS)
            )


def conditions_of(text: str) -> list[dict[str, Any]]:
    """Conditions as they are written on the page, one a line: `amount at_most 50`, `args.country one_of NL, BE`.

    Raises BadInput.
    """
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        field, comparison, value = [*line.split(maxsplit=2), "", "", ""][:3]
        if not field:
            continue
        if comparison == "one_of":
            values = [_plain(one.strip()) for one in value.split(",") if one.strip()]
            found.append({"field": field, "is": comparison, "value": values})
        else:
            found.append({"field": field, "is": comparison, "value": _plain(value.strip())})
    check_conditions(found)
    return found


def text_of(conditions: Iterable[Mapping[str, Any]]) -> str:
    """The same, as it is written on the page."""
    return "\n".join(f"{one['field']} {one['is']} {_written(one['value'])}" for one in conditions)


def segment_of(segments: Iterable[Predicate], values: Mapping[str, Any]) -> str:
    """The slug of the first segment that fits these values (by field), else the rest."""
    for segment in segments:
        if all(_holds(one, values) for one in segment.conditions):
            return segment.slug
    return REST


def values_of(
    *, args: Mapping[str, Any], amount: Decimal | None, currency: str, subject_kind: str
) -> dict[str, Any]:
    """Everything a condition can ask for, by field. Of the amount its size, as the rules: -5000 is not at most 50."""
    size = None if amount is None else abs(amount)
    values: dict[str, Any] = {"amount": size, "currency": currency, "subject": subject_kind}
    return values | {f"args.{path}": value for path, value in _flat(args)}


def _flat(args: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in args.items():
        path = f"{before}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{path}.")
        else:
            yield path, value


def _holds(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    value, wanted = values.get(condition["field"]), condition["value"]
    if condition["is"] == "one_of":
        return value in wanted
    given, limit = _number(value), _number(wanted)
    if given is None or limit is None:
        return False
    return given <= limit if condition["is"] == "at_most" else given > limit


def _plain(text: str) -> str | int | float | bool:
    """A number where it is one, true or false, else the text."""
    if text in ("true", "false"):
        return text == "true"
    number = _number(text)
    if number is None or not _is_sized(number):
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def _written(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_written(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_sized(number: Decimal) -> bool:
    """Whether it can be written out: a short text such as 1e999999 stands for a million digits."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and number.adjusted() < _MOST_DIGITS and exponent >= -_MOST_DIGITS


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
