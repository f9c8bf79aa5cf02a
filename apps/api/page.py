"""The OpenAPI document as a page needs it: endpoints in groups, fields in tables, problems with advice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from apps.api.examples import CLAIMS, VERIFY
from apps.api.problems import KINDS

_LIMITS = {
    "maxLength": "at most {} characters",
    "minLength": "at least {} characters",
    "maxItems": "at most {} items",
    "minItems": "at least {} items",
    "minimum": "from {}",
    "maximum": "to {}",
    "pattern": "as {}",
}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A parameter or a member of an object. `refers_to` names the schemas that its type leads to."""

    name: str
    type: str
    refers_to: tuple[str, ...]
    is_required: bool
    note: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One status of success: what comes with it."""

    status: str
    description: str
    refers_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation. `problems` are the statuses it can fail with, `example` a body as JSON."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: tuple[FieldRow, ...]
    body: tuple[str, ...]
    example: str
    answers: tuple[AnswerRow, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One schema: its fields, or the values it can have."""

    name: str
    description: str
    fields: tuple[FieldRow, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One kind of problem."""

    slug: str
    status: int
    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page, in its order."""

    server: str
    description: str
    groups: dict[str, list[Endpoint]]
    shapes: list[Shape]
    problems: list[ProblemRow]
    claims: list[tuple[str, str]]
    verification: str


def page(document: dict[str, Any]) -> Page:
    """The page of this OpenAPI document."""
    groups: dict[str, list[Endpoint]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_endpoint(path, method, operation))
    shapes = [_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    return Page(
        server=document["servers"][0]["url"],
        description=_plain(document["info"]["description"]),
        groups=groups,
        shapes=shapes,
        problems=[ProblemRow(slug, *map(_plain, kind)) for slug, kind in KINDS.items()],
        claims=[(name, str(meaning)) for name, meaning in CLAIMS.items()],
        verification=VERIFY,
    )


def _plain(value: Any) -> Any:
    """Numbers as they are; texts without the marks that only a Markdown reader understands."""
    return value if isinstance(value, int) else str(value).replace("`", "")


def _endpoint(path: str, method: str, operation: dict[str, Any]) -> Endpoint:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Endpoint(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=_plain(operation.get("description", "")),
        scope=next(
            (scope for need in operation.get("security", []) for scope in chain.from_iterable(need.values())),
            "",
        ),
        parameters=tuple(
            _field(parameter["name"], parameter["schema"], parameter["required"], f"{parameter['in']}: ")
            for parameter in operation.get("parameters", [])
        ),
        body=tuple(_references(body.get("schema", {}))),
        example=json.dumps(body["example"], indent=2) if "example" in body else "",
        answers=tuple(
            AnswerRow(status, told["description"], tuple(_references(told.get("content", {}))))
            for status, told in sorted(operation["responses"].items())
            if int(status) < 400
        ),
        problems=tuple(status for status in sorted(operation["responses"]) if int(status) >= 400),
    )


def _shape(name: str, schema: dict[str, Any]) -> Shape:
    required = schema.get("required", [])
    fields = (_field(key, rules, key in required) for key, rules in schema.get("properties", {}).items())
    values = tuple(str(value) for value in schema.get("enum", ()))
    return Shape(name, _plain(schema.get("description", "")), tuple(fields), values)


def _field(name: str, schema: dict[str, Any], is_required: bool, prefix: str = "") -> FieldRow:
    notes = [_plain(schema["description"]).removesuffix(".")] if "description" in schema else []
    notes += [
        text.format(part[limit])
        for part in _parts(schema)
        for limit, text in _LIMITS.items()
        if limit in part
    ]
    if schema.get("default") not in (None, "", [], {}):
        notes.append(f"default {schema['default']}")
    return FieldRow(name, prefix + _type(schema), tuple(_references(schema)), is_required, "; ".join(notes))


def _type(schema: dict[str, Any]) -> str:
    """What kind of value, in a few words; nothing where a reference says it."""
    if "$ref" in schema:
        return ""
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(filter(None, map(_type, schema[choice]))))
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}".rstrip()
    return str(schema.get("format") or schema.get("type") or "any value")


def _parts(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("anyOf", [])]


def _references(schema: Any) -> Iterator[str]:
    """The names of the schemas this one leads to, each once."""
    found: dict[str, None] = {}
    waiting = [schema]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str):
                found[reference.rpartition("/")[2]] = None
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return iter(found)
