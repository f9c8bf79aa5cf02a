"""Do these arguments fit the action type's JSON Schema, and is a schema one that can be relied on?

Draft 2020-12, checked by `jsonschema-rs` with a regular-expression engine that takes linear time and with no
way to fetch anything. What JSON Schema leaves open is closed here: arguments must survive RFC 8785 and
PostgreSQL, so NUL, lone surrogates, numbers that are not finite or not exact, and nesting past a limit are
refused. Pure.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from apps.registry.marks import Field, amounts, categories, fields, mark_problems

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_PROBLEMS = 50
MOST_DEPTH = 32
MOST_VALUES = 20_000
MOST_CHARACTERS = 50_000
MOST_SCHEMA_CHARACTERS = 65_536
MOST_EXACT_INTEGER = 2**53 - 1
_MESSAGE_LENGTH = 300
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """What is wrong, and where: the keys and positions that lead there."""

    path: Path
    message: str


class UnusableSchema(ValueError):
    """A schema that cannot be used for arguments; `problems` has every reason found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(
            "; ".join(f"{dotted(problem.path) or 'schema'}: {problem.message}" for problem in problems)
        )


@dataclass(frozen=True, slots=True)
class ArgsSchema:
    """A checked schema, ready to validate arguments many times from many threads."""

    schema: dict[str, Any]
    validator: Draft202012Validator

    def categories(self, args: dict[str, Any]) -> list[tuple[str, Any]]:
        """(path, value) of the argument values whose novelty is watched."""
        return categories(self.schema, args)

    def amounts(self, args: dict[str, Any]) -> list[tuple[str, Decimal]]:
        """(path, amount) of the arguments marked as amounts."""
        return amounts(self.schema, args)

    def fields(self, args: dict[str, Any]) -> list[Field]:
        """The arguments one by one, with their titles, for a page."""
        return fields(self.schema, args)

    def problems(self, args: object) -> list[Problem]:
        """Everything wrong with `args`, at most `MOST_PROBLEMS`; empty when they fit."""
        unfit = _unfit(args)
        if unfit or self.validator.is_valid(args):
            return unfit
        found: list[Problem] = []
        for error in self.validator.iter_errors(args):
            found.extend(_told(error, self.schema))
            if len(found) >= MOST_PROBLEMS:
                break
        return found[:MOST_PROBLEMS]


def compile_schema(schema: dict[str, Any]) -> ArgsSchema:
    """The schema ready for use; the same schema is compiled once per process. Raises UnusableSchema."""
    problems = schema_problems(schema)
    if problems:
        raise UnusableSchema(problems)
    return _compiled(json.dumps(schema))


def schema_problems(schema: object) -> list[Problem]:
    """Everything that keeps `schema` from being an action type's schema; empty when it is one."""
    if not isinstance(schema, dict):
        return [Problem((), _("A schema is an object."))]
    if len(json.dumps(schema, default=str)) > MOST_SCHEMA_CHARACTERS:
        return [Problem((), _("A schema has at most {most} characters.").format(most=MOST_SCHEMA_CHARACTERS))]
    unfit = _unfit(schema)
    if unfit:
        return unfit
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        return [
            Problem(
                ("$schema",),
                _("Only {dialect} is understood; leave it out or write that.").format(dialect=DIALECT),
            )
        ]
    if schema.get("type") != "object":
        return [Problem(("type",), _('Arguments are named: the schema\'s type must be "object".'))]
    unusable_marks = mark_problems(schema)
    if unusable_marks:
        return [Problem(path, message) for path, message in unusable_marks]
    try:
        _compiled(json.dumps(schema))
    except ValidationError as error:
        return _told(error, {})
    except ValueError as error:
        return [Problem((), str(error)[:_MESSAGE_LENGTH])]
    return []


def dotted(path: Path) -> str:
    """A path as people write it: `items[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@lru_cache(maxsize=4096)
def _compiled(schema_text: str) -> ArgsSchema:
    schema = json.loads(schema_text)
    validator = Draft202012Validator(
        schema, validate_formats=True, offline=True, pattern_options=RegexOptions()
    )
    return ArgsSchema(schema, validator)


def _told(error: ValidationError, schema: dict[str, Any]) -> list[Problem]:
    path = tuple(error.instance_path)
    kind = error.kind.as_dict()
    if error.kind.name == "required":
        return [Problem((*path, kind["property"]), _("This is required."))]
    if error.kind.name in {"additionalProperties", "unevaluatedProperties"}:
        return [
            Problem((*path, name), _("There is no argument of this name.")) for name in kind["unexpected"]
        ]
    if error.kind.name == "pattern":
        return [Problem(path, _about_form(schema, error)[:_MESSAGE_LENGTH])]
    return [Problem(path, error.message[:_MESSAGE_LENGTH])]


def _about_form(schema: dict[str, Any], error: ValidationError) -> str:
    """People read this: what the schema says about the form, never the regular expression."""
    about: Any = schema
    for step in list(error.schema_path)[:-1]:
        try:
            about = about[step]
        except (KeyError, IndexError, TypeError):
            # Behind a reference the path is not one of this schema.
            about = {}
    about = about if isinstance(about, dict) else {}
    description, examples = about.get("description"), about.get("examples")
    text = _("This does not have the expected form")
    if isinstance(examples, list) and examples:
        text = _("This does not have the expected form (example {example})").format(example=examples[0])
    return f"{text}: {description}" if isinstance(description, str) and description else f"{text}."


def _unfit(value: object) -> list[Problem]:
    """The first thing in `value` that cannot be stored and digested exactly."""
    characters = 0
    for count, (path, part) in enumerate(_walk(value)):
        characters += _length(part)
        if characters > MOST_CHARACTERS:
            return [
                Problem(
                    (), f"There are more than {MOST_CHARACTERS} characters; put long texts into evidence."
                )
            ]
        if count >= MOST_VALUES:
            return [Problem((), _("There are more than {most} values.").format(most=MOST_VALUES))]
        if len(path) > MOST_DEPTH:
            return [
                Problem(path[:3], _("This is nested more than {most} levels deep.").format(most=MOST_DEPTH))
            ]
        message = _unfit_part(part)
        if message:
            return [Problem(path, message)]
    return []


def _walk(value: object) -> Iterator[tuple[Path, object]]:
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        yield path, part
        if isinstance(part, dict):
            waiting.extend(((*path, key), inner) for key, inner in part.items())
        elif isinstance(part, list):
            waiting.extend(((*path, position), inner) for position, inner in enumerate(part))


def _length(part: object) -> int:
    if isinstance(part, dict):
        return sum(len(key) for key in part if isinstance(key, str))
    return len(part) if isinstance(part, str) else 0


def _unfit_part(part: object) -> str:
    if isinstance(part, dict):
        return next((message for key in part if (message := _unfit_text(key))), "")
    if isinstance(part, str):
        return _unfit_text(part)
    if isinstance(part, float) and not math.isfinite(part):
        return _("This is not a number that JSON knows.")
    if isinstance(part, int) and not isinstance(part, bool) and abs(part) > MOST_EXACT_INTEGER:
        return _("Whole numbers past {most} are not exact in JSON; send it as text.").format(
            most=MOST_EXACT_INTEGER
        )
    if part is None or isinstance(part, bool | int | float | list):
        return ""
    return _("A {kind} is not a JSON value.").format(kind=type(part).__name__)


def _unfit_text(text: object) -> str:
    if not isinstance(text, str):
        return _("Names are text.")
    if "\0" in text:
        return _("Text must not contain NUL.")
    if not text.isascii() and _LONE_SURROGATE.search(text):
        return _("Text must not contain half of a surrogate pair.")
    return ""
