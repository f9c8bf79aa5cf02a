"""What may a condition speak of where it is written: arguments of the actions there, and examples that fit. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.registry.models import ActionType
from apps.registry.states import Effect

_TYPES: Mapping[str, Promise] = {
    "string": _lazy("text"),
    "number": _lazy("number"),
    "integer": _lazy("whole number"),
    "boolean": _lazy("yes or no"),
    "array": _lazy("list"),
    "object": _lazy("values by name"),
    "null": _lazy("nothing"),
}
_MOST_CHOICES = 6
# What any workflow can be asked.
_ANYWHERE = (
    "proposal.never_seen > 0 || evidence.verified == 0",
    'calendar.weekday in ["saturday", "sunday"] || calendar.hour < 7',
    'run.tools.exists(tool, tool == "web_search")',
)


class Argument(NamedTuple):
    """An argument a condition may ask for: its kinds of value in words, and the titles of the actions that have it."""

    name: str
    kinds: tuple[str, ...]
    actions: tuple[str, ...]


def arguments(kinds: Iterable[ActionType]) -> list[Argument]:
    """The arguments of these action types, by name."""
    words: dict[str, dict[str, None]] = {}
    titles: dict[str, dict[str, None]] = {}
    for kind in kinds:
        for name, schema in kind.args_schema.get("properties", {}).items():
            words.setdefault(name, {})[_kind_of(schema)] = None
            titles.setdefault(name, {})[kind.title] = None
    return [Argument(name, tuple(words[name]), tuple(titles[name])) for name in sorted(words)]


def examples(kinds: Iterable[ActionType]) -> list[str]:
    """Conditions a rule could have here, about actions and arguments there are."""
    return [*declared_examples(kinds), *_ANYWHERE]


def declared_examples(kinds: Iterable[ActionType]) -> list[str]:
    """Those among them that speak of the action alone, as segments and scopes may."""
    found = []
    ordered = sorted(kinds, key=lambda kind: Effect.MOVES_MONEY not in kind.effects)
    if ordered:
        found.append(f'action.name == "{ordered[0].name}" && impact.has_amount && impact.amount > 500')
    return found + [one for kind in ordered for one in _about_a_choice(kind)][:1]


def _about_a_choice(kind: ActionType) -> Iterable[str]:
    for name, schema in kind.args_schema.get("properties", {}).items():
        choices = [
            one for one in _choices(schema) if isinstance(one, str) and one.isascii() and '"' not in one
        ]
        if choices and name.isidentifier():
            named = ", ".join(f'"{one}"' for one in choices[:2])
            yield f"has(args.{name}) && !(args.{name} in [{named}])"


def _choices(schema: Any) -> list[Any]:
    return list(schema.get("enum", ())) if isinstance(schema, dict) else []


def _kind_of(schema: Any) -> str:
    choices = _choices(schema)
    if choices:
        shown = ", ".join(str(one) for one in choices[:_MOST_CHOICES])
        more = ", …" if len(choices) > _MOST_CHOICES else ""
        return _("one of {choices}").format(choices=shown + more)
    written = schema.get("type") if isinstance(schema, dict) else None
    types = [written] if isinstance(written, str) else list(written or ())
    return _(" or ").join(str(_TYPES.get(one, one)) for one in types) or _("any value")
