"""Tables as comma-separated values, for spreadsheets.

A spreadsheet takes a text that begins like a formula for one, and runs it: names of activities, queues and people are
others' words, so such a text gets an apostrophe before it (OWASP, CSV injection). Numbers stay numbers.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

_Response = TypeVar("_Response", bound=HttpResponseBase)
_TYPE = "text/csv; charset=utf-8"
# The second four are the wide signs of East Asian keyboards, which spreadsheets there read as the first.
_FORMULA = ("=", "+", "-", "@", *"\uff1d\uff0b\uff0d\uff20", "\t", "\r", "\n")


def plain(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table line by line, the names of its columns first."""
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([plain(value) for value in row])


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table to be saved under this name."""
    return _saved(HttpResponse("".join(csv_lines(columns, rows)), content_type=_TYPE), name)


def csv_streamed(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """The same for a table that may be long: it leaves as it is written."""
    return _saved(StreamingHttpResponse(csv_lines(columns, rows), content_type=_TYPE), name)


def _saved(response: _Response, name: str) -> _Response:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Line:
    """What the writer of the standard library writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line
