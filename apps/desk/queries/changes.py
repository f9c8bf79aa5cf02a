"""What differs between two actions, in the words of a schema, as one person sees it."""

from typing import Any

from django.utils.translation import gettext as _

from apps.desk.queries.sight import Sight
from apps.proposals.differences import differences
from apps.registry.marks import resolved


def action_differences(
    before: tuple[str, Any], after: tuple[str, Any], schema: dict[str, Any], seen: Sight
) -> list[dict[str, Any]]:
    """What differs between two actions (name, arguments), with titles, as this person sees it."""
    one, other = ({"name": name, "args": seen.args(name, args)} for name, args in (before, after))
    return titled(differences(one, other), schema)


def titled(changes: list[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The differences with a `title` each, in the schema's words where it has some; the action's name first."""
    rules = resolved(schema, schema)
    named = rules.get("properties")
    properties = named if isinstance(named, dict) else {}
    found = []
    for change in changes:
        path = change["path"].removeprefix("args.")
        title = resolved(schema, properties.get(path, {})).get("title")
        words = _("Action") if change["path"] == "name" else path.replace("_", " ")
        found.append({**change, "title": title if isinstance(title, str) and title else words})
    return sorted(found, key=lambda change: change["path"] != "name")
