"""Work that takes minutes: rows of one model, carried out one at a time in the whole installation, the oldest first.

A worker takes the row that waits longest and says from time to time, in `beat_at`, that it is alive. When it has been
silent another one takes its row up: `attempts` grows, which keeps the first from writing should it only have been slow.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

SILENT = timedelta(minutes=2)
MOST_ATTEMPTS = 5
WAITING, RUNNING, FAILED = "waiting", "running", "failed"

Clock = Callable[[], datetime]
log = structlog.get_logger(__name__)


class Overtaken(Exception):
    """The row was called off, or another worker has taken it up."""


class LongWork(models.Model):
    """A row that waits for a worker while its status is `waiting`. `failure` says what broke it off."""

    status = models.CharField(max_length=10, default=WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True)
    ordered_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


W = TypeVar("W", bound=LongWork)


@dataclass(frozen=True)
class Line(Generic[W]):
    """The rows of a model in their order.

    `lock` is any number, as long as nothing else in the database locks on it. `begin` sets what an attempt begins with
    and names those fields; `failed` does what else a failure asks for.
    """

    model: type[W]
    related: tuple[str, ...]
    lock: int
    begin: Callable[[W, datetime], Collection[str]]
    failed: Callable[[W, datetime], None]

    def run_next(self, carry_out: Callable[[W, Clock], None], clock: Clock) -> bool:
        """Carry out the row that waits longest, to its end; whether there was one and nobody else carries out any."""
        row = self._take(clock())
        if row is None:
            return False
        told = {"of": self.model._meta.label, "row": str(row.pk)}
        try:
            carry_out(row, clock)
        except Overtaken:
            log.info("work_overtaken", **told)
        except (OperationalError, InterfaceError):
            # The database is away: this worker is as good as dead, and another one takes it up.
            raise
        except Exception as error:
            log.exception("work_broke_off", **told)
            # Its message may hold what people wrote; the log line above has it.
            self._fail(row, _("It broke off: {error}.").format(error=type(error).__name__), clock())
        return True

    def own(self, row: W) -> W:
        """The row locked, while this attempt is the one that counts; for a transaction. Raises Overtaken."""
        found = self._locked().filter(pk=row.pk, status=RUNNING, attempts=row.attempts).first()
        if found is None:
            raise Overtaken
        return found

    def _take(self, now: datetime) -> W | None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [self.lock])
            if self._rows().filter(status=RUNNING, beat_at__gt=now - SILENT).exists():
                return None
            unfinished = self._locked(skips=True).filter(status__in=[WAITING, RUNNING])
            for row in unfinished.order_by("ordered_at", "pk"):
                row.status, row.beat_at = RUNNING, now
                row.attempts += 1
                begun = self.begin(row, now)
                row.save(update_fields=["status", "beat_at", "attempts", *begun])
                if row.attempts <= MOST_ATTEMPTS:
                    return row
                self._end_failed(row, _("Its worker has died {n} times.").format(n=MOST_ATTEMPTS), now)
        return None

    def _fail(self, row: W, failure: str, now: datetime) -> None:
        with transaction.atomic():
            try:
                own = self.own(row)
            except Overtaken:
                return
            self._end_failed(own, failure, now)

    def _end_failed(self, row: W, failure: str, now: datetime) -> None:
        row.status, row.failure, row.ended_at = FAILED, failure[:500], now
        row.save(update_fields=["status", "failure", "ended_at"])
        self.failed(row, now)

    def _rows(self) -> "QuerySet[W]":
        rows: QuerySet[W] = self.model._default_manager.all()
        return rows

    def _locked(self, *, skips: bool = False) -> "QuerySet[W]":
        rows = self._rows().select_related(*self.related)
        return rows.select_for_update(of=("self",), no_key=True, skip_locked=skips)
