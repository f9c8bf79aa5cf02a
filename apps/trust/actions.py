"""The verbs of trust: open a slice, write its ledger, move its stage."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.registry.models import ActionType, Agent
from apps.registry.states import Stage
from apps.trust import policies
from apps.trust.models import LedgerEntry, Slice
from apps.trust.states import NotEvidence, Source


def open_slice(*, action_type: ActionType, agent: Agent, now: datetime, segment: str = "all") -> Slice:
    """The slice of this work, made in its workflow's initial stage when it does not exist yet."""
    row, made = Slice.objects.get_or_create(
        action_type=action_type,
        segment=segment,
        agent=agent,
        defaults={
            "workflow": action_type.workflow,
            "stage": action_type.workflow.initial_stage,
            "created_at": now,
            "stage_since": now,
        },
    )
    if made:
        audit.record(
            verb="slice.created",
            now=now,
            by=agent,
            subject=("slice", row.pk, str(row)),
            workflow_id=row.workflow_id,
            data={"stage": row.stage},
        )
    return row


def record(
    *,
    slice_id: int,
    agent_version_id: int,
    proposal_id: UUID,
    source: tuple[Source, UUID],
    wrong: bool | None,
    confidence: float,
    content_sha256: str,
    now: datetime,
    decided_by: str = "",
    not_counted_because: NotEvidence | None = None,
) -> LedgerEntry | None:
    """Write one ledger entry under the slice's lock, once per source: None when it is there already.

    `wrong` is the verdict on the proposed action (None: there is none, then a reason is required). Content that
    counted before in this slice is written with the reason `duplicate_content`.
    """
    with transaction.atomic(savepoint=False):
        row = Slice.objects.select_for_update(no_key=True).get(pk=slice_id)
        kind, source_id = source
        if LedgerEntry.objects.filter(source_kind=kind, source_id=source_id).exists():
            return None
        if not_counted_because is None and _counted_before(row, content_sha256):
            not_counted_because = NotEvidence.DUPLICATE_CONTENT
        entry = LedgerEntry.objects.create(
            slice=row,
            agent_version_id=agent_version_id,
            proposal_id=proposal_id,
            source_kind=kind,
            source_id=source_id,
            is_counted=not_counted_because is None,
            not_counted_because=not_counted_because or "",
            wrong=wrong,
            confidence=confidence,
            content_sha256=content_sha256,
            decided_by=decided_by,
            at=now,
        )
        row.counted += entry.is_counted
        row.wrong += bool(entry.is_counted and entry.wrong)
        row.not_counted += not entry.is_counted
        row.save(update_fields=["counted", "wrong", "not_counted"])
        return entry


def move_stage(*, slice_id: int, to: Stage, by: User, reason: str, now: datetime) -> Slice:
    """Move a slice between shadow and assisted. Raises NotAllowed with the sentence of the rule that forbids it."""
    with transaction.atomic():
        row = (
            Slice.objects.select_for_update(no_key=True)
            .select_related("action_type", "agent")
            .get(pk=slice_id)
        )
        policies.check_move_stage(row, to=to, by=by, reason=reason)
        before = row.stage
        row.stage = to
        row.stage_since = now
        row.save(update_fields=["stage", "stage_since"])
        audit.record(
            verb="slice.stage_changed",
            now=now,
            by=by,
            subject=("slice", row.pk, str(row)),
            workflow_id=row.workflow_id,
            data={"from": before, "to": to.value, "reason": reason},
        )
        return row


def _counted_before(row: Slice, content_sha256: str) -> bool:
    return LedgerEntry.objects.filter(slice=row, content_sha256=content_sha256, is_counted=True).exists()
