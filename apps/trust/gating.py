"""What is a workflow not ready for now? Read for the checks that give a slice more, and for the pages that say so."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from apps.trust.models import ReadinessItem
from apps.trust.readiness import Gap, gaps
from apps.trust.states import ReadyItem


def gaps_of(workflow_id: int, *, now: datetime) -> tuple[Gap, ...]:
    """What is missing of one workflow. One query."""
    return gaps_each([workflow_id], now=now)[workflow_id]


def gaps_each(workflow_ids: Iterable[int], *, now: datetime) -> dict[int, tuple[Gap, ...]]:
    """The same of many: {workflow id: what is missing}. One query."""
    last_days: dict[int, dict[str, date | None]] = {pk: {} for pk in workflow_ids}
    gone: dict[int, dict[str, str]] = {pk: {} for pk in last_days}
    for row in ReadinessItem.objects.filter(workflow__in=last_days).select_related("owner"):
        last_days[row.workflow_id][row.item] = row.expires_on
        if not row.owner.is_active:
            gone[row.workflow_id][row.item] = row.owner.name
    today = timezone.localdate(now)
    return {pk: gaps(days, today, gone[pk]) for pk, days in last_days.items()}


def lost_readiness(workflow_id: int, *, now: datetime) -> bool:
    """Whether the workflow misses something although each of the seven was done once: its items stay when they end."""
    was_ready = ReadinessItem.objects.filter(workflow=workflow_id).count() == len(ReadyItem)
    return was_ready and bool(gaps_of(workflow_id, now=now))


def hold_items(workflow_id: int) -> None:
    """Until the transaction ends nobody opens an item of this workflow again: what the gate reads now stays true.

    Whoever moves a slice up calls it first, with slice and standing locked.
    """
    items = ReadinessItem.objects.filter(workflow=workflow_id).order_by("pk")
    list(items.select_for_update(no_key=True).values_list("pk", flat=True))
