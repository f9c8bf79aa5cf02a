"""What differs between two actions, in the words of a schema, as one person sees it."""

from typing import Any

from apps.desk.queries.sight import Sight
from apps.proposals.differences import differences, titled


def action_differences(
    before: tuple[str, Any], after: tuple[str, Any], schema: dict[str, Any], seen: Sight
) -> list[dict[str, Any]]:
    """What differs between two actions (name, arguments), with titles, as this person sees it."""
    one, other = ({"name": name, "args": seen.args(name, args)} for name, args in (before, after))
    return titled(differences(one, other), schema)
