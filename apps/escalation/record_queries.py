"""Incidents and the auditor's looks as pages show them, newest first, a page at a time."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.audit.page_keys import moment_and_number, written_key
from apps.escalation.models import AuditRun, Incident
from apps.escalation.reach import EVERYTHING, Reach
from apps.escalation.states import Finding, Kind
from apps.reviews.models import Task

PAGE = 50


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """`older` is the key of the next page, empty on the last."""

    incidents: list[Incident]
    older: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look of the auditor: `found` are (label, how many), those it found any of."""

    run: AuditRun
    found: list[tuple[str, int]]

    @property
    def unhealed(self) -> list[UUID]:
        return self.run.unhealed


@dataclass(frozen=True, slots=True)
class LookPage:
    """`older` is the key of the next page, empty on the last."""

    looks: list[Look]
    older: str


def count_incidents(*, reach: Reach = EVERYTHING) -> dict[str, int]:
    """How many within reach are `open` and how many `closed`."""
    is_open = Q(closed_at__isnull=True)
    return _within(reach).aggregate(open=Count("pk", filter=is_open), closed=Count("pk", filter=~is_open))


def incidents(*, closed: bool, before: str, reach: Reach = EVERYTHING) -> IncidentPage:
    """Those within reach: open ones by when they were opened, closed ones by when they were closed."""
    column = "closed_at" if closed else "opened_at"
    rows = _within(reach).filter(closed_at__isnull=not closed).order_by(f"-{column}", "-pk")
    key = moment_and_number(before)
    if key is not None:
        at, pk = key
        rows = rows.filter(Q(**{f"{column}__lt": at}) | Q(pk__lt=pk), **{f"{column}__lte": at})
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return IncidentPage(found[:PAGE], written_key(getattr(last, column), last.pk) if last else "")


def looks(*, only_found: bool, before: str) -> LookPage:
    """The auditor's looks; with `only_found` those that were not clean."""
    rows = AuditRun.objects.order_by("-at", "-pk")
    if only_found:
        rows = rows.filter(is_clean=False)
    key = moment_and_number(before)
    if key is not None:
        at, pk = key
        rows = rows.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return LookPage(
        [Look(run, _labelled(run.found)) for run in found[:PAGE]],
        written_key(last.at, last.pk) if last else "",
    )


def _within(reach: Reach) -> QuerySet[Incident]:
    """About a task within reach, a workflow, or a queue nobody can take tasks from. What is about a chain alone is the
    offices': it names no work.
    """
    if reach.all:
        return Incident.objects.all()
    tasks = Task.objects.filter(reach.of_tasks())
    queues = [str(pk) for pk in sorted(reach.queues)]
    return Incident.objects.filter(
        Q(workflow_id__in=sorted(reach.workflows))
        | Q(task_id__in=tasks.values("pk"))
        | Q(kind=Kind.NOBODY_ELIGIBLE, key__in=queues)
    )


def _labelled(found: dict[str, int]) -> list[tuple[str, int]]:
    labels = dict(Finding.choices)
    return [(str(labels.get(name, name)), count) for name, count in sorted(found.items())]
