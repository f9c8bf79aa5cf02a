"""The picture of a process: two logs as maps of what follows what, before beside now. Pure.

Where the two have much in common they share one layout, so that the same activity stands in the same place and the eye
can compare; what one of them lacks is drawn there faintly. A line that stays in its box is told in the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt
from textwrap import wrap

from apps.outcomes.process.following import Pair, bottleneck, covering
from apps.outcomes.process.laying import BOX_HEIGHT, BOX_WIDTH, Layout, Line, Node, Point, lay

MOST_LINES = 60
"""More lines nobody reads; the table has all that the share asks for."""
_WIDTHS = 6
_LETTERS = 22
_LETTER, _LABEL_HEIGHT = 6.8, 15.0
_MEDIAN_LETTERS = 6
_BESIDE = (8.0, 18.0)
_OF_WIDTH = {"start": -0.5, "middle": 0.0, "end": 0.5}
_ON_THE_WAY = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8)
_SAMPLES = tuple(number / 12 for number in range(13))
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Box:
    """An activity, or the start or end of cases. `n`: how often. `again`: it directly after itself."""

    kind: str
    name: str
    x: float
    y: float
    left: float
    top: float
    words: tuple[tuple[float, str], ...]
    n: int
    n_y: float
    again: Pair | None
    again_y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line: its path, its head, its label's place, how broad it is (1 to 6).

    `anchor` says which part of the label stands at its place: `start` (it is right of the line), `middle` or `end`.
    """

    pair: Pair
    path: str
    head: str
    label_x: float
    label_y: float
    anchor: str
    broad: int
    is_bottleneck: bool


@dataclass(frozen=True, slots=True)
class Map:
    """One log drawn: the `pairs` of the share among all `of`; `left_out` of them only stand in the table."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    pairs: tuple[Pair, ...]
    bottleneck: Pair | None
    of: int
    left_out: int


def draw(logs: Sequence[Sequence[Pair]], *, share: int) -> tuple[list[Map], bool]:
    """A map of each log with the pairs that make up `share` percent of it; and whether they share one layout."""
    shown = [covering(pairs, share=share) for pairs in logs]
    drawn = [_most(pairs) for pairs in shown]
    together = len(drawn) > 1 and _are_alike(drawn)
    if together:
        layouts = [_layout([pair for pairs in drawn for pair in pairs])] * len(drawn)
    else:
        layouts = [_layout(pairs) for pairs in drawn]
    maps = [_map(*one) for one in zip(logs, shown, drawn, layouts, strict=True)]
    return maps, together


def line_of(pair: Pair) -> Line:
    """The two boxes of a pair."""
    return (
        ("do", pair.before) if pair.before else ("start", ""),
        ("do", pair.after) if pair.after else ("end", ""),
    )


def _most(pairs: Sequence[Pair]) -> list[Pair]:
    slowest = bottleneck(pairs)
    kept = list(pairs[:MOST_LINES])
    return kept if slowest is None or slowest in kept else [*kept[:-1], slowest]


def _activities(pairs: Sequence[Pair]) -> set[str]:
    return {name for pair in pairs for name in (pair.before, pair.after) if name}


def _are_alike(logs: Sequence[Sequence[Pair]]) -> bool:
    first, second = (_activities(pairs) for pairs in logs)
    return len(first & second) >= _ALIKE * max(1, min(len(first), len(second)))


def _layout(pairs: Sequence[Pair]) -> Layout:
    lines: dict[Line, int] = {}
    alone: set[Node] = set()
    for pair in pairs:
        line = line_of(pair)
        if line[0] == line[1]:
            alone.add(line[0])
        else:
            lines[line] = lines.get(line, 0) + pair.n
    return lay(lines, alone)


def _map(pairs: Sequence[Pair], shown: Sequence[Pair], drawn: Sequence[Pair], layout: Layout) -> Map:
    slowest = bottleneck(pairs)
    counts: dict[Node, int] = {("start", ""): 0, ("end", ""): 0}
    for pair in pairs:
        first, second = line_of(pair)
        counts[second] = counts.get(second, 0) + pair.n
        if first == ("start", ""):
            counts[first] += pair.n
    again = {line_of(pair)[0]: pair for pair in drawn if pair.before == pair.after}
    seen = {node for pair in drawn for node in line_of(pair)}
    most = max((pair.n for pair in drawn), default=1)
    boxes = tuple(
        _box(node, place, counts.get(node, 0) if node in seen else 0, again.get(node))
        for node, place in sorted(layout.places.items())
    )
    arrowed = [pair for pair in drawn if pair.before != pair.after or not pair.before]
    ways = {line_of(pair): layout.ways[line_of(pair)] for pair in arrowed}
    taken = _Taken(
        [_Area(box.x, box.y, BOX_WIDTH, BOX_HEIGHT) for box in boxes],
        [point for way in ways.values() for point in _along(way)],
        layout.width,
    )
    arrows = tuple(_arrow(pair, ways[line_of(pair)], most, pair == slowest, taken) for pair in arrowed)
    return Map(
        round(layout.width),
        round(layout.height),
        boxes,
        arrows,
        tuple(shown),
        slowest,
        len(pairs),
        len(shown) - len(drawn),
    )


def _box(node: Node, place: Point, n: int, again: Pair | None) -> Box:
    kind, name = node
    x, y = place
    words = wrap(name, _LETTERS, max_lines=2, placeholder="…") if name else []
    lines = max(1, len(words)) + 1 + bool(again)
    first = y - (lines - 1) * 8 + 4.5
    return Box(
        kind,
        name,
        round(x, 1),
        round(y, 1),
        round(x - BOX_WIDTH / 2, 1),
        round(y - BOX_HEIGHT / 2, 1),
        tuple((round(first + 16 * at, 1), word) for at, word in enumerate(words or [""])),
        n,
        round(first + 16 * (lines - 1 - bool(again)), 1),
        again,
        round(first + 16 * (lines - 1), 1),
    )


def _arrow(
    pair: Pair,
    way: Sequence[Point],
    most: int,
    is_bottleneck: bool,
    taken: "_Taken",
) -> Arrow:
    goes_down = way[-1][1] >= way[0][1]
    x, y = way[-1]
    back = y - 7 if goes_down else y + 7
    broad = max(1, ceil(_WIDTHS * sqrt(pair.n / most)))
    label, anchor = _free_place(pair, way, taken)
    taken.areas.append(label)
    return Arrow(
        pair,
        _path([*way[:-1], (x, back)]),
        f"{x:.1f},{y:.1f} {x - 5:.1f},{back:.1f} {x + 5:.1f},{back:.1f}",
        round(label.x + _OF_WIDTH[anchor] * label.width, 1),
        round(label.y, 1),
        anchor,
        broad,
        is_bottleneck,
    )


def _path(way: Sequence[Point]) -> str:
    parts = [f"M{way[0][0]:.1f},{way[0][1]:.1f}"]
    for (x, y), (to_x, to_y) in pairwise(way):
        middle = (y + to_y) / 2
        parts.append(f"C{x:.1f},{middle:.1f} {to_x:.1f},{middle:.1f} {to_x:.1f},{to_y:.1f}")
    return " ".join(parts)


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle by its middle."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "_Area") -> bool:
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2
            and abs(self.y - other.y) < (self.height + other.height) / 2
        )

    def holds(self, point: Point) -> bool:
        return abs(self.x - point[0]) < self.width / 2 + 3 and abs(self.y - point[1]) < self.height / 2


@dataclass(frozen=True, slots=True)
class _Taken:
    """Where a label would cover something: boxes and other labels, points of all lines, what lies outside."""

    areas: list[_Area]
    points: Sequence[Point]
    width: float

    def covered_by(self, label: _Area) -> int:
        """How much a label covers; areas count most."""
        outside = label.x < label.width / 2 or label.x > self.width - label.width / 2
        areas = sum(label.meets(area) for area in self.areas)
        return 100 * (areas + outside) + sum(label.holds(point) for point in self.points)


def _free_place(pair: Pair, way: Sequence[Point], taken: _Taken) -> tuple[_Area, str]:
    """A place beside the line where its label covers nothing, or the least there is; and its anchor."""
    letters = len(f"{pair.n:,}") + (0 if pair.median is None else 3 + _MEDIAN_LETTERS)
    width = letters * _LETTER
    spans = list(pairwise(way))
    middle_first = sorted(range(len(spans)), key=lambda at: (at % 2, abs(at - (len(spans) - 1) / 2)))
    on_it = [_at(*spans[span], share) for span in middle_first for share in _ON_THE_WAY]
    beside = [
        (_Area(x + side * (width / 2 + off), y, width, _LABEL_HEIGHT), anchor)
        for off in _BESIDE
        for x, y in on_it
        for side, anchor in ((1, "start"), (-1, "end"))
    ]
    places = beside + [(_Area(x, y, width, _LABEL_HEIGHT), "middle") for x, y in on_it]
    return min(places, key=lambda place: taken.covered_by(place[0]))


def _along(way: Sequence[Point]) -> list[Point]:
    """Points on a line, close enough together that no label fits between two of them."""
    return [_at(start, end, share) for start, end in pairwise(way) for share in _SAMPLES]


def _at(start: Point, end: Point, t: float) -> Point:
    (x, y), (to_x, to_y) = start, end
    middle = (y + to_y) / 2
    return (
        x + (to_x - x) * t * t * (3 - 2 * t),
        (1 - t) ** 3 * y + 3 * t * (1 - t) * middle + t**3 * to_y,
    )
