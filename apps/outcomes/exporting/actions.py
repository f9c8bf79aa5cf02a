"""Hands an event log out as a file, to whoever may read the log, and keeps that it was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.withheld import withheld_from
from apps.outcomes.exporting import ocel, table, xes
from apps.outcomes.exporting.events import Happened, events_in
from apps.outcomes.models import EventLog
from apps.outcomes.states import ExportFormat, LogStatus
from apps.registry.visibility import check_see_workflow

_PIECE = 64 * 1024


class ExportError(ValueError):
    """There is nothing to hand out; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way: how it is called, what it is, and its bytes, which are read only once."""

    name: str
    content_type: str
    pieces: Iterator[bytes]


_WRITERS: dict[ExportFormat, tuple[str, str, Callable[[str, Iterator[Happened]], Iterator[str]]]] = {
    ExportFormat.XES: ("xes", "application/xml", xes.written),
    ExportFormat.OCEL: ("ocel.json", "application/json", lambda _name, events: ocel.written(events)),
    ExportFormat.CSV: ("csv", "text/csv; charset=utf-8", lambda _name, events: table.written(events)),
}


def export_log(
    *, log: EventLog, format: ExportFormat, since: date | None, until: date | None, by: User, now: datetime
) -> Export:
    """The log, or its cases with an event from `since` to `until`. Raises NotAllowed, and ExportError for nothing.

    What ReviewHub told of proposals that are kept from `by` now is not in it: somebody is to look at a copy unbiased.

    What is read is read before the first byte leaves; afterwards only the writing is left.
    """
    check_see_workflow(log.workflow, by=by)
    if log.status != LogStatus.READY:
        raise ExportError(_("This log is not imported yet: there is nothing in it to export."))
    if since and until and until < since:
        raise ExportError(_("The period ends before it begins."))
    events = events_in(log, since=since, until=until, without=withheld_from(by))
    first = next(events, None)
    if first is None:
        raise ExportError(_("No event lies in this period. Choose a longer one, or leave both days empty."))
    audit.record(
        verb="event_log.exported",
        now=now,
        by=by,
        subject=("event_log", log.pk, log.name),
        workflow_id=log.workflow_id,
        data={
            "format": format.value.upper(),
            "from": since.isoformat() if since else "",
            "to": until.isoformat() if until else "",
        },
    )
    ending, content_type, writer = _WRITERS[format]
    name = (
        f"{log.workflow.slug}-{log.pk}.{ending}" if not log.is_live else f"{log.workflow.slug}-live.{ending}"
    )
    return Export(name, content_type, _together(writer(log.name, chain([first], events))))


def _together(texts: Iterator[str]) -> Iterator[bytes]:
    """The same in pieces that are worth sending."""
    some: list[str] = []
    size = 0
    for text in texts:
        some.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(some).encode()
            some, size = [], 0
    yield "".join(some).encode()
