"""One queue as a page: the tasks of one state in rank order, a page at a time, and true totals of the open work.

Pages go on from the last row seen (a keyset), never by counting rows off. Totals count open tasks only.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.registry.models import Workflow
from apps.reviews.models import Queue, Task
from apps.reviews.states import TaskStatus

PAGE = 25
# History grows for ever: filters look through the last ones only; the search of proposals finds the others.
MOST_DECIDED = 1000

WAITING, OVERDUE, HELD, DECIDED = "waiting", "overdue", "held", "decided"


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. `show` is one of the four views; an empty field does not narrow."""

    show: str = WAITING
    workflow: str = ""
    consequence: str = ""
    text: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.workflow or self.consequence or self.text)


@dataclass(frozen=True, slots=True)
class Page:
    """`tasks` in order; `next` is the key of the following page, empty on the last one."""

    tasks: list[Task]
    next: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Open tasks of a queue, whatever the filters."""

    waiting: int
    overdue: int
    held: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A person and how much of a queue they hold."""

    person: User
    tasks: int


def totals(queue: Queue, *, now: datetime) -> Totals:
    """The true totals. Two queries on the indexes of open tasks."""
    waiting = Task.objects.filter(queue=queue, status=TaskStatus.OPEN).aggregate(
        waiting=Count("*"), overdue=Count("due_at", filter=Q(due_at__lt=now))
    )
    held = _held(queue).count()
    return Totals(waiting["waiting"], waiting["overdue"], held)


def holders(queue: Queue) -> list[Holder]:
    """Who holds how many tasks of the queue, the busiest first."""
    rows = _held(queue).values("claimed_by").annotate(tasks=Count("*")).order_by("-tasks", "claimed_by")
    counts = {row["claimed_by"]: row["tasks"] for row in rows}
    people = User.objects.in_bulk(counts)
    return [Holder(people[pk], tasks) for pk, tasks in counts.items()]


def workflow_choices() -> list[tuple[str, str]]:
    """(slug, name) of every active workflow, by name."""
    return list(Workflow.objects.filter(is_active=True).order_by("name", "pk").values_list("slug", "name"))


def page(queue: Queue, filters: Filters, *, after: str, now: datetime) -> Page:
    """One page of tasks. `after` is the `next` of the page before; anything else is taken as the start."""
    rows = _shown(queue, filters.show, now)
    if filters.show == DECIDED and filters.is_narrow:
        rows = rows.filter(pk__in=rows.order_by("-closed_at").values("pk")[:MOST_DECIDED])
    rows = _narrowed(rows, filters)
    column, is_descending = ("closed_at", True) if filters.show == DECIDED else ("rank_at", False)
    key = _parse_key(after)
    if key is not None:
        moment, task_id = key
        side = "lt" if is_descending else "gt"
        rows = rows.filter(
            Q(**{f"{column}__{side}": moment}) | Q(**{f"id__{side}": task_id}),
            **{f"{column}__{side}e": moment},
        )
    sign = "-" if is_descending else ""
    found = list(
        rows.select_related("claimed_by", "proposal__action_type", "proposal__agent", "workflow").order_by(
            f"{sign}{column}", f"{sign}id"
        )[: PAGE + 1]
    )
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Page(found[:PAGE], f"{getattr(last, column).isoformat()}~{last.pk}" if last else "")


def _held(queue: Queue) -> QuerySet[Task]:
    return Task.objects.filter(queue=queue, status__in=[TaskStatus.CLAIMED, TaskStatus.DECIDED])


def _shown(queue: Queue, show: str, now: datetime) -> QuerySet[Task]:
    if show == HELD:
        return _held(queue)
    if show == DECIDED:
        return Task.objects.filter(queue=queue, status=TaskStatus.DONE)
    waiting = Task.objects.filter(queue=queue, status=TaskStatus.OPEN)
    return waiting.filter(due_at__lt=now) if show == OVERDUE else waiting


def _narrowed(rows: QuerySet[Task], filters: Filters) -> QuerySet[Task]:
    if filters.workflow:
        rows = rows.filter(workflow__slug=filters.workflow)
    if filters.consequence:
        rows = rows.filter(proposal__consequence=filters.consequence)
    if filters.text:
        rows = rows.filter(
            Q(proposal__subject_id__icontains=filters.text)
            | Q(proposal__external_id__icontains=filters.text)
            | Q(proposal__summary__icontains=filters.text)
        )
    return rows


def _parse_key(text: str) -> tuple[datetime, UUID] | None:
    moment, _tilde, task_id = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return at if at.tzinfo else at.replace(tzinfo=UTC), UUID(task_id)
    except ValueError:
        return None
