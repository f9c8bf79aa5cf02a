"""What the pages about readiness read."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

from apps.assurance.facts import Fact, facts_of
from apps.audit.models import Event
from apps.registry.models import Workflow
from apps.registry.states import Stage
from apps.trust.gating import gaps_each
from apps.trust.models import ReadinessItem, Slice
from apps.trust.readiness import ASKED, Gap, state_of
from apps.trust.states import ItemState, ReadyItem

_HISTORY = 20
_VERBS = ("readiness.set", "readiness.reopened", "readiness.tried")


@dataclass(frozen=True, slots=True)
class Line:
    """One item as the page shows it: what it asks for, what people said, what ReviewHub sees.

    `differs`: people said it is done, and what is seen says it is not.
    """

    item: ReadyItem
    asked: str | Promise
    state: ItemState
    row: ReadinessItem | None
    fact: Fact

    @property
    def is_done(self) -> bool:
        return self.row is not None and self.row.done_at is not None

    @property
    def differs(self) -> bool:
        return self.is_done and self.fact.holds is False


@dataclass(frozen=True, slots=True)
class Overview:
    """One workflow among others: what it misses, the first last day of what it has, and its slices by stage."""

    workflow: Workflow
    gaps: tuple[Gap, ...]
    ends_on: date | None
    is_ending: bool
    shadow: int
    assisted: int
    supervised: int


def lines_of(workflow: Workflow, *, now: datetime) -> list[Line]:
    """The seven items in order. About ten queries, however long the workflow has been there."""
    rows = {row.item: row for row in _items(workflow)}
    facts, today = facts_of(workflow, now=now), timezone.localdate(now)
    found = []
    for item in ReadyItem:
        row = rows.get(item.value)
        state = state_of(row.expires_on, today, has_owner=row.owner.is_active) if row else ItemState.MISSING
        found.append(Line(item, ASKED[item].evidence, state, row, facts[item]))
    return found


def history_of(workflow: Workflow) -> list[Event]:
    """What was said about its readiness, the newest first."""
    events = Event.objects.filter(subject_kind="workflow", subject_id=str(workflow.pk), verb__in=_VERBS)
    return list(events.order_by("-at", "-id")[:_HISTORY])


def overviews(workflows: QuerySet[Workflow], *, now: datetime) -> list[Overview]:
    """Active workflows by name. Four queries, however many there are."""
    rows = list(workflows.filter(is_active=True).order_by("name", "pk"))
    ids = [row.pk for row in rows]
    gaps, today = gaps_each(ids, now=now), timezone.localdate(now)
    ends: dict[int, date] = {}
    items = ReadinessItem.objects.filter(workflow__in=ids, expires_on__gte=today)
    for workflow_id, day in items.values_list("workflow_id", "expires_on"):
        if day is not None:
            ends[workflow_id] = min(day, ends.get(workflow_id, day))
    counted = Slice.objects.filter(workflow__in=ids).values_list("workflow_id", "stage")
    counts = {(workflow_id, stage): n for workflow_id, stage, n in counted.annotate(n=Count("pk")).order_by()}
    return [
        Overview(
            workflow=row,
            gaps=gaps[row.pk],
            ends_on=ends.get(row.pk),
            is_ending=state_of(ends.get(row.pk), today) is ItemState.ENDING,
            shadow=counts.get((row.pk, Stage.SHADOW.value), 0),
            assisted=counts.get((row.pk, Stage.ASSISTED.value), 0),
            supervised=counts.get((row.pk, Stage.SUPERVISED.value), 0),
        )
        for row in rows
    ]


def _items(workflow: Workflow) -> QuerySet[ReadinessItem]:
    return ReadinessItem.objects.filter(workflow=workflow).select_related("owner", "done_by")
