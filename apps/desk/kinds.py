"""Which template shows an action on the decision card?

The one the schema names (`x-reviewhub-kind`), else the one its effects and arguments speak for. To add a kind: copy
`templates/desk/kinds/generic.html` under its name and write the name into the schema; without a template of that name
the generic one is used. Pure.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from apps.registry.marks import kind
from apps.registry.states import Effect

GENERIC = "generic"


def kind_of(
    schema: dict[str, Any], effects: Iterable[str], *, has_amount: bool, has_before: bool, has_letter: bool
) -> str:
    """The name of a kind."""
    does = set(effects)
    named = kind(schema)
    if named:
        return named
    if Effect.DELETES_DATA in does:
        return "deletion"
    if Effect.EXTERNAL_COMMUNICATION in does and has_letter:
        return "message"
    if Effect.MOVES_MONEY in does and has_amount:
        return "payment"
    return "change" if has_before else GENERIC


def templates_of(name: str) -> Sequence[str]:
    """The templates of a kind, the first that exists is used."""
    return (f"desk/kinds/{name}.html", f"desk/kinds/{GENERIC}.html")
