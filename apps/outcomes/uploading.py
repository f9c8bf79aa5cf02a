"""Takes an uploaded event log apart into pieces every worker can read, and says what its columns are."""

import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import IO, Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.delivery.waking import wake
from apps.outcomes import policies
from apps.outcomes.models import EventLog, LogPart
from apps.outcomes.reading import delimited, rows, xes
from apps.outcomes.reading.rows import Bad, LogError, Row
from apps.outcomes.states import LogFormat, LogStatus, LogUse
from apps.registry.models import Workflow

IMPORT = "apps.outcomes.tasks.import_logs"
MOST_BYTES = 1024**3
_PREVIEWED = 1000
_SHOWN = 20
_PARTS = ("case", "activity", "at", "resource", "cost")


class Pieces(io.RawIOBase):
    """The kept pieces of a log as one stream; one piece is in memory at a time."""

    def __init__(self, log: EventLog) -> None:
        self._log, self._next = log, 0
        self._rest = memoryview(b"")
        self.read_so_far = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, from the next piece when this one is used up."""
        if not self._rest:
            data = LogPart.objects.filter(log=self._log, position=self._next).values_list("data", flat=True)
            self._rest, self._next = memoryview(bytes(data.first() or b"")), self._next + 1
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        self.read_so_far += n
        return n


def opened(log: EventLog) -> tuple[IO[bytes], Pieces]:
    """The uploaded file as a stream, and the pieces below it, which know how far it was read."""
    pieces = Pieces(log)
    return io.BufferedReader(pieces, 256 * 1024), pieces


def read_rows(log: EventLog, stream: IO[bytes], mapping: Mapping[str, str]) -> Iterable[Row | Bad]:
    """Every row of the file under a mapping. Raises LogError."""
    return (xes if log.format == LogFormat.XES else delimited).rows(stream, mapping)


def upload(
    *,
    workflow: Workflow,
    name: str,
    use: LogUse,
    filename: str,
    chunks: Iterable[bytes],
    by: User,
    now: datetime,
) -> EventLog:
    """Keep an uploaded file. Raises NotAllowed, and LogError for what is no event log at first sight."""
    policies.check_set_up(workflow, by=by)
    ending = filename.lower().rpartition(".")[2]
    if ending not in LogFormat.values:
        raise LogError(_("Upload a file whose name ends with .csv or .xes; unpack it first if it is packed."))
    digest = hashlib.sha256()
    with transaction.atomic():
        log = EventLog(workflow=workflow, name=name, use=use, format=ending, created_at=now, created_by=by)
        if EventLog.objects.filter(workflow=workflow, name=name).exists():
            raise LogError(_("There is an event log of this name already: give it another one."))
        log.save(force_insert=True)
        for position, chunk in enumerate(chunks):
            digest.update(chunk)
            log.size += len(chunk)
            if log.size > MOST_BYTES:
                raise LogError(_("The file is larger than 1 GiB: split it by time."))
            LogPart.objects.create(log=log, position=position, data=chunk)
        if not log.size:
            raise LogError(_("The file is empty."))
        log.sha256 = digest.hexdigest()
        log.mapping = _first_mapping(log)
        log.save(update_fields=["size", "sha256", "mapping"])
        audit.record(
            verb="event_log.uploaded",
            now=now,
            by=by,
            subject=("event_log", log.pk, log.name),
            workflow_id=workflow.pk,
            data={"sha256": log.sha256, "size": log.size, "use": use.value},
        )
    return log


def columns_of(log: EventLog) -> tuple[str, ...]:
    """The names in the first line of a CSV; none for XES, which names its parts itself. Raises LogError."""
    if log.format == LogFormat.XES:
        return ()
    return delimited.columns(opened(log)[0]).names


def preview(log: EventLog, mapping: Mapping[str, str]) -> tuple[list[Row], list[Bad]]:
    """The first rows as they would be read, and what is wrong among the first thousand. Raises LogError."""
    good: list[Row] = []
    bad: list[Bad] = []
    for number, row in enumerate(read_rows(log, opened(log)[0], mapping)):
        if number >= _PREVIEWED:
            break
        if isinstance(row, Bad):
            bad.append(row)
        elif len(good) < _SHOWN:
            good.append(row)
    return good, bad[:_SHOWN]


def queue_import(
    *, log_id: int, mapping: Mapping[str, str], leaves_bad_out: bool, by: User, now: datetime
) -> EventLog:
    """Have the log imported under this mapping. Raises NotAllowed, and LogError when it is not to be read so."""
    with transaction.atomic():
        log = EventLog.objects.select_for_update(of=("self",)).select_related("workflow").get(pk=log_id)
        policies.check_set_up(log.workflow, by=by)
        if log.is_live or log.status not in (LogStatus.UPLOADED, LogStatus.FAILED):
            raise LogError(_("This log is imported already, or is being imported."))
        check_mapping(log, mapping)
        log.mapping, log.leaves_bad_out = dict(mapping), leaves_bad_out
        log.status, log.problem = LogStatus.QUEUED, ""
        log.bad_rows.all().delete()
        log.save(update_fields=["mapping", "leaves_bad_out", "status", "problem"])
        audit.record(
            verb="event_log.queued",
            now=now,
            by=by,
            subject=("event_log", log.pk, log.name),
            workflow_id=log.workflow_id,
            data={"mapping": dict(mapping), "leaves_bad_out": leaves_bad_out},
        )
        wake(IMPORT)
    return log


def check_mapping(log: EventLog, mapping: Mapping[str, str]) -> None:
    """Whether the columns, the way times are written and the zone are such that can be meant. Raises LogError."""
    if mapping.get("zone") not in available_timezones():
        raise LogError(_("{zone} is no time zone, such as Europe/Rome.").format(zone=mapping.get("zone")))
    if log.format == LogFormat.XES:
        return
    if mapping.get("order") not in rows.ORDERS or mapping.get("delimiter") not in delimited.DELIMITERS:
        raise LogError(_("Choose how times are written and what stands between the columns."))
    chosen = [mapping[part] for part in _PARTS if mapping.get(part)]
    if not all(mapping.get(part) for part in _PARTS[:3]):
        raise LogError(_("Choose the columns of case, activity and time."))
    if len(set(chosen)) < len(chosen):
        raise LogError(
            _("One column is chosen twice: case, activity, time, resource and cost are different columns.")
        )


def _first_mapping(log: EventLog) -> dict[str, str]:
    """What the columns seem to be. Raises LogError for what is no event log."""
    if log.format == LogFormat.XES:
        mapping = {"zone": "UTC"}
        next(iter(read_rows(log, opened(log)[0], mapping)), None)
        return mapping
    found = delimited.columns(opened(log)[0])
    return {**found.guess, "delimiter": found.delimiter, "order": "iso", "zone": "UTC"}
