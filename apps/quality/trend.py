"""The small picture of a figure: one point a week, as high as the figure. Pure.

Coordinates are plain numbers in a box of `WIDTH` x `HEIGHT`; a week without cases leaves a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.quality.figures import Week

WIDTH, HEIGHT = 120, 32
_EDGE = 3


@dataclass(frozen=True, slots=True)
class Trend:
    """`lines` are runs of points `x,y x,y …`; `target_y` is None without a target. `last` is where it stands now."""

    weeks: tuple[Week, ...]
    lines: tuple[str, ...]
    target_y: float | None
    last: tuple[float, float] | None


def trend(weeks: Sequence[Week], target: float | None) -> Trend:
    """The picture of these weeks. What it shows begins at zero, so that small moves look small."""
    known = [week.value for week in weeks if week.value is not None]
    top = max([*known, target or 0]) or 1.0
    step = (WIDTH - 2 * _EDGE) / max(1, len(weeks) - 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for number, week in enumerate(weeks):
        if week.value is None:
            runs.append([])
        else:
            runs[-1].append((round(_EDGE + step * number, 1), _y(week.value, top)))
    runs = [run for run in runs if run]
    return Trend(
        tuple(weeks),
        tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs),
        None if target is None else _y(target, top),
        runs[-1][-1] if runs else None,
    )


def _y(value: float, top: float) -> float:
    return round(HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * value / top, 1)
