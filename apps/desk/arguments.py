"""The form in which a reviewer edits arguments: one field per argument, made from the action type's JSON Schema.

What was not touched keeps its exact value. An optional argument left empty is left out. Anything without a field of
its own kind (objects, mixed lists) is edited as JSON. Whether the result fits is the schema's word alone.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.registry.marks import resolved
from apps.registry.schemas import compile_schema, dotted

ABSENT = object()
_LONG = 80
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


class NotReadable(ValueError):
    """What was typed is not a value of this kind. The text says what to type."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name, the rules of its schema, its present value (`ABSENT` when it has none)."""

    name: str
    rules: dict[str, Any]
    value: Any
    is_required: bool

    @property
    def kind(self) -> str:
        """One of choice, whole, number, text, lines, json."""
        options = self.rules.get("enum")
        if isinstance(options, list) and options:
            return "choice"
        if "const" in self.rules:
            return "choice"
        return {"boolean": "choice", "integer": "whole", "number": "number", "string": "text"}.get(
            str(self.rules.get("type")), "lines" if self._is_list_of_lines() else "json"
        )

    @property
    def label(self) -> str:
        """How it is called."""
        title = self.rules.get("title")
        return (title if isinstance(title, str) and title else self.name.replace("_", " "))[:200]

    @property
    def options(self) -> list[Any]:
        """The values of a choice."""
        if "const" in self.rules:
            return [self.rules["const"]]
        return list(self.rules.get("enum") or [True, False])

    @property
    def shown(self) -> str:
        """The present value as the field shows it."""
        if self.value is ABSENT:
            return ""
        if self.kind == "text":
            return str(self.value)
        if self.kind == "lines":
            return "\n".join(self.value)
        return json.dumps(self.value, ensure_ascii=False, indent=2 if self.kind == "json" else None)

    def read(self, typed: str) -> Any:
        """The value of what was typed, `ABSENT` when it is left out. Raises NotReadable."""
        typed = typed.replace("\r\n", "\n")
        if typed == self.shown.replace("\r\n", "\n"):
            return self.value
        if self.kind == "text":
            return typed if typed or self.is_required else ABSENT
        if self.kind == "lines":
            lines = [line for line in typed.split("\n") if line.strip()]
            return lines if lines or self.is_required else ABSENT
        if not typed.strip():
            return ABSENT
        return self._read_json(typed)

    @property
    def form_wanted(self) -> str:
        """Of a text that has to fit a pattern, how it is written: as it was proposed, which fits. Else nothing."""
        if "pattern" not in self.rules or not isinstance(self.value, str) or not 0 < len(self.value) <= _LONG:
            return ""
        if _NUMBER.fullmatch(self.value):
            return _("Write a number with a point, like {value}.").format(value=self.value)
        return _("Write it like “{value}”.").format(value=self.value)

    def field(self) -> forms.CharField:
        """The form field."""
        help_text = self.rules.get("description")
        return _AsTyped(
            label=self.label,
            help_text=(help_text if isinstance(help_text, str) else "") or self._hint(),
            required=self.is_required,
            widget=self._widget(),
        )

    def _hint(self) -> str:
        return {"lines": _("One per line."), "json": _("As JSON.")}.get(self.kind, "")

    def _widget(self) -> forms.Widget:
        if self.kind == "choice":
            choices = [
                (json.dumps(option, ensure_ascii=False), _option_label(option)) for option in self.options
            ]
            if not self.is_required or self.value is ABSENT:
                choices = [("", _("left out")), *choices]
            return forms.Select(choices=choices)
        if self.kind in ("whole", "number"):
            return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        if self.kind == "text" and "\n" not in self.shown and len(self.shown) <= _LONG:
            return forms.TextInput(attrs={"autocomplete": "off"})
        css = "mono" if self.kind == "json" else ""
        return forms.Textarea(attrs={"rows": min(12, self.shown.count("\n") + 2), "class": css})

    def _is_list_of_lines(self) -> bool:
        if self.rules.get("type") != "array" or "prefixItems" in self.rules:
            return False
        items = self.rules.get("items")
        if not isinstance(items, dict) or items.get("type") != "string" or "enum" in items:
            return False
        return self.value is ABSENT or all(
            isinstance(line, str) and line.strip() and "\n" not in line and "\r" not in line
            for line in self.value
        )

    def _read_json(self, typed: str) -> Any:
        try:
            value = json.loads(typed)
        except (ValueError, RecursionError) as error:
            if self.kind in ("whole", "number"):
                raise NotReadable(_("Write a number, like 12 or 12.5.")) from error
            raise NotReadable(_("This is not valid JSON: {why}").format(why=str(error)[:100])) from error
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if self.kind in ("whole", "number") and not is_number:
            raise NotReadable(_("Write a number, like 12 or 12.5."))
        return value


class ArgumentsForm(forms.Form):
    """The arguments as fields. When valid, `edited` holds the whole new arguments.

    Those named in `locked` have no field and keep their value: the person may not see it. `kept` are their titles.
    """

    def __init__(
        self,
        schema: dict[str, Any],
        args: dict[str, Any],
        data: Any = None,
        *,
        locked: Collection[str] = (),
    ) -> None:
        super().__init__(data, prefix="arg", use_required_attribute=False)
        self._schema = schema
        self._locked = {name: args[name] for name in locked}
        arguments = list_arguments(schema, args)
        self._arguments = [one for one in arguments if one.name not in self._locked]
        self.kept = [one.label for one in arguments if one.name in self._locked]
        self.edited: dict[str, Any] = {}
        for position, argument in enumerate(self._arguments):
            field = argument.field()
            field.initial = argument.shown
            self.fields[str(position)] = field

    def clean(self) -> dict[str, Any]:
        """Read every field, then ask the schema; a problem is told at the field it is about."""
        for position, argument in enumerate(self._arguments):
            try:
                value = argument.read(self.cleaned_data.get(str(position), ""))
            except NotReadable as error:
                self.add_error(str(position), str(error))
                continue
            if value is not ABSENT:
                self.edited[argument.name] = value
        self.edited |= self._locked
        if not self.errors:
            self._ask_schema()
        return self.cleaned_data

    def _ask_schema(self) -> None:
        positions = {argument.name: str(position) for position, argument in enumerate(self._arguments)}
        for path, message in compile_schema(self._schema).problems(self.edited):
            if path and str(path[0]) in self._locked:
                # What the schema says of a value may quote it.
                self.add_error(None, _("A hidden value does not fit the others any more."))
                continue
            position = positions.get(str(path[0])) if path else None
            rest = dotted(path[1:])
            wanted = "" if rest or position is None else self._arguments[int(position)].form_wanted
            self.add_error(position, f"{rest}: {message}" if rest else f"{message} {wanted}".rstrip())


class _AsTyped(forms.CharField):
    """Text exactly as typed. A NUL is refused by the field, anything else by the schema."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def validate(self, value: Any) -> None:
        """Empty text is a value like any other, also of a required argument."""


def list_arguments(schema: dict[str, Any], args: dict[str, Any]) -> list[Argument]:
    """Every argument the schema names, in its order, then those it does not name."""
    rules = resolved(schema, schema)
    named = rules.get("properties")
    properties = named if isinstance(named, dict) else {}
    required = rules.get("required")
    wanted = set(required) if isinstance(required, list) else set()
    return [
        Argument(name, resolved(schema, properties.get(name, {})), args.get(name, ABSENT), name in wanted)
        for name in [*properties, *(name for name in args if name not in properties)]
    ]


def _option_label(option: Any) -> str:
    if option is True:
        return _("yes")
    if option is False:
        return _("no")
    return option if isinstance(option, str) and option else json.dumps(option, ensure_ascii=False)
