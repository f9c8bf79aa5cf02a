"""Which reviews are still open although later proposals were decided? Trust knows no proposals: it is told how to ask.

`proposals` says on start how such a question is answered (`answer_with`). The answer is needed only when something is
about to be recommended or ratified.
"""

from collections.abc import Callable
from uuid import UUID

from apps.trust.models import Standing
from apps.trust.statistics.regions import band_of

# (slice id, agent version id, newest counted proposal) -> stated confidences of older ones nobody has decided.
Source = Callable[[int, int, UUID], list[float]]
_sources: list[Source] = []


def answer_with(source: Source) -> None:
    """Ask this one from now on, too."""
    if source not in _sources:
        _sources.append(source)


def pending_in_bands(standing: Standing, edges: tuple[float, ...]) -> tuple[int, ...]:
    """How many of each band wait although later ones were decided. One query for each source."""
    counts = [0] * len(edges)
    if standing.newest_counted is None:
        return tuple(counts)
    for source in _sources:
        for confidence in source(standing.slice_id, standing.agent_version_id, standing.newest_counted):
            band = band_of(confidence, edges)
            if band is not None:
                counts[band] += 1
    return tuple(counts)
