"""Adds counts of comparisons up to what the shadow page shows: agreement with its range, and kinds of divergence. Pure.

Agreement is the share of comparisons in which people did exactly what was proposed. Its range is Wilson's, 95 of 100,
for the eye; what moves a slice out of shadow is decided by `trust` alone.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.evaluation.states import COUNTED, Kind, Later, Source
from apps.trust.statistics.shares import likely_range


class Counted(NamedTuple):
    """So many comparisons of one slice and agent version stand so."""

    slice_id: int
    version_id: int
    source: Source
    kind: Kind
    later: Later
    n: int


@dataclass(slots=True)
class Agreed:
    """`same` of `n` were as proposed; shares in percent."""

    same: int = 0
    n: int = 0

    def add(self, kind: Kind, n: int) -> None:
        """So many of this kind."""
        self.n += n
        self.same += n * (kind is Kind.SAME)

    @property
    def share(self) -> float | None:
        """None without any case."""
        return 100 * self.same / self.n if self.n else None

    @property
    def low(self) -> float:
        """The lower end of its range."""
        return 100 * likely_range(self.same, self.n)[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return 100 * likely_range(self.same, self.n)[1]

    @property
    def differing(self) -> int:
        """How many were not as proposed."""
        return self.n - self.same


@dataclass(slots=True)
class OfKind:
    """One kind: how many, and of how many later truth says that what was proposed was correct, or wrong."""

    kind: Kind
    n: int = 0
    correct: int = 0
    wrong: int = 0


@dataclass(slots=True)
class Sum:
    """Everything the page shows. `blind` are those of `total` that a blind reviewer chose."""

    total: Agreed = field(default_factory=Agreed)
    blind: Agreed = field(default_factory=Agreed)
    opinions: Agreed = field(default_factory=Agreed)
    by_version: dict[tuple[int, int], Agreed] = field(default_factory=dict)
    kinds: list[OfKind] = field(default_factory=list)


def add_up(counts: Iterable[Counted]) -> Sum:
    """The kinds come in the order of their names, those that never came left out."""
    found, kinds = Sum(), {kind: OfKind(kind) for kind in Kind}
    later: Counter[tuple[Kind, Later]] = Counter()
    for one in counts:
        if one.source is Source.OPINION:
            found.opinions.add(one.kind, one.n)
        if one.source not in COUNTED:
            continue
        found.total.add(one.kind, one.n)
        if one.source is Source.BLIND:
            found.blind.add(one.kind, one.n)
        found.by_version.setdefault((one.slice_id, one.version_id), Agreed()).add(one.kind, one.n)
        kinds[one.kind].n += one.n
        later[one.kind, one.later] += one.n
    for row in kinds.values():
        row.correct, row.wrong = later[row.kind, Later.CORRECT], later[row.kind, Later.WRONG]
    found.kinds = [row for row in kinds.values() if row.n]
    return found
