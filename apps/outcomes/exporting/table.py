"""An event log as a table of comma-separated values: what our own import reads, and any spreadsheet."""

import csv
from collections.abc import Iterable, Iterator

from apps.audit.csv_files import plain
from apps.outcomes.exporting.events import Happened

COLUMNS = ("case", "activity", "timestamp", "resource", "cost")


class _Line:
    """What the writer of the standard library writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def written(events: Iterable[Happened]) -> Iterator[str]:
    """The table line by line, the names of its columns first."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in events:
        yield writer.writerow(
            [
                plain(event.case),
                plain(event.activity),
                event.at.isoformat(timespec="microseconds"),
                plain(event.resource),
                "" if event.cost is None else f"{event.cost:f}",
            ]
        )
