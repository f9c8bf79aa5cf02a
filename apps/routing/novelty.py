"""Which categorical argument values, alone and in pairs, has a slice never had before?

Only values an action type's schema declares as categories are watched (an order number is always new and says
nothing). Pure: makes the fingerprints; who has seen them is a table.
"""

import hashlib
from collections.abc import Iterable
from itertools import combinations

# A pair of categories grows with the square of their number; more than this says little and costs much.
MOST_CATEGORIES = 8


def fingerprints(categories: Iterable[tuple[str, object]]) -> dict[str, str]:
    """{fingerprint: label} of every value and every pair, e.g. `carrier = dhl with country = SE`."""
    single = [f"{path} = {value}" for path, value in sorted(categories, key=lambda pair: pair[0])][
        :MOST_CATEGORIES
    ]
    labels = [*single, *(f"{first} with {second}" for first, second in combinations(single, 2))]
    return {hashlib.sha256(label.encode()).hexdigest()[:32]: label[:300] for label in labels}


def newest(unseen: dict[str, str]) -> tuple[str, ...]:
    """Labels worth telling: a pair is left out when one of its values is new by itself."""
    single = {label for label in unseen.values() if " with " not in label}
    pairs = [
        label
        for label in unseen.values()
        if " with " in label and not any(part in single for part in label.split(" with "))
    ]
    return (*sorted(single), *sorted(pairs))
