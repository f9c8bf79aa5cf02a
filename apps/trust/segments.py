"""Into which segment does a proposal fall? Named conditions in CEL over what the action declares, the first that holds.

The names are those of `registry.conditions`; nothing an agent says about itself (its confidence, its model) is among
them, so that it cannot choose where its evidence counts. A condition that cannot be answered, such as one about an
amount nobody stated, does not hold. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from apps.registry.conditions.expressions import Language
from apps.registry.conditions.names import DECLARED

REST = "all"
SEGMENTS = Language(DECLARED)


class Predicate(Protocol):
    """What matters about a segment."""

    @property
    def slug(self) -> str: ...
    @property
    def when(self) -> str: ...


def segment_of(segments: Iterable[Predicate], values: Mapping[str, Any]) -> str:
    """The slug of the first segment whose condition holds for these values (`declared_values`), else the rest."""
    given = SEGMENTS.given(values)
    for segment in segments:
        if SEGMENTS.asked(segment.when, given).holds:
            return segment.slug
    return REST
