"""What do people still have to look at? Trust knows no proposals and no tasks: it is told how to ask.

On start `proposals` says how to find reviews and looks that are open although later proposals were decided
(`answer_with`), and `reviews` what became of the looks (`look_with`). The answers are needed only when something is
about to be recommended or ratified, and on pages.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.trust.models import Standing
from apps.trust.statistics.regions import band_of

# A slice and a version of its agent, by their ids.
Place = tuple[int, int]
# Newest counted proposals by place -> the place and stated confidence of what nobody has decided.
Source = Callable[[Mapping[Place, UUID]], Iterable[tuple[int, int, float]]]


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


# Slice ids and now -> the open looks by place.
LookSource = Callable[[Collection[int], datetime], Mapping[Place, Looks]]
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


def open_reviews(standings: Mapping[UUID, tuple[Standing, tuple[float, ...]]]) -> dict[UUID, int]:
    """How many of them nobody has decided at all, of standings with the edges of their bands. One query."""
    asked = [standing for standing, _edges in standings.values()]
    edges = {_place(standing): edges for standing, edges in standings.values()}
    found = Counter[Place]()
    for place, confidence in _asked_of(_reviews, asked):
        found[place] += band_of(confidence, edges[place]) is not None
    return {key: found[_place(standing)] for key, (standing, _edges) in standings.items()}


def looks_in(slice_ids: Collection[int], *, now: datetime) -> Mapping[Place, Looks]:
    """{(slice, agent version): its open looks}, for those that have any. Two queries, and those of `Staff` when any
    waits.
    """
    for source in _look_sources:
        return source(slice_ids, now)
    return {}


def looks_of(slice_id: int, *, now: datetime) -> Looks:
    """The open looks of a slice, of all its versions. Queries as `looks_in`."""
    found = list(looks_in([slice_id], now=now).values())
    stuck = Counter[tuple[str, str]]()
    for looks in found:
        stuck.update({(one.queue, one.queue_slug): one.n for one in looks.stuck})
    return Looks(
        sum(looks.n for looks in found), tuple(Stuck(*queue, n) for queue, n in sorted(stuck.items()))
    )


def _in_bands(standing: Standing, edges: tuple[float, ...], sources: list[Source]) -> tuple[int, ...]:
    counts = [0] * len(edges)
    for _at, confidence in _asked_of(sources, [standing]):
        band = band_of(confidence, edges)
        if band is not None:
            counts[band] += 1
    return tuple(counts)


def _asked_of(sources: list[Source], standings: Sequence[Standing]) -> Iterable[tuple[Place, float]]:
    newest = {_place(one): one.newest_counted for one in standings if one.newest_counted is not None}
    if newest:
        for source in sources:
            for slice_id, agent_version_id, confidence in source(newest):
                yield (slice_id, agent_version_id), confidence


def _place(standing: Standing) -> Place:
    return standing.slice_id, standing.agent_version_id
