"""Where do the boxes and lines of a process stand? Layer by layer, the usual way of a case from top to bottom. Pure.

The layers, the order in them and the ways round other boxes are those of Sugiyama's method, by `fast_sugiyama`. It gets
no circle: which lines go up is decided here, the rare ones (with circles its layering may not end, see decision 0021).
Units are pixels at natural size; y grows downwards.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from fast_sugiyama import from_edges

BOX_WIDTH, BOX_HEIGHT = 168.0, 64.0
_COLUMN, _ROW = 196.0, 128.0
_LANE = 96.0
_MARGIN = 16.0
_PORT = 26.0
_UNIT = 100

Node = tuple[str, str]
"""A kind (`start`, `do`, `end`) and, for `do`, the activity."""
Point = tuple[float, float]
Line = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Layout:
    """Middles of the boxes, and the points a line goes through, from its first box to its second."""

    width: float
    height: float
    places: Mapping[Node, Point]
    ways: Mapping[Line, tuple[Point, ...]]


def lay(lines: Mapping[Line, int], alone: Collection[Node] = ()) -> Layout:
    """Lay out these lines, each with how often it is gone; none from a box to itself. `alone` are boxes without any."""
    down = _downwards(lines)
    places: dict[Node, Point] = {}
    lanes: dict[Line, list[Point]] = {}
    right = _MARGIN
    for part in _parts(set(down.values())):
        nodes = sorted({node for line in part for node in line})
        number = {node: at for at, node in enumerate(nodes)}
        positions, edges = _laid(sorted((number[a], number[b]) for a, b in part))
        left = min(x for x, _ in positions.values())
        top = max(y for _, y in positions.values())
        known = {
            at: (
                right + BOX_WIDTH / 2 + (x - left) / _UNIT * _COLUMN,
                _MARGIN + BOX_HEIGHT / 2 + (top - y) / _UNIT * _ROW,
            )
            for at, (x, y) in positions.items()
        }
        places |= {node: known[at] for at, node in enumerate(nodes)}
        lanes |= {(nodes[a], nodes[b]): points for (a, b), points in _lanes(edges, known, len(nodes)).items()}
        right = max(x for x, _ in known.values()) + _COLUMN - BOX_WIDTH / 2
    for node in sorted(set(alone) - set(places)):
        places[node] = (right + BOX_WIDTH / 2, _MARGIN + BOX_HEIGHT / 2)
        right += _COLUMN
    ways = _ways(down, places, lanes)
    xs = [x for x, _ in places.values()] + [x for way in ways.values() for x, _ in way]
    ys = [y for _, y in places.values()]
    return Layout(
        max(xs, default=0) + BOX_WIDTH / 2 + _MARGIN,
        max(ys, default=0) + BOX_HEIGHT / 2 + _MARGIN,
        places,
        ways,
    )


def _parts(lines: Collection[Line]) -> list[list[Line]]:
    """The lines of each part of the picture that no line joins to another. The library takes them in any order."""
    parts: list[set[Node]] = []
    for line in sorted(lines):
        joined = [part for part in parts if part & set(line)]
        parts = [part for part in parts if part not in joined] + [set(line).union(*joined)]
    return [[line for line in sorted(lines) if line[0] in part] for part in sorted(parts, key=min)]


def _laid(lines: Sequence[tuple[int, int]]) -> tuple[dict[int, Point], Sequence[tuple[int, int]]]:
    """Places of the boxes, and of points on long lines under numbers of their own; and the lines by these points."""
    (found,) = from_edges(
        lines,
        vertex_spacing=_UNIT,
        dummy_vertices=True,
        dummy_size=_UNIT * _LANE / _COLUMN,
        ranking_type="up",
        check_layout=False,
    )
    positions, _width, _height, edges = found
    # Its boxes have the numbers they were given, and it always tells the lines when asked for the points on them.
    return dict(cast(list[tuple[int, Point]], positions)), cast(list[tuple[int, int]], edges)


def _downwards(lines: Mapping[Line, int]) -> dict[Line, Line]:
    """Each line as it is laid out: itself, or turned round if it would close a circle of more frequent ones."""
    reached: dict[Node, set[Node]] = defaultdict(set)
    down: dict[Line, Line] = {}
    for line in sorted(lines, key=lambda one: (-lines[one], one)):
        first, second = line
        if first in reached[second]:
            first, second = second, first
        down[line] = (first, second)
        gained = {second} | reached[second]
        for node in [first, *(node for node, found in reached.items() if first in found)]:
            reached[node] |= gained
    return down


def _lanes(
    edges: Sequence[tuple[int, int]], known: Mapping[int, Point], count: int
) -> dict[tuple[int, int], list[Point]]:
    """The points of each line that passes layers, by its two boxes; boxes have the numbers below `count`."""
    follows: dict[int, list[int]] = defaultdict(list)
    for first, second in edges:
        follows[first].append(second)
    lanes = {}
    for first in range(count):
        for at in follows[first]:
            points = []
            while at >= count:
                points.append(known[at])
                (at,) = follows[at]
            lanes[first, at] = points
    return lanes


def _ways(
    down: Mapping[Line, Line], places: Mapping[Node, Point], lanes: Mapping[Line, Sequence[Point]]
) -> dict[Line, tuple[Point, ...]]:
    """The points of each line, its ends spread along the edges of the boxes so that no two meet there."""
    below: dict[Node, list[tuple[float, Line]]] = defaultdict(list)
    above: dict[Node, list[tuple[float, Line]]] = defaultdict(list)
    for line, (first, second) in down.items():
        points = [places[first], *lanes.get((first, second), ()), places[second]]
        below[first].append((points[1][0], line))
        above[second].append((points[-2][0], line))
    shift = {
        (line, side): _port(at, len(ends))
        for side, boxes in (("below", below), ("above", above))
        for ends in boxes.values()
        for at, (_x, line) in enumerate(sorted(ends))
    }
    twice: dict[Line, list[Line]] = defaultdict(list)
    for line, laid in sorted(down.items()):
        twice[laid].append(line)
    ways = {}
    for line, (first, second) in down.items():
        side = 0.0 if len(twice[first, second]) == 1 else (-8.0, 8.0)[twice[first, second].index(line)]
        (x, y), (to_x, to_y) = places[first], places[second]
        through = [
            (across + side, middle + half)
            for across, middle in lanes.get((first, second), ())
            for half in (-BOX_HEIGHT / 2, BOX_HEIGHT / 2)
        ]
        way = (
            (x + shift[line, "below"], y + BOX_HEIGHT / 2),
            *through,
            (to_x + shift[line, "above"], to_y - BOX_HEIGHT / 2),
        )
        ways[line] = way if line == (first, second) else way[::-1]
    return ways


def _port(at: int, count: int) -> float:
    return (at - (count - 1) / 2) * min(_PORT, (BOX_WIDTH - 24) / count)
