"""Where do the stops of a chain stand in a picture of its time, from opening to the last step?

Positions are percent of the picture's width, so that text in it keeps its size on every screen. The picture only
repeats what the list beside it says. Values only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.sla.calendars import WorkingCalendar

# Numbers nearer than this to each other would overlap on a phone: the later one stands above.
_APART = 8.0
_LEFT, _RIGHT = 3.0, 96.0
_LANE = 24
_TOP = 16
# Beyond this, closed nights are thinner than a line.
_SHADED_DAYS = 45
# A label is a third of the picture on a phone: opening and end stand beside each other, due below them.
_EDGE = 25.0
_LABELS = (18, 52)


@dataclass(frozen=True, slots=True)
class Mark:
    """A numbered stop. `x` is percent as SVG writes it, `y` pixels; `danger` for the fallback."""

    number: int
    x: str
    y: int
    danger: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A named moment below the axis; `anchor` is SVG's text-anchor, `y` where its name stands, the moment below."""

    at: datetime
    name: str
    x: str
    anchor: str
    y: int


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch in which the calendar is closed."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw. `axis` is the height of the line, `height` that of the picture, in pixels."""

    height: int
    axis: int
    marks: Sequence[Mark]
    ticks: Sequence[Tick]
    bands: Sequence[Band]
    due: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Moments to percent."""

    begins: datetime
    ends: datetime

    def at(self, moment: datetime) -> float:
        """Where a moment stands; moments outside stand at the edge."""
        whole = (self.ends - self.begins) / timedelta(seconds=1)
        share = (moment - self.begins) / timedelta(seconds=1) / whole if whole > 0 else 0.0
        return _LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, share))


def draw(
    *,
    opened_at: datetime,
    due_at: datetime,
    stops: Sequence[tuple[int, datetime, bool]],
    names: tuple[str, str, str],
    calendar: WorkingCalendar | None,
) -> Picture:
    """`stops` are (number, moment, whether it is the fallback) in order; `names` those of opening, due and end."""
    ends_at = max([due_at, *(at for _number, at, _danger in stops)])
    scale = Scale(opened_at, ends_at)
    lanes = list(_lanes([scale.at(at) for _number, at, _danger in stops]))
    axis = _TOP + _LANE * (max(lanes, default=0) + 1)
    return Picture(
        height=axis + 74,
        axis=axis,
        marks=[
            Mark(number, _percent(scale.at(at)), axis - 16 - _LANE * lane, danger)
            for (number, at, danger), lane in zip(stops, lanes, strict=True)
        ],
        ticks=list(_ticks(scale, (opened_at, due_at, ends_at), names, axis)),
        bands=list(_bands(scale, calendar)) if calendar is not None else [],
        due=_percent(scale.at(due_at)),
    )


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _lanes(positions: Sequence[float]) -> Iterator[int]:
    """The lowest lane in which each number does not touch the one before it there."""
    last: list[float] = []
    for x in positions:
        lane = next((lane for lane, before in enumerate(last) if x - before >= _APART), len(last))
        last[lane:] = [x, *last[lane + 1 :]]
        yield lane


def _ticks(
    scale: Scale, moments: tuple[datetime, datetime, datetime], names: tuple[str, str, str], axis: int
) -> Iterator[Tick]:
    """Opening and due always; the end where it has a name and is not the due moment itself."""
    opened_at, due_at, ends_at = moments
    due = scale.at(due_at)
    above, below = (axis + offset for offset in _LABELS)
    yield Tick(opened_at, names[0], _percent(_LEFT), "start", above)
    if names[2] and ends_at > due_at:
        yield Tick(ends_at, names[2], _percent(_RIGHT), "end", above)
    anchor = "start" if due - _LEFT < _EDGE else "end" if _RIGHT - due < _EDGE else "middle"
    yield Tick(due_at, names[1], _percent(due), anchor, below)


def _bands(scale: Scale, calendar: WorkingCalendar) -> Iterator[Band]:
    """The closed stretches between the edges."""
    if scale.ends - scale.begins > timedelta(days=_SHADED_DAYS):
        return
    closed_from = scale.begins
    for day in range(scale.begins.toordinal() - 1, scale.ends.toordinal() + 2):
        for opens, closes, _on in calendar.open_spans(day):
            if opens > closed_from:
                yield from _band(scale, closed_from, min(opens, scale.ends))
            closed_from = max(closed_from, closes)
    yield from _band(scale, closed_from, scale.ends)


def _band(scale: Scale, begins: datetime, ends: datetime) -> Iterator[Band]:
    if ends > begins:
        left, right = scale.at(begins), scale.at(ends)
        yield Band(_percent(left), _percent(right - left))
