"""Tables as comma-separated values, for spreadsheets.

A spreadsheet takes a text that begins like a formula for one, and runs it: names of activities, queues and people are
others' words, so such a text gets an apostrophe before it (OWASP, CSV injection). Numbers stay numbers.
"""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table to be saved under this name."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(columns)
    writer.writerows([plain(value) for value in row] for row in rows)
    return response
