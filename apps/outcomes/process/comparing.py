"""The process before beside the process now: which logs, and their maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from apps.outcomes.comparing import NOW_DAYS
from apps.outcomes.models import Baseline, EventLog
from apps.outcomes.process.drawing import Map, draw
from apps.outcomes.process.following import Pair, pairs_of
from apps.outcomes.states import LogStatus, LogUse
from apps.registry.models import Workflow

SHARES = (50, 70, 80, 90, 95, 99, 100)
DEFAULT_SHARE = 90


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two logs, its map, and the period its pairs are from (a finished log: all of it)."""

    log: EventLog
    is_before: bool
    map: Map
    between: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class Row:
    """A pair in the table: what it is on each side; None where it is not among what is shown there."""

    before: str
    after: str
    sides: tuple[tuple[Side, Pair | None, bool], ...]


@dataclass(frozen=True, slots=True)
class Process:
    """What the page of a process shows. `are_alike`: the same activity stands in the same place on both sides."""

    sides: tuple[Side, ...]
    rows: tuple[Row, ...]
    share: int
    are_alike: bool


def baseline_logs(workflow: Workflow) -> list[EventLog]:
    """The imported logs of the time before, the one of the newest baseline first."""
    ready = EventLog.objects.filter(
        workflow=workflow, use=LogUse.BASELINE, status=LogStatus.READY, is_live=False
    )
    logs = list(ready.order_by("-created_at"))
    newest = (
        Baseline.objects.filter(log__in=logs, version__kpi__is_active=True)
        .order_by("-created_at")
        .values_list("log_id", flat=True)
        .first()
    )
    return sorted(logs, key=lambda log: log.pk != newest)


def now_period(now: datetime) -> tuple[date, date]:
    """The days that count as now."""
    today = timezone.localdate(now)
    return today - timedelta(days=NOW_DAYS - 1), today


def process(workflow: Workflow, log: EventLog | None, *, share: int, now: datetime) -> Process:
    """Both maps with the pairs that make up `share` percent of each log. `log` is of the time before, if any."""
    live = EventLog.objects.filter(workflow=workflow, is_live=True).first()
    asked: list[tuple[EventLog, tuple[date, date] | None]] = [(log, None)] if log else []
    asked += [(live, now_period(now))] if live else []
    found = [(one, between, pairs_of(one, between=between)) for one, between in asked]
    found = [side for side in found if side[2]]
    maps, are_alike = draw([pairs for _, _, pairs in found], share=share)
    sides = tuple(
        Side(one, not one.is_live, drawn, between)
        for (one, between, _), drawn in zip(found, maps, strict=True)
    )
    return Process(sides, _rows(sides), share, are_alike)


def _rows(sides: Sequence[Side]) -> tuple[Row, ...]:
    by_pair = [{(pair.before, pair.after): pair for pair in side.map.pairs} for side in sides]
    keys = dict.fromkeys(key for pairs in by_pair for key in pairs)
    return tuple(
        Row(
            *key,
            tuple(
                (side, pairs.get(key), pairs.get(key) is not None and pairs.get(key) == side.map.bottleneck)
                for side, pairs in zip(sides, by_pair, strict=True)
            ),
        )
        for key in keys
    )
