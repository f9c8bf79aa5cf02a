"""Which way does people's choice differ from the agent's? Pure.

`trust.divergence` says how; where the same action has other values, the amounts the schema marks say which way. An
amount that not everybody may see says nothing here: even the way would tell of it.
"""

from typing import Any

from apps.evaluation.states import Kind
from apps.registry.marks import amounts, sensitive
from apps.trust.states import Divergence


def kind_of(
    divergence: Divergence,
    schema: dict[str, Any],
    proposed: dict[str, Any] | None,
    did: dict[str, Any] | None,
) -> Kind:
    """The kind of a comparison; arguments matter only where the same action has other values."""
    if divergence is not Divergence.OTHER_VALUES:
        return Kind(divergence.value)
    before, after = _shown(schema, proposed or {}), _shown(schema, did or {})
    ways = {before[path] > after[path] for path in before.keys() & after if before[path] != after[path]}
    if len(ways) != 1:
        return Kind.OTHER_VALUES
    return Kind.LARGER if ways.pop() else Kind.SMALLER


def _shown(schema: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """{path: amount} of what everybody may see; of a list that holds several amounts, none."""
    hidden = {field.path for field in sensitive(schema, args)}
    found = amounts(schema, args)
    paths = [path for path, _amount in found]
    return {path: amount for path, amount in found if path not in hidden and paths.count(path) == 1}
