"""Which value does an argument replace?

The schema says so (`x-reviewhub-before`), the arguments come in pairs (`old_city`, `new_city`), or a record among the
evidence, about the same thing, holds another value under the same name. A record counts as about the same thing when it
shares an id with the arguments or names the subject. Pure.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_PAIRS = (("old_", "new_"), ("current_", "new_"), ("previous_", "new_"), ("from_", "to_"), ("old_", ""))
_ENDS = (("_before", "_after"), ("_old", "_new"), ("_from", "_to"))
_WHOLE = (("before", "after"), ("old", "new"), ("from", "to"))
_KEYS = ("id", "_no", "number", "key", "sku", "reference")
_MOST_VALUES = 2000
_PLAIN = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Record:
    """An item of evidence that may hold present values: how it is called, and its text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Before:
    """The value that is replaced, and where it is from: another argument's name, or a record's title."""

    value: Any
    argument: str = ""
    record: str = ""


def befores(
    args: Mapping[str, Any], *, marked: Mapping[str, str], records: Iterable[Record], subject_id: str
) -> dict[str, Before]:
    """{argument: what it replaces}. `marked` is {argument: the argument that holds its value before}."""
    found = {
        name: Before(args[former], argument=former)
        for name, former in {**_paired(args), **marked}.items()
        if former in args and name in args
    }
    for record in records:
        held = _values(record, args, subject_id)
        for name, value in held.items():
            if (
                name in args
                and name not in found
                and not _identifies(name, value)
                and _alike(value, args[name])
            ):
                found[name] = Before(value, record=record.title)
    used = {before.argument for before in found.values()}
    return {name: before for name, before in found.items() if name not in used}


def _paired(args: Mapping[str, Any]) -> dict[str, str]:
    pairs = {}
    for name in args:
        for old, new in _PAIRS:
            if name.startswith(new) and (former := old + name.removeprefix(new)) in args and former != name:
                pairs[name] = former
        for old, new in _ENDS:
            if name.endswith(new) and name.removesuffix(new) + old in args:
                pairs[name] = name.removesuffix(new) + old
    pairs.update({after: before for before, after in _WHOLE if before in args and after in args})
    return {name: former for name, former in pairs.items() if _alike(args[former], args[name])}


def _values(record: Record, args: Mapping[str, Any], subject_id: str) -> dict[str, Any]:
    """{name: value} of what a record holds once, empty for a text that is no record of the same thing."""
    try:
        content = json.loads(record.text) if record.text.lstrip()[:1] == "{" else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    held: dict[str, list[Any]] = {}
    _gather(content, held)
    single = {name: values[0] for name, values in held.items() if len(values) == 1}
    names_subject = bool(subject_id) and (subject_id in record.title or subject_id in single.values())
    shares = any(_identifies(name, value) and single.get(name) == value for name, value in args.items())
    return single if names_subject or shares else {}


def _gather(value: Any, held: dict[str, list[Any]]) -> None:
    waiting = [value]
    seen = 0
    while waiting and seen < _MOST_VALUES:
        part = waiting.pop()
        seen += 1
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            for name, inner in part.items():
                if isinstance(inner, dict | list):
                    waiting.append(inner)
                else:
                    values = held.setdefault(name, [])
                    if inner not in values:
                        values.append(inner)


def _identifies(name: str, value: Any) -> bool:
    """Whether sharing this argument says that two things are the same: a number or key of it, not a street."""
    return bool(value) and name.lower().endswith(_KEYS) and not isinstance(value, bool | dict | list)


def _alike(one: Any, other: Any) -> bool:
    """Whether one may be the value before the other: both texts, both numbers, both lists."""
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    if isinstance(one, int | float):
        return isinstance(other, int | float)
    return isinstance(one, type(other)) and isinstance(one, (*_PLAIN, list, dict))
