"""Carries out confirmed requests, one at a time in the whole installation: a proposal at a time, each in a transaction
of its own, then the cases in the event logs, then the certificate.

What is erased and that it was erased are one transaction, so a worker may be killed at any moment: another one goes on
where it was, and the number of the attempt keeps the first from writing, should it only have been slow.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.privacy.certifying import certify
from apps.privacy.erasing import StillOpen, erase
from apps.privacy.models import ErasedProposal, Erasure
from apps.privacy.naming import proposals_about, rename_cases
from apps.privacy.states import AT_WORK, DataKind, ErasureStatus

SILENT = timedelta(minutes=2)
MOST_ATTEMPTS = 5
# Any number, as long as nothing else in the database locks on it.
_ONE_TAKER = 7_238_461_027

Clock = Callable[[], datetime]
log = structlog.get_logger(__name__)


class Overtaken(Exception):
    """Another worker goes on with it."""


def run_next(*, clock: Clock = timezone.now) -> bool:
    """Carry out the request that waits longest, to its end; whether there was one and nobody else carries out any."""
    erasure = _take(clock())
    if erasure is None:
        return False
    try:
        _run(erasure, clock)
    except Overtaken:
        log.info("erasure_overtaken", erasure=str(erasure.pk))
    except (OperationalError, InterfaceError):
        # The database is away: this worker is as good as dead, and another one goes on.
        raise
    except Exception as error:
        log.exception("erasure_broke_off", erasure=str(erasure.pk))
        # The message of an error may hold what was to be erased.
        _fail(erasure, _("It broke off: {error}.").format(error=type(error).__name__), clock())
    return True


def _take(now: datetime) -> Erasure | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_TAKER])
        unfinished = Erasure.objects.filter(status__in=AT_WORK)
        if unfinished.filter(Q(status=ErasureStatus.RUNNING, beat_at__gt=now - SILENT)).exists():
            return None
        erasure = (
            unfinished.select_for_update(of=("self",), skip_locked=True)
            .select_related("workflow", "ordered_by", "confirmed_by")
            .order_by("ordered_at")
            .first()
        )
        if erasure is None:
            return None
        erasure.status, erasure.beat_at = ErasureStatus.RUNNING, now
        erasure.attempts += 1
        erasure.found = erasure.done + proposals_about(erasure).count()
        erasure.save(update_fields=["status", "beat_at", "attempts", "found"])
        if erasure.attempts > MOST_ATTEMPTS:
            _end_failed(erasure, _("Its worker has died {n} times.").format(n=MOST_ATTEMPTS), now)
            return None
        return erasure


def _run(erasure: Erasure, clock: Clock) -> None:
    after = UUID(int=0)
    kept: list[dict[str, str]] = []
    while (proposal_id := _next(erasure, after)) is not None:
        after = proposal_id
        try:
            _erase_one(erasure, proposal_id, clock())
        except StillOpen as error:
            kept.append({"proposal": str(proposal_id), "why": str(error)})
            _beat(erasure, clock())
    _finish(erasure, kept, clock())


def _next(erasure: Erasure, after: UUID) -> UUID | None:
    found = proposals_about(erasure).filter(pk__gt=after)
    return found.values_list("pk", flat=True).first()


def _erase_one(erasure: Erasure, proposal_id: UUID, now: datetime) -> None:
    with transaction.atomic():
        row = _own(erasure)
        rows = erase(
            proposal_id=proposal_id,
            kinds=list(DataKind),
            now=now,
            because={"erasure": str(erasure.pk)},
        )
        ErasedProposal.objects.create(erasure=row, proposal_id=proposal_id, rows=dict(rows), at=now)
        row.rows = dict(Counter(row.rows) + rows)
        row.done, row.beat_at = row.done + 1, now
        row.save(update_fields=["rows", "done", "beat_at"])


def _beat(erasure: Erasure, now: datetime) -> None:
    with transaction.atomic():
        row = _own(erasure)
        row.beat_at = now
        row.save(update_fields=["beat_at"])


def _finish(erasure: Erasure, kept: list[dict[str, str]], now: datetime) -> None:
    """The last of it: the event logs, the certificate, and whom it was about, in one transaction."""
    with transaction.atomic():
        row = _own(erasure)
        row.rows = dict(Counter(row.rows) + Counter(rename_cases(row)))
        row.kept = kept
        row.status = ErasureStatus.DONE
        row.beat_at = row.ended_at = now
        row.subject_kind = row.subject_id = ""
        row.save()
        certificate = certify(row, now)
        _record(row, "erasure.done", now, proposals=row.done, kept=len(kept), sha256=certificate.sha256)


def _own(erasure: Erasure) -> Erasure:
    """The locked row, while this attempt is the one that counts. Raises Overtaken."""
    rows = Erasure.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("workflow", "ordered_by", "confirmed_by")
    row = rows.filter(pk=erasure.pk, status=ErasureStatus.RUNNING, attempts=erasure.attempts).first()
    if row is None:
        raise Overtaken
    return row


def _fail(erasure: Erasure, failure: str, now: datetime) -> None:
    with transaction.atomic():
        try:
            row = _own(erasure)
        except Overtaken:
            return
        _end_failed(row, failure, now)


def _end_failed(row: Erasure, failure: str, now: datetime) -> None:
    row.status, row.failure, row.ended_at = ErasureStatus.FAILED, failure[:500], now
    row.save(update_fields=["status", "failure", "ended_at"])
    _record(row, "erasure.failed", now, problem=row.failure)


def _record(row: Erasure, verb: str, now: datetime, **data: object) -> None:
    """By ReviewHub itself: who asked for it and who confirmed is in the events of that."""
    audit.record(
        verb=verb, now=now, subject=("erasure", row.pk), workflow_id=row.workflow_id, data=dict(data)
    )
