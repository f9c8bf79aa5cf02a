"""Event logs as CSV, streamed: its columns, and its rows under a mapping."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from apps.outcomes.reading.rows import Bad, LogError, Row, row_reader

DELIMITERS = {",": ",", ";": ";", "\t": "Tab", "|": "|"}
_MOST_COLUMNS = 500
_GUESSES = {
    "case": ("case_id", "case id", "caseid", "case", "case:concept:name", "ticket", "id"),
    "activity": ("activity", "concept:name", "event", "task", "status", "action"),
    "at": ("timestamp", "time:timestamp", "time", "complete timestamp", "end", "date", "at"),
    "resource": ("resource", "org:resource", "user", "agent", "who", "by"),
    "cost": ("cost", "costs", "cost:total", "amount"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """What the first line names, by what it seems to be delimited, and which column seems to be which."""

    names: tuple[str, ...]
    delimiter: str
    guess: Mapping[str, str]


def columns(stream: IO[bytes]) -> Columns:
    """The columns of a log. Raises LogError when its first line names none."""
    text = _text(stream)
    try:
        first = text.readline(100_000)
    except UnicodeDecodeError:
        raise LogError(_("This is not UTF-8 text: save the file as CSV in UTF-8.")) from None
    delimiter = max(DELIMITERS, key=first.count)
    names = next(csv.reader([first], delimiter=delimiter), [])
    if len(names) < 3 or len(names) > _MOST_COLUMNS:
        raise LogError(
            _(
                "The first line has to name the columns: at least case, activity and time, with , ; | or tabs between."
            )
        )
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        raise LogError(_("Two columns have the same name, or one has none: give each a name of its own."))
    return Columns(tuple(names), delimiter, _guess(names))


def rows(stream: IO[bytes], mapping: Mapping[str, str]) -> Iterator[Row | Bad]:
    """Every row after the first line. Raises LogError for what is no CSV, or without the named columns."""
    read = row_reader(mapping["order"], mapping["zone"])
    lines = csv.reader(_text(stream), delimiter=mapping["delimiter"])
    try:
        names = next(lines, [])
        where = [_place(names, mapping[part]) for part in ("case", "activity", "at")]
        resource = _place(names, mapping["resource"]) if mapping.get("resource") else None
        cost = _place(names, mapping["cost"]) if mapping.get("cost") else None
        case, activity, at = where
        width = len(names)
        for values in lines:
            if not values:
                continue
            if len(values) != width:
                yield Bad(
                    lines.line_num,
                    _("it has {n} columns, the first line has {width}").format(n=len(values), width=width),
                )
                continue
            yield read(
                lines.line_num,
                values[case].strip(),
                values[activity].strip(),
                values[at].strip(),
                values[resource].strip() if resource is not None else "",
                values[cost].strip() if cost is not None else "",
            )
    except UnicodeDecodeError:
        raise LogError(
            _("After line {line} it is not UTF-8 text any more: save the file as CSV in UTF-8.").format(
                line=lines.line_num
            )
        ) from None
    except csv.Error as error:
        raise LogError(
            _("Line {line} is no CSV ({reason}).").format(line=lines.line_num, reason=error)
        ) from None


def _place(names: list[str], wanted: str) -> int:
    if wanted not in names:
        raise LogError(_("There is no column {name} in this file.").format(name=repr(wanted[:60])))
    return names.index(wanted)


def _guess(names: list[str]) -> dict[str, str]:
    lowered = {name.strip().lower(): name for name in reversed(names)}
    found: dict[str, str] = {}
    for part, likely in _GUESSES.items():
        for one in likely:
            if one in lowered and lowered[one] not in found.values():
                found[part] = lowered[one]
                break
    return found


def _text(stream: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
