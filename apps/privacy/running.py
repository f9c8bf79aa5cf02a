"""Carries out confirmed requests, one at a time in the whole installation: a proposal at a time, each in a transaction
of its own, then the cases in the event logs, then the certificate.

What is erased and that it was erased are one transaction, so a worker may be killed at any moment: another one goes on
where it was.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.audit import actions as audit
from apps.audit.long_work import Clock, Line
from apps.privacy.certifying import certify
from apps.privacy.erasing import StillOpen, erase
from apps.privacy.models import ErasedProposal, Erasure
from apps.privacy.naming import proposals_about, rename_cases
from apps.privacy.states import DataKind, ErasureStatus


def run_next(*, clock: Clock = timezone.now) -> bool:
    """Carry out the request that waits longest, to its end; whether there was one and nobody else carries out any."""
    return _LINE.run_next(_run, clock)


def _begin(erasure: Erasure, now: datetime) -> Collection[str]:
    erasure.found = erasure.done + proposals_about(erasure).count()
    return ("found",)


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
        row = _LINE.own(erasure)
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
        row = _LINE.own(erasure)
        row.beat_at = now
        row.save(update_fields=["beat_at"])


def _finish(erasure: Erasure, kept: list[dict[str, str]], now: datetime) -> None:
    """The last of it: the event logs, the certificate, and whom it was about, in one transaction."""
    with transaction.atomic():
        row = _LINE.own(erasure)
        cases = rename_cases(row)
        row.rows = dict(Counter(row.rows) + cases.rows)
        row.kept = kept + cases.kept
        row.status = ErasureStatus.DONE
        row.beat_at = row.ended_at = now
        row.subject_kind = row.subject_id = ""
        row.save()
        certificate = certify(row, now)
        _record(row, "erasure.done", now, proposals=row.done, kept=len(row.kept), sha256=certificate.sha256)


def _record(row: Erasure, verb: str, now: datetime, **data: object) -> None:
    """By ReviewHub itself: who asked for it and who confirmed is in the events of that."""
    audit.record(
        verb=verb, now=now, subject=("erasure", row.pk), workflow_id=row.workflow_id, data=dict(data)
    )


_LINE = Line(
    Erasure,
    related=("workflow", "ordered_by", "confirmed_by"),
    lock=7_238_461_027,
    begin=_begin,
    failed=lambda row, now: _record(row, "erasure.failed", now, problem=row.failure),
)
