"""Imports an event log in one transaction: all of it is there, or nothing is.

Rows stream from the kept pieces through COPY, so the memory stays flat. How far it is stands in `ImportProgress`,
written on a second connection. Whoever is killed meanwhile leaves nothing behind; the next sweep begins anew.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, DataError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.delivery.waking import wake
from apps.outcomes import folding
from apps.outcomes.live_log import live_log_of
from apps.outcomes.models import BadRow, EventLog, ImportProgress
from apps.outcomes.process import following
from apps.outcomes.reading.rows import Bad, LogError, Row
from apps.outcomes.states import LogStatus, LogUse
from apps.outcomes.uploading import Pieces, opened, read_rows

_MOST_BAD_KEPT = 200
_TELL_EVERY = 20_000
_COPY = """
    COPY outcomes_logevent (log_id, "case", at, position, activity, resource, cost, source) FROM STDIN
"""


class HasBadRows(Exception):
    """Some rows hold no event, and nobody said to leave them out."""


def import_next(*, now: datetime) -> bool:
    """Import the log that waits longest, if one does and nobody else has it; whether there was one."""
    with transaction.atomic():
        waits = EventLog.objects.filter(status=LogStatus.QUEUED).order_by("pk")
        log = waits.select_for_update(skip_locked=True, no_key=True).first()
        if log is None:
            return False
        kept: list[Bad] = []
        # Its row stays locked until it is said what went wrong, so that nobody else begins with it in between.
        try:
            with transaction.atomic(), _Telling(log.pk) as telling:
                _import(log, kept, telling, now)
        except (LogError, HasBadRows) as error:
            _fail(log, str(error), kept, now)
        # What the database cannot keep must not be tried for ever.
        except DataError as error:
            reason = str(error).partition("\n")[0]
            problem = _("The database cannot keep what stands in it ({reason}). Nothing was imported.")
            _fail(log, problem.format(reason=reason), kept, now)
    return True


def _import(log: EventLog, kept: list[Bad], telling: "_Telling", now: datetime) -> None:
    into = live_log_of(log.workflow) if log.use == LogUse.LIVE else log
    source = f"{log.pk}:" if log.use == LogUse.LIVE else ""
    bad = 0
    with connection.cursor() as cursor:
        stream, pieces = opened(log)
        events: list[Row] = []
        for row in _counted(read_rows(log, stream, log.mapping), telling, pieces):
            if isinstance(row, Bad):
                bad += 1
                if len(kept) < _MOST_BAD_KEPT:
                    kept.append(row)
            else:
                events.append(row)
                if len(events) == _TELL_EVERY:
                    _copy(cursor, into.pk, source, events)
                    events.clear()
        _copy(cursor, into.pk, source, events)
        log.rows_bad = bad
        if bad and not log.leaves_bad_out:
            raise HasBadRows(
                _("{n} rows hold no event. Mend them and upload again, or import without them.").format(n=bad)
            )
        cursor.execute(
            'SELECT count(*), count(DISTINCT "case"), min(at), max(at) FROM outcomes_logevent'
            " WHERE log_id = %s AND (%s = '' OR source LIKE %s || '%%')",
            [into.pk, source, source],
        )
        log.events, log.cases, log.starts_at, log.ends_at = cursor.fetchone()
    if not log.events:
        raise LogError(_("There is no event in this file."))
    log.rows_read, log.status, log.problem = telling.rows, LogStatus.READY, ""
    log.save()
    BadRow.objects.bulk_create([BadRow(log=log, line=one.line, reason=one.reason[:300]) for one in kept])
    log.parts.all().delete()
    if into.pk != log.pk:
        folding.touch_all(into)
        wake(folding.FOLD)
    else:
        following.count_whole(log)
    audit.record(
        verb="event_log.imported",
        now=now,
        by=log.created_by,
        subject=("event_log", log.pk, log.name),
        workflow_id=log.workflow_id,
        data={"events": log.events, "cases": log.cases, "left_out": bad},
    )


def _counted(rows: Iterable[Row | Bad], telling: "_Telling", pieces: Pieces) -> Iterator[Row | Bad]:
    for row in rows:
        telling.rows += 1
        if telling.rows % _TELL_EVERY == 0:
            telling.tell(pieces.read_so_far)
        yield row


def _copy(cursor: CursorWrapper, log_id: int, source: str, events: list[Row]) -> None:
    # A copy does not turn the driver's errors into Django's by itself.
    with connection.wrap_database_errors, cursor.copy(_COPY) as copy:
        for row in events:
            copy.write_row(
                (
                    log_id,
                    row.case,
                    row.at,
                    row.line,
                    row.activity,
                    row.resource,
                    row.cost,
                    f"{source}{row.line}" if source else "",
                )
            )


def _fail(log: EventLog, problem: str, bad: list[Bad], now: datetime) -> None:
    log.status, log.problem = LogStatus.FAILED, problem[:500]
    log.save(update_fields=["status", "problem", "rows_bad"])
    log.bad_rows.all().delete()
    BadRow.objects.bulk_create([BadRow(log=log, line=one.line, reason=one.reason[:300]) for one in bad])
    audit.record(
        verb="event_log.not_imported",
        now=now,
        by=log.created_by,
        subject=("event_log", log.pk, log.name),
        workflow_id=log.workflow_id,
        data={"problem": problem[:500], "rows_bad": log.rows_bad},
    )


class _Telling:
    """Says how far the import is, on a connection of its own: what the import writes nobody sees before its end."""

    def __init__(self, log_id: int) -> None:
        self._log_id = log_id
        self._apart: BaseDatabaseWrapper = connections[DEFAULT_DB_ALIAS].copy()
        self.rows = 0

    def __enter__(self) -> "_Telling":
        self.tell(0)
        return self

    def __exit__(self, *_error: object) -> None:
        with self._apart.cursor() as cursor:
            cursor.execute("DELETE FROM outcomes_importprogress WHERE log_id = %s", [self._log_id])
        self._apart.close()

    def tell(self, bytes_read: int) -> None:
        """Keep the counts."""
        with self._apart.cursor() as cursor:
            cursor.execute(
                "INSERT INTO outcomes_importprogress (log_id, bytes_read, rows_read) VALUES (%s, %s, %s)"
                " ON CONFLICT (log_id) DO UPDATE SET bytes_read = excluded.bytes_read, rows_read = excluded.rows_read",
                [self._log_id, bytes_read, self.rows],
            )


def progress_of(log: EventLog) -> ImportProgress | None:
    """How far the running import of this log is, or None when none runs."""
    return ImportProgress.objects.filter(pk=log.pk).first()
