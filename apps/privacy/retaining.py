"""Erases what is older than its workflow keeps it: a sweeper over what has ended, one proposal a transaction.

Nothing is touched that is open, waits for its result, can still be undone, or is in use as a known case.
What was erased on a day is added up, and told to the audit log once the day is over.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.utils import timezone

from apps.audit import actions as audit
from apps.costs.accounts import locked_account
from apps.costs.models import Run
from apps.delivery.models import Notification
from apps.privacy import runs
from apps.privacy.erasing import StillOpen, erase
from apps.privacy.models import Retention, RetentionDay
from apps.privacy.retention_setup import Keeping
from apps.privacy.states import DataKind
from apps.proposals.models import Proposal
from apps.proposals.states import ERASED, RUN_ERASED
from apps.registry.models import Workflow
from apps.reviews.models import GoldCase
from apps.sla.models import ClockCycle
from apps.sla.states import LIVE

_AT_ONCE = 500
log = structlog.get_logger(__name__)

_ADD = """
    INSERT INTO privacy_retentionday AS kept (workflow_id, day, kind, proposals, rows, told_proposals, told_rows)
    VALUES (%s, %s, %s, %s, %s, 0, 0)
    ON CONFLICT (workflow_id, day, kind)
    DO UPDATE SET proposals = kept.proposals + excluded.proposals, rows = kept.rows + excluded.rows
"""


def erase_old(*, now: datetime, limit: int = 1000) -> int:
    """Erase up to `limit` proposals' data whose time is over; how many. Any number of sweepers may run."""
    _tell_days(now)
    done = 0
    for kept in Retention.objects.select_related("workflow").order_by("workflow"):
        done += _sweep_workflow(kept, limit - done, now)
    return done


def _sweep_workflow(kept: Retention, limit: int, now: datetime) -> int:
    """Whatever goes wrong in one workflow, the next one has its turn."""
    done = 0
    for kind, days, due in asked(kept):
        if days is None or done >= limit:
            continue
        before = now - timedelta(days=days)
        with _told_and_gone_on(kept.workflow, kind):
            done += _sweep(kept.workflow, kind, due(kept.workflow_id, before, now), limit - done, now)
    if kept.traces_days is not None:
        with _told_and_gone_on(kept.workflow, DataKind.TRACES):
            _erase_runs(kept.workflow, now - timedelta(days=kept.traces_days), now)
    return done


@contextmanager
def _told_and_gone_on(workflow: Workflow, kind: DataKind) -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("retention_failed", workflow=workflow.slug, kind=kind.value)


def due_contents(workflow_id: int, before: datetime, now: datetime) -> QuerySet[Proposal]:
    """Proposals of this workflow whose contents have had their time, the oldest first."""
    return _over(workflow_id, before, now).filter(erased_at__isnull=True)


def due_messages(workflow_id: int, before: datetime, now: datetime) -> QuerySet[Proposal]:
    """Those about which people were told something that can still be read."""
    told = Notification.objects.filter(workflow_id=workflow_id, proposal_id__isnull=False)
    told = told.filter(created_at__lt=before).exclude(title=ERASED)
    return _over(workflow_id, before, now).filter(pk__in=told.values("proposal_id"))


def due_traces(workflow_id: int, before: datetime, now: datetime) -> QuerySet[Proposal]:
    """Those that still say of which run of their agent they came."""
    there = _over(workflow_id, before, now).filter(erased_at__isnull=True)
    return there.exclude(run={}).exclude(run=RUN_ERASED)


Due = Callable[[int, datetime, datetime], QuerySet[Proposal]]


def asked(kept: Retention | Keeping) -> Iterator[tuple[DataKind, int | None, Due]]:
    """(kind of data, for how many days it is kept, what has had its time)."""
    yield DataKind.CONTENTS, kept.contents_days, due_contents
    yield DataKind.MESSAGES, kept.messages_days, due_messages
    yield DataKind.TRACES, kept.traces_days, due_traces


def _over(workflow_id: int, before: datetime, now: datetime) -> QuerySet[Proposal]:
    awaited = ClockCycle.objects.filter(subject_id=OuterRef("pk"), target="result", status__in=LIVE)
    in_use = GoldCase.objects.filter(proposal=OuterRef("pk"), retired_at__isnull=True)
    undo = F("action_type__undo_window_seconds") * Value(timedelta(seconds=1))
    found = Proposal.objects.filter(workflow=workflow_id, is_copy=False, ended_at__lt=before)
    found = found.filter(ended_at__lt=Value(now) - undo).exclude(Exists(awaited)).exclude(Exists(in_use))
    return found.order_by("ended_at")


def _sweep(workflow: Workflow, kind: DataKind, due: QuerySet[Proposal], limit: int, now: datetime) -> int:
    done = 0
    for proposal_id in list(due.values_list("pk", flat=True)[:limit]):
        try:
            done += _erase_one(workflow, kind, proposal_id, now)
        except StillOpen:
            # A look at it is under way: the next sweep comes again.
            continue
        except Exception:
            log.exception("retention_failed", proposal=str(proposal_id))
    return done


def _erase_one(workflow: Workflow, kind: DataKind, proposal_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        rows = erase(
            proposal_id=proposal_id,
            kinds=[kind],
            now=now,
            because={"retention": kind.value},
            keeps_known_cases=True,
        )
        if rows:
            _add(workflow.pk, kind, 1, rows.total(), now)
        return bool(rows)


def _erase_runs(workflow: Workflow, before: datetime, now: datetime) -> None:
    """What agents called their runs and how they reported what these used; the sums stay."""
    over = Run.objects.filter(workflow=workflow, last_at__lt=before, erased_at__isnull=True)
    while over.exists():
        with transaction.atomic():
            locked_account(workflow)
            ids = list(over.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
            rows = runs.rename(ids, now)
            _add(workflow.pk, DataKind.TRACES, 0, sum(rows.values()), now)


def _add(workflow_id: int, kind: DataKind, proposals: int, rows: int, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [workflow_id, timezone.localdate(now), kind.value, proposals, rows])


def _tell_days(now: datetime) -> None:
    """An event for each workflow, day and kind that is over; another one for what a sweep begun before midnight wrote
    after that: what is told of a day adds up to what was erased.
    """
    with transaction.atomic():
        over = RetentionDay.objects.filter(rows__gt=F("told_rows"), day__lt=timezone.localdate(now))
        for row in over.select_for_update(of=("self",), skip_locked=True).select_related("workflow"):
            audit.record(
                verb="retention.erased",
                now=now,
                subject=("workflow", row.workflow_id, row.workflow.name),
                workflow_id=row.workflow_id,
                data={
                    "day": row.day.isoformat(),
                    "kind": row.kind,
                    "proposals": row.proposals - row.told_proposals,
                    "rows": row.rows - row.told_rows,
                },
            )
            row.told_proposals, row.told_rows = row.proposals, row.rows
            row.save(update_fields=["told_proposals", "told_rows"])
