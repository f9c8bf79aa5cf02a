"""What differs between two actions, in the words of a schema, as one person sees it."""

from typing import Any

from apps.desk.queries.sight import Sight
from apps.proposals.differences import differences, titled
from apps.proposals.masking import Hidden


def action_differences(
    before: tuple[str, Any], after: tuple[str, Any], schema: dict[str, Any], seen: Sight
) -> list[dict[str, Any]]:
    """What differs between two actions (name, arguments), with titles, as this person sees it.

    `is_hidden`: both values are there and neither is shown, so that only the fact can be told.
    """
    one, other = ({"name": name, "args": seen.args(name, args)} for name, args in (before, after))
    return [
        change
        | {"is_hidden": isinstance(change.get("before"), Hidden) and isinstance(change.get("after"), Hidden)}
        for change in titled(differences(one, other), schema)
    ]
