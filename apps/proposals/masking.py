"""What of a proposal do people not see who hold no right to its sensitive values?

The values of arguments the schema marks as sensitive, and every other place where the same value is written: the words
of the agent, its evidence, another argument. A value is found as it is, in any case, with other spaces and hyphens, as
a number with its decimals, and as JSON or a link writes it; so is whatever JSON holds under the same name. What merely
alludes to it is not. Pure: who may see is for policies to say. The agent's own view of its proposal never comes through
here.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from django.utils.crypto import salted_hmac

from apps.audit.spelling import plain
from apps.registry.marks import Field, has_sensitive, mark_sensitive, sensitive, sensitive_names

MASK = "••••"
# Shorter ones are hidden only where they stand by themselves: a size "M" must not blank every m.
_LOOSE = 6
# Past this many letters and digits a value is looked for as it is written, not with other spaces.
_LONG = 64
_JSON_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|true|false)"""
LONGEST_SUMMARY = 500
_BETWEEN = r"[\W_]{0,2}"


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """A value that must not be shown. Equal to another of the same value, so that changes can be told; `shown` is what
    a page may write instead.
    """

    value: Any = field(repr=False)
    shown: str = MASK

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Hidden) and type(self.value) is type(other.value) and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides the sensitive values of one proposal. Without any it changes nothing."""

    pattern: re.Pattern[str] | None = None
    told: tuple[tuple[str, str], ...] = ()
    named: re.Pattern[str] | None = None

    def text(self, text: str) -> str:
        """The text with every sensitive value in it replaced."""
        for said, instead in self.told:
            text = text.replace(said, instead)
        if self.named is not None:
            text = self.named.sub(rf'\1"{MASK}"', text)
        return text if self.pattern is None else self.pattern.sub(MASK, text)

    def args(self, schema: dict[str, Any], args: Any) -> Any:
        """The arguments with `Hidden` in the place of what must not be shown, in the same form."""
        return args if self.named is None else mark_sensitive(schema, args, self._leaf)

    def value(self, value: Any) -> Any:
        """A value of any form, its texts masked."""
        if isinstance(value, dict):
            return {self.text(name): self.value(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def _leaf(self, value: Any, is_sensitive: bool) -> Any:
        if is_sensitive:
            return Hidden(value)
        if isinstance(value, str) and (shown := self.text(value)) != value:
            return Hidden(value, shown)
        return value


NOTHING = Mask()


@dataclass(frozen=True, slots=True)
class Outward:
    """What of a proposal may stand in lists, messages and the audit log; `hidden` is what was taken out of it."""

    summary: str
    subject_id: str
    impact: dict[str, Any]
    hidden: dict[str, str]


def holds_hidden(value: Any) -> bool:
    """Whether a masked value hides anything."""
    if isinstance(value, dict):
        return any(map(holds_hidden, value.values()))
    return isinstance(value, Hidden) or (isinstance(value, list) and any(map(holds_hidden, value)))


def mask_for(actions: Iterable[tuple[dict[str, Any], Any]]) -> Mask:
    """The mask over all sensitive values of these (schema, arguments)."""
    marked = [(schema, args) for schema, args in actions if isinstance(args, dict) and has_sensitive(schema)]
    if not marked:
        return NOTHING
    found = [item for schema, args in marked for item in sensitive(schema, args)]
    names = sorted({re.escape(name) for schema, args in marked for name in sensitive_names(schema, args)})
    patterns = sorted({one for item in found for one in _patterns(item.value)}, key=len, reverse=True)
    pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None
    told = {(f"{item.path} = {item.value}", f"{item.path} = {MASK}") for item in found}
    named = re.compile(rf'("(?:{"|".join(names)})"\s*:\s*){_JSON_VALUE}')
    return Mask(pattern, tuple(sorted(told, key=lambda pair: -len(pair[0]))), named)


def outward(
    schema: dict[str, Any],
    args: dict[str, Any],
    *,
    summary: str,
    subject_id: str,
    impact: dict[str, Any],
) -> Outward:
    """The outward face of a proposal. A subject that names a sensitive value gets a name of its own, always the same
    for the same value, so that cases about it are still found together.
    """
    if not has_sensitive(schema):
        return Outward(summary, subject_id, impact, {})
    mask = mask_for([(schema, args)])
    hidden = {}
    shown = mask.text(summary)[:LONGEST_SUMMARY]
    if shown != summary:
        hidden["summary"] = summary
    if mask.text(subject_id) != subject_id:
        hidden["subject_id"], subject_id = subject_id, name_instead(subject_id)
    if "amount" in impact and _is_hidden_amount(impact["amount"], sensitive(schema, args)):
        hidden["amount"] = str(impact["amount"])
        impact = {key: value for key, value in impact.items() if key != "amount"}
    return Outward(shown, subject_id, impact, hidden)


def stored_forms(subject_ids: Iterable[str]) -> dict[str, str]:
    """{as it may stand in a row: as it was sent} of subjects: hidden or not, it is the same subject."""
    sent = [one for one in subject_ids if one]
    return {form: one for one in sent for form in (name_instead(one), one)}


def name_instead(subject_id: str) -> str:
    """What a subject is called whose name is a sensitive value; the same, however it is typed."""
    keyed = salted_hmac("reviewhub.hidden-subject", plain(subject_id), algorithm="sha256")
    return f"hidden-{keyed.hexdigest()[:12]}"


def _is_hidden_amount(amount: Any, hidden: list[Field]) -> bool:
    return any(_decimal(item.value) == _decimal(amount) is not None for item in hidden)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _patterns(value: Any) -> set[str]:
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, int | float):
        return {_alone(re.escape(form)) for form in _as_numbers(value)}
    text = str(value).strip()
    letters = [sign for sign in text if sign.isalnum()]
    if not letters:
        return {re.escape(text)} if text else set()
    forms = {text, json.dumps(text)[1:-1], quote(text, safe="")}
    found = {re.escape(form) if len(letters) >= _LOOSE else _alone(re.escape(form)) for form in forms}
    if len(letters) <= _LONG:
        spaced = _BETWEEN.join(map(re.escape, letters))
        found.add(spaced if len(letters) >= _LOOSE else _alone(spaced))
    return found


def _as_numbers(value: float) -> set[str]:
    return {str(value), f"{value:,}", f"{value:.2f}", f"{value:,.2f}"}


def _alone(pattern: str) -> str:
    return rf"(?<![^\W_]){pattern}(?![^\W_])"
