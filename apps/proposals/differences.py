"""What changed between the proposed and the granted arguments: a list a person and an agent can read. Pure."""

from typing import Any

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
