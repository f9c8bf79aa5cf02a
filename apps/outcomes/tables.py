"""Tables as comma-separated values, for spreadsheets.

A spreadsheet takes a text that begins like a formula for one, and runs it: names of activities and people are others'
words, so such a text gets an apostrophe before it (OWASP, CSV injection). Numbers stay numbers.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse, StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """What csv.writer writes into: gives the line back."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def plain(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, one by one."""
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([plain(value) for value in row])


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A small table to be saved under this name."""
    response = HttpResponse("".join(csv_lines(columns, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def streamed(name: str, content_type: str, pieces: Iterable[str]) -> StreamingHttpResponse:
    """Pieces of a large file, sent as they are made."""
    response = StreamingHttpResponse(
        (piece.encode() for piece in pieces), content_type=f"{content_type}; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
