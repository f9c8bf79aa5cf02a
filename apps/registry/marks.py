"""What does a schema say about an argument beyond its form: is it a category, an amount, a thing not everybody may see?

A category is a value worth noticing when it is new: anything with `enum` or `const`, booleans, and what is
marked `x-reviewhub-category: true` (`false` takes it out). An amount is what is marked `x-reviewhub-amount:
true`. What is marked `x-reviewhub-sensitive: true` is hidden from people who hold no right to it, with everything in
it. `x-reviewhub-before: other` says that `other` is the value this one replaces. On the schema itself,
`x-reviewhub-kind: message` names the template its decision card uses, and `x-reviewhub-grants: "refund {amount} to
order {order_id}"` says what is granted, with names of arguments in braces. `title` names a value for people. Pure;
walks schema and arguments side by side, through local `$ref`s.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

CATEGORY = "x-reviewhub-category"
AMOUNT = "x-reviewhub-amount"
SENSITIVE = "x-reviewhub-sensitive"
BEFORE = "x-reviewhub-before"
KIND = "x-reviewhub-kind"
GRANTS = "x-reviewhub-grants"
MOST_FIELDS = 1000
_MOST_REFS = 8
# What has more digits before its point is no amount; whoever sends one has it looked at as unreadable.
_MOST_DIGITS = 25
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
# An argument's name in the sentence of `GRANTS`.
PLACE = re.compile(r"\{([^{}]*)\}")
_LONGEST_SENTENCE = 200
# Below these keywords the walk finds marks: the name or position that follows, or the schema itself.
_NAMED = frozenset({"properties", "$defs", "definitions", "prefixItems"})
_DIRECT = frozenset({"items", "additionalProperties"})


@dataclass(frozen=True, slots=True)
class Field:
    """One plain value as a page shows it. `path` is dotted; the items of a list share `name[]`.

    `form` is the `format` of its schema (`date`, `email`), empty without one; `before` the argument it replaces.
    """

    path: str
    title: str
    description: str
    value: Any
    is_category: bool
    is_amount: bool
    is_sensitive: bool = False
    form: str = ""
    before: str = ""


def fields(schema: dict[str, Any], args: dict[str, Any]) -> list[Field]:
    """Every single value of `args`, in the schema's order, then what the schema does not name."""
    found: list[Field] = []
    for field in _walk(schema, schema, args, "", "", False):
        found.append(field)
        if len(found) >= MOST_FIELDS:
            break
    return found


def sensitive(schema: dict[str, Any], args: dict[str, Any]) -> list[Field]:
    """Every single sensitive value of `args`, however many."""
    return [field for field in _walk(schema, schema, args, "", "", False) if field.is_sensitive]


def sensitive_names(schema: dict[str, Any], args: dict[str, Any]) -> set[str]:
    """The names of all sensitive arguments, of those that have no value too."""
    found = {field.path.rpartition(".")[2].rstrip("[]") for field in sensitive(schema, args)}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            properties = part.get("properties")
            if isinstance(properties, dict):
                found |= {
                    name
                    for name, rules in properties.items()
                    if resolved(schema, rules).get(SENSITIVE) is True
                }
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return found


def mark_sensitive(schema: dict[str, Any], args: Any, leaf: Callable[[Any, bool], Any]) -> Any:
    """`args` with every single value replaced by `leaf(value, False)`, and what is sensitive, whole, by
    `leaf(value, True)`.
    """
    return _replaced(schema, schema, args, leaf)


def with_sensitive(schema: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The schema with these arguments marked as sensitive too, known to it or not."""
    if not names:
        return schema
    properties = dict(schema.get("properties", {}))
    for name in names:
        known = properties.get(name)
        properties[name] = {**(known if isinstance(known, dict) else {}), SENSITIVE: True}
    return {**schema, "properties": properties}


def has_sensitive(schema: Any) -> bool:
    """Whether anything in this schema is marked as sensitive."""
    if isinstance(schema, dict):
        return schema.get(SENSITIVE) is True or any(map(has_sensitive, schema.values()))
    return isinstance(schema, list) and any(map(has_sensitive, schema))


def kind(schema: dict[str, Any]) -> str:
    """The kind of action the schema names, empty when it names none."""
    named = schema.get(KIND)
    return named if isinstance(named, str) else ""


def grants(schema: dict[str, Any]) -> str:
    """The sentence that says what is granted, names of arguments in braces; empty when the schema has none."""
    said = schema.get(GRANTS)
    return said if isinstance(said, str) else ""


def categories(schema: dict[str, Any], args: dict[str, Any]) -> list[tuple[str, Any]]:
    """(path, value) of every value that is a category; each once."""
    pairs = [(field.path, field.value) for field in fields(schema, args) if field.is_category]
    return list({(path, repr(value)): (path, value) for path, value in pairs}.values())


def amounts(schema: dict[str, Any], args: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """(path, amount) of every value marked as an amount that reads as a finite decimal number."""
    pairs = ((field.path, _decimal(field.value)) for field in fields(schema, args) if field.is_amount)
    return [(path, amount) for path, amount in pairs if amount is not None]


def mark_problems(schema: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """(path, message) of marks that say nothing: of a wrong type, or where nobody would look for them."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    waiting: list[tuple[tuple[str | int, ...], Any, bool]] = [((), schema, True)]
    while waiting:
        path, part, is_seen = waiting.pop()
        if isinstance(part, dict):
            found.extend(((*path, mark), message) for mark, message in _wrong_marks(part, path, is_seen))
            for key, inner in part.items():
                if key in _NAMED and isinstance(inner, dict):
                    # The keys in there are names of arguments, which may look like anything.
                    waiting.extend(((*path, key, name), below, is_seen) for name, below in inner.items())
                else:
                    is_followed = is_seen and key in _NAMED | _DIRECT
                    waiting.append(((*path, key), inner, is_followed))
        elif isinstance(part, list):
            waiting.extend(((*path, position), inner, is_seen) for position, inner in enumerate(part))
    return found


def _wrong_marks(
    part: dict[str, Any], path: tuple[str | int, ...], is_seen: bool
) -> Iterator[tuple[str, str]]:
    for mark in (CATEGORY, AMOUNT, SENSITIVE):
        if mark in part and not isinstance(part[mark], bool):
            yield mark, _("This is true or false.")
    if part.get(SENSITIVE) is True and not is_seen:
        # A mark that is overlooked would show what it should hide.
        yield SENSITIVE, _("Mark the argument itself: a mark inside other rules is not seen.")
    if BEFORE in part and not isinstance(part[BEFORE], str):
        yield BEFORE, _("This is the name of another argument.")
    if KIND in part and (path or not isinstance(part[KIND], str) or not _KIND.fullmatch(part[KIND])):
        yield KIND, _("This is a name in small letters, on the schema itself.")
    if GRANTS in part and (problem := _wrong_sentence(part, is_root=not path)):
        yield GRANTS, problem


def _wrong_sentence(part: dict[str, Any], *, is_root: bool) -> str:
    said = part[GRANTS]
    if not is_root or not isinstance(said, str) or not 0 < len(said) <= _LONGEST_SENTENCE:
        return _("This is a sentence of at most {most} characters, on the schema itself.").format(
            most=_LONGEST_SENTENCE
        )
    properties = part.get("properties")
    known = properties if isinstance(properties, dict) else {}
    unknown = [name for name in PLACE.findall(said) if name not in known]
    return _("There is no argument {name}.").format(name=unknown[0]) if unknown else ""


def _walk(
    root: dict[str, Any], schema: Any, value: Any, path: str, name: str, is_sensitive: bool
) -> Iterator[Field]:
    rules = resolved(root, schema)
    is_sensitive = is_sensitive or rules.get(SENSITIVE) is True
    if isinstance(value, dict):
        properties = rules.get("properties")
        named = properties if isinstance(properties, dict) else {}
        for key in [*(key for key in named if key in value), *(key for key in value if key not in named)]:
            below = f"{path}.{key}" if path else key
            yield from _walk(root, _rules_of(rules, key), value[key], below, key, is_sensitive)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            title = rules.get("title")
            words = title if isinstance(title, str) else name
            yield from _walk(root, _rules_at(rules, position), item, f"{path}[]", words, is_sensitive)
    else:
        yield _field(rules, value, path, name, is_sensitive)


def _replaced(root: dict[str, Any], schema: Any, value: Any, leaf: Callable[[Any, bool], Any]) -> Any:
    rules = resolved(root, schema)
    if rules.get(SENSITIVE) is True:
        return leaf(value, True)
    if isinstance(value, dict):
        return {key: _replaced(root, _rules_of(rules, key), inner, leaf) for key, inner in value.items()}
    if isinstance(value, list):
        return [
            _replaced(root, _rules_at(rules, position), item, leaf) for position, item in enumerate(value)
        ]
    return leaf(value, False)


def _rules_of(rules: dict[str, Any], name: str) -> Any:
    properties = rules.get("properties")
    named = properties if isinstance(properties, dict) else {}
    return named.get(name, rules.get("additionalProperties", {}))


def _rules_at(rules: dict[str, Any], position: int) -> Any:
    first = rules.get("prefixItems")
    leading = first if isinstance(first, list) else []
    return leading[position] if position < len(leading) else rules.get("items", {})


def _field(rules: dict[str, Any], value: Any, path: str, name: str, is_sensitive: bool) -> Field:
    by_form = "enum" in rules or "const" in rules or isinstance(value, bool)
    title, description = rules.get("title"), rules.get("description")
    form, before = rules.get("format"), rules.get(BEFORE)
    return Field(
        path=path,
        title=title if isinstance(title, str) and title else name.replace("_", " "),
        description=description if isinstance(description, str) else "",
        value=value,
        is_category=bool(rules.get(CATEGORY, by_form)),
        is_amount=rules.get(AMOUNT) is True,
        is_sensitive=is_sensitive,
        form=form if isinstance(form, str) else "",
        before=before if isinstance(before, str) else "",
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
    return amount if amount.is_finite() and abs(amount.adjusted()) <= _MOST_DIGITS else None
