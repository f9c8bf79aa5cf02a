"""What changed between the proposed and the granted arguments: a list a person and an agent can read. Pure."""

from typing import Any

from django.utils.translation import gettext as _

from apps.registry.marks import resolved

_ABSENT = object()


def differences(before: Any, after: Any, path: str = "") -> list[dict[str, Any]]:
    """[{path, before, after}] in path order; a side that is absent has no key. Lists compare as one value."""
    if isinstance(before, dict) and isinstance(after, dict):
        rows = []
        for name in sorted(before.keys() | after.keys()):
            where = f"{path}.{name}" if path else name
            rows += differences(before.get(name, _ABSENT), after.get(name, _ABSENT), where)
        return rows
    if before is not _ABSENT and after is not _ABSENT and type(before) is type(after) and before == after:
        return []
    row: dict[str, Any] = {"path": path}
    if before is not _ABSENT:
        row["before"] = before
    if after is not _ABSENT:
        row["after"] = after
    return [row]


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
