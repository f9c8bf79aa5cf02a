"""An event log as a table of comma-separated values: what our own import reads, and any spreadsheet."""

from collections.abc import Iterable, Iterator

from apps.audit.csv_files import csv_lines
from apps.outcomes.exporting.events import Happened

COLUMNS = ("case", "activity", "timestamp", "resource", "cost")


def written(events: Iterable[Happened]) -> Iterator[str]:
    """The table line by line, the names of its columns first."""
    return csv_lines(COLUMNS, map(_row, events))


def _row(event: Happened) -> list[object]:
    return [
        event.case,
        event.activity,
        event.at.isoformat(timespec="microseconds"),
        event.resource,
        # A number stays one, also below zero.
        event.cost,
    ]
