"""What do people still have to look at? Trust knows no proposals and no tasks: it is told how to ask.

On start `proposals` says how to find reviews and looks that are open although later proposals were decided
(`answer_with`), and `reviews` what became of the looks (`look_with`). The answers are needed only when something is
about to be recommended or ratified, and on pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.trust.models import Standing
from apps.trust.statistics.regions import band_of

# (slice id, agent version id, newest counted proposal) -> stated confidences of what nobody has decided.
Source = Callable[[int, int, UUID], list[float]]


@dataclass(frozen=True, slots=True)
class Stuck:
    """So many looks in one queue that nobody may take now."""

    queue: str
    queue_slug: str
    n: int


@dataclass(frozen=True, slots=True)
class Looks:
    """Second and third looks at overrides that nobody has concluded, and those of them that nobody may take."""

    n: int = 0
    stuck: tuple[Stuck, ...] = ()

    @property
    def stuck_n(self) -> int:
        """How many nobody may take."""
        return sum(one.n for one in self.stuck)


# (slice id, agent version id or None for all, now) -> its open looks.
LookSource = Callable[[int, int | None, datetime], Looks]
_reviews: list[Source] = []
_looks: list[Source] = []
_look_sources: list[LookSource] = []


def answer_with(*, reviews: Source, looks: Source) -> None:
    """Ask these from now on: `reviews` for older proposals, `looks` for overrides that wait for another look."""
    _reviews[:], _looks[:] = [reviews], [looks]


def look_with(source: LookSource) -> None:
    """Ask this one from now on what became of looks."""
    _look_sources[:] = [source]


def pending_in_bands(standing: Standing, edges: tuple[float, ...]) -> tuple[int, ...]:
    """How many of each band wait although later ones were decided. One query for each source."""
    return _in_bands(standing, edges, [*_reviews, *_looks])


def open_reviews(standing: Standing, edges: tuple[float, ...]) -> int:
    """How many of them nobody has decided at all. One query."""
    return sum(_in_bands(standing, edges, _reviews))


def looks_of(slice_id: int, agent_version_id: int | None, *, now: datetime) -> Looks:
    """The open looks of a slice, or of one version in it. Two queries, and those of `Staff` when any waits."""
    for source in _look_sources:
        return source(slice_id, agent_version_id, now)
    return Looks()


def _in_bands(standing: Standing, edges: tuple[float, ...], sources: list[Source]) -> tuple[int, ...]:
    counts = [0] * len(edges)
    if standing.newest_counted is None:
        return tuple(counts)
    for source in sources:
        for confidence in source(standing.slice_id, standing.agent_version_id, standing.newest_counted):
            band = band_of(confidence, edges)
            if band is not None:
                counts[band] += 1
    return tuple(counts)
