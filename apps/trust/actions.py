"""The verbs of trust: open a slice, write its ledger (`recording`), move its stage by hand."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.registry.models import ActionType, Agent
from apps.registry.states import Stage
from apps.trust import controller, policies
from apps.trust.beginning import first_stage
from apps.trust.counting import Look
from apps.trust.gating import hold_items
from apps.trust.models import Seed, Slice, Standing
from apps.trust.moving import keep, moved
from apps.trust.recommending import is_ripe, reconsider
from apps.trust.recording import record
from apps.trust.states import Move
from apps.trust.terms import terms_of

__all__ = ["Look", "move_stage", "open_slice", "record"]


def open_slice(*, action_type: ActionType, agent: Agent, now: datetime, segment: str = "all") -> Slice:
    """The slice of this work, made in the stage in which it begins (`beginning`) when it does not exist yet."""
    named = {"action_type": action_type, "segment": segment, "agent": agent}
    row = Slice.objects.filter(**named).first()
    return row or _opened(named, now)


@transaction.atomic
def _opened(named: dict[str, Any], now: datetime) -> Slice:
    action_type, agent = named["action_type"], named["agent"]
    # Until this ends nobody takes the rest of the work back or opens an item again: the new slice would not follow.
    list(
        Slice.objects.select_for_update(no_key=True)
        .filter(action_type=action_type, agent=agent)
        .order_by("pk")
    )
    hold_items(action_type.workflow_id)
    row, made = Slice.objects.get_or_create(
        **named,
        defaults={
            "workflow": action_type.workflow,
            "stage": first_stage(action_type=action_type, agent_id=agent.pk, now=now),
            "created_at": now,
            "stage_since": now,
        },
    )
    if made:
        # What is known about the workflow's reviewers holds for it from the start.
        seeds = Seed.objects.filter(workflow=action_type.workflow, void__isnull=True)
        row.seeds, row.missed = seeds.count(), seeds.filter(was_missed=True).count()
        row.save(update_fields=["seeds", "missed"])
        audit.record(
            verb="slice.created",
            now=now,
            by=agent,
            subject=("slice", row.pk, str(row)),
            workflow_id=row.workflow_id,
            data={"stage": row.stage},
        )
    return row


def move_stage(*, slice_id: int, to: Stage, by: User, reason: str, now: datetime) -> Slice:
    """Move a slice by hand. What its versions had earned is taken back when it goes down from supervised.

    Raises NotAllowed with the sentence of the rule that forbids it.
    """
    with transaction.atomic():
        row = (
            Slice.objects.select_for_update(of=("self",), no_key=True)
            .select_related("action_type", "agent", "workflow")
            .get(pk=slice_id)
        )
        hold_items(row.workflow_id)
        policies.check_move_stage(row, to=to, by=by, reason=reason, now=now)
        before = row.stage
        row.stage = to
        row.stage_since = now
        row.threshold = None
        row.save(update_fields=["stage", "stage_since", "threshold"])
        audit.record(
            verb="slice.stage_changed",
            now=now,
            by=by,
            subject=("slice", row.pk, str(row)),
            workflow_id=row.workflow_id,
            data={"from": before, "to": to.value, "reason": reason},
        )
        _follow(row, by, reason, now)
        return row


def _follow(row: Slice, by: User, reason: str, now: datetime) -> None:
    """Nothing of this slice acts any more, and what was recommended in its old stage is asked again in the new one."""
    for standing in Standing.objects.select_for_update(no_key=True).filter(slice=row):
        standing.slice = row
        earned = standing.earned
        if earned.running:
            keep(standing, controller.again(earned), now)
            moved(standing, Move.TAKEN_BACK, before=earned, now=now, by=by, people=[by.name], reason=reason)
        standing.is_ripe = is_ripe(row, standing.earned, terms_of(row))
        standing.save(update_fields=["is_ripe"])
        reconsider(standing, now=now)
