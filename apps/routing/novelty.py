"""Which categorical argument values, alone and in pairs, has a slice never had before?

Only values an action type's schema declares as categories are watched (an order number is always new and says
nothing). Pure: makes the fingerprints; who has seen them is a table.
"""

import hashlib
import json
from collections.abc import Iterable
from itertools import combinations

# Pairs grow with the square of the number of categories; every value by itself is watched, however many.
MOST_PAIRED = 8
AND = " with "


def fingerprints(categories: Iterable[tuple[str, object]]) -> dict[str, str]:
    """{fingerprint: label} of every value and of pairs, e.g. `carrier = dhl with country = SE`."""
    single = sorted(categories, key=lambda pair: pair[0])
    pairs = combinations(single[:MOST_PAIRED], 2)
    return {_digest(watched): _label(watched)[:300] for watched in [*((one,) for one in single), *pairs]}


def newest(unseen: dict[str, str]) -> tuple[str, ...]:
    """Labels worth telling: a pair is left out when one of its values is new by itself."""
    single = {label for label in unseen.values() if AND not in label}
    pairs = [
        label
        for label in unseen.values()
        if AND in label and not any(part in single for part in label.split(AND))
    ]
    return (*sorted(single), *sorted(pairs))


def _digest(watched: tuple[tuple[str, object], ...]) -> str:
    """Of the values as they are, not of their label: no value can be written so that it looks like a pair."""
    return hashlib.sha256(json.dumps(watched, default=str).encode()).hexdigest()[:32]


def _label(watched: tuple[tuple[str, object], ...]) -> str:
    return AND.join(f"{path} = {_written(value)}" for path, value in watched)


def _written(value: object) -> str:
    """As the arguments are written, in JSON: true, not True."""
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
