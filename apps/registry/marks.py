"""What does a schema say about an argument beyond its form: is it a category, is it an amount?

A category is a value worth noticing when it is new: anything with `enum` or `const`, booleans, and what is
marked `x-reviewhub-category: true` (`false` takes it out). An amount is what is marked `x-reviewhub-amount:
true`. `title` names a value for people. Pure; walks schema and arguments side by side, through local `$ref`s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

CATEGORY = "x-reviewhub-category"
AMOUNT = "x-reviewhub-amount"
MOST_FIELDS = 1000
_MOST_REFS = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One plain value as a page shows it. `path` is dotted; the items of a list share `name[]`."""

    path: str
    title: str
    description: str
    value: Any
    is_category: bool
    is_amount: bool


def fields(schema: dict[str, Any], args: dict[str, Any]) -> list[Field]:
    """Every single value of `args`, in the schema's order, then what the schema does not name."""
    found: list[Field] = []
    for field in _walk(schema, schema, args, "", ""):
        found.append(field)
        if len(found) >= MOST_FIELDS:
            break
    return found


def categories(schema: dict[str, Any], args: dict[str, Any]) -> list[tuple[str, Any]]:
    """(path, value) of every value that is a category; each once."""
    pairs = [(field.path, field.value) for field in fields(schema, args) if field.is_category]
    return list({(path, repr(value)): (path, value) for path, value in pairs}.values())


def amounts(schema: dict[str, Any], args: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """(path, amount) of every value marked as an amount that reads as a finite decimal number."""
    pairs = ((field.path, _decimal(field.value)) for field in fields(schema, args) if field.is_amount)
    return [(path, amount) for path, amount in pairs if amount is not None]


def mark_problems(schema: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """(path, message) of marks that are not true or false."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), schema)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, dict):
            found.extend(
                ((*path, mark), "This is true or false.")
                for mark in (CATEGORY, AMOUNT)
                if mark in part and not isinstance(part[mark], bool)
            )
            waiting.extend(((*path, key), inner) for key, inner in part.items())
        elif isinstance(part, list):
            waiting.extend(((*path, position), inner) for position, inner in enumerate(part))
    return found


def _walk(root: dict[str, Any], schema: Any, value: Any, path: str, name: str) -> Iterator[Field]:
    rules = resolved(root, schema)
    if isinstance(value, dict):
        properties = rules.get("properties")
        named = properties if isinstance(properties, dict) else {}
        rest = rules.get("additionalProperties", {})
        for key in [*(key for key in named if key in value), *(key for key in value if key not in named)]:
            below = f"{path}.{key}" if path else key
            yield from _walk(root, named.get(key, rest), value[key], below, key)
    elif isinstance(value, list):
        first = rules.get("prefixItems")
        leading = first if isinstance(first, list) else []
        for position, item in enumerate(value):
            inner = leading[position] if position < len(leading) else rules.get("items", {})
            title = rules.get("title")
            yield from _walk(root, inner, item, f"{path}[]", title if isinstance(title, str) else name)
    else:
        yield _field(rules, value, path, name)


def _field(rules: dict[str, Any], value: Any, path: str, name: str) -> Field:
    by_form = "enum" in rules or "const" in rules or isinstance(value, bool)
    title, description = rules.get("title"), rules.get("description")
    return Field(
        path=path,
        title=title if isinstance(title, str) and title else name.replace("_", " "),
        description=description if isinstance(description, str) else "",
        value=value,
        is_category=bool(rules.get(CATEGORY, by_form)),
        is_amount=rules.get(AMOUNT) is True,
    )


def resolved(root: dict[str, Any], schema: Any) -> dict[str, Any]:
    """`schema` with a local `$ref` followed; what stands beside the reference wins."""
    if not isinstance(schema, dict):
        return {}
    for _hop in range(_MOST_REFS):
        target = schema.get("$ref")
        if not isinstance(target, str) or not target.startswith("#/"):
            return schema
        found: Any = root
        for step in target[2:].split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            return schema
        schema = {**found, **{key: rule for key, rule in schema.items() if key != "$ref"}}
    return schema


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
