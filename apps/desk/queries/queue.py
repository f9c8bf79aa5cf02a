"""One queue as a page: the tasks of one state in rank order, a page at a time, and true totals of the open work.

A task of another queue that is offered here too stands among them. Pages go on from the last row seen (a keyset), never
by counting rows off. Totals count open tasks only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.audit.page_keys import moment_and_uuid, written_key
from apps.desk.queries.finished import as_decided
from apps.desk.queries.turn import DUE_SOON, WITH_SOMEONE
from apps.escalation.models import EscalationRun
from apps.registry.marks import has_sensitive
from apps.registry.models import ActionType, Agent, Workflow
from apps.reviews.models import Queue, Task
from apps.reviews.originals import kept_from
from apps.reviews.states import TaskStatus

PAGE = 25
# History grows for ever: filters look through the last ones only; the search of proposals finds the others.
MOST_DECIDED = 1000

WAITING, OVERDUE, HELD, DECIDED = "waiting", "overdue", "held", "decided"
LATE, SOON, IN_TIME = "late", "soon", "in-time"


_DUE: dict[str, Callable[[datetime], Q]] = {
    LATE: lambda now: Q(due_at__lt=now),
    SOON: lambda now: Q(due_at__gte=now, due_at__lt=now + DUE_SOON),
    IN_TIME: lambda now: Q(due_at__gte=now + DUE_SOON),
}
STUCK = (
    ~Q(skipped_by=[])
    | ~Q(lost_by=[])
    | Q(hurried_at__isnull=False)
    | Exists(EscalationRun.objects.live().filter(task=OuterRef("pk"), step__gt=0))
)

_COVERED = Q(is_blind_first=True, closed_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. `show` is one of the four views; an empty field does not narrow.

    `action` is an action's name, `agent` a slug, `tier` the lowest one, `due` late, soon or in-time; `stuck` are tasks
    that were skipped, whose claim ran out, or whose chain had to begin.
    """

    show: str = WAITING
    workflow: str = ""
    action: str = ""
    agent: str = ""
    consequence: str = ""
    tier: int = 0
    due: str = ""
    stuck: bool = False
    text: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.workflow or self.consequence or self.text) or self.uses_further

    @property
    def uses_further(self) -> bool:
        """Whether one of those is used that the page folds away."""
        return bool(self.action or self.agent or self.tier or self.due or self.stuck)


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


def totals(queue: Queue, *, now: datetime, by: User) -> Totals:
    """The true totals of what may be `by`'s to see. Three queries on the indexes of open tasks."""
    counts = [
        rows.aggregate(waiting=Count("*"), overdue=Count("due_at", filter=Q(due_at__lt=now)))
        for rows in _waiting(queue, by)
    ]
    waiting, overdue = (sum(count[name] for count in counts) for name in ("waiting", "overdue"))
    return Totals(waiting, overdue, _held(queue).count())


def workflow_choices() -> list[tuple[str, str]]:
    """(slug, name) of every active workflow, by name."""
    return list(Workflow.objects.filter(is_active=True).order_by("name", "pk").values_list("slug", "name"))


def action_choices() -> list[tuple[str, str]]:
    """(name, title) of every active action, by title; a name that several workflows use is there once."""
    rows = ActionType.objects.filter(is_active=True).order_by("title", "name").values_list("name", "title")
    return list(dict(rows).items())


def agent_choices() -> list[tuple[str, str]]:
    """(slug, name) of every agent, by name."""
    return list(Agent.objects.order_by("name", "pk").values_list("slug", "name"))


def page(queue: Queue, filters: Filters, *, after: str, now: datetime, by: User) -> Page:
    """One page of tasks, without what `by` must not be shown again.

    `after` is the `next` of the page before; anything else is taken as the start.
    """
    column, is_descending = ("closed_at", True) if filters.show == DECIDED else ("rank_at", False)
    found: list[Task] = []
    # The heads of each are read through an index of its own; one query for both could use neither.
    for shown in _shown(queue, filters.show, now, by):
        rows = shown
        if filters.show == DECIDED and filters.is_narrow:
            rows = rows.filter(pk__in=rows.order_by("-closed_at").values("pk")[:MOST_DECIDED])
        rows = _after(_narrowed(rows, filters, now), column, is_descending, after)
        found += rows.select_related(
            "claimed_by", "queue", "proposal__action_type", "proposal__agent", "workflow"
        )[: PAGE + 1]
    found.sort(key=lambda task: (getattr(task, column), task.pk), reverse=is_descending)
    as_decided([task.proposal for task in found[:PAGE]], by=by)
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Page(found[:PAGE], written_key(getattr(last, column), last.pk) if last else "")


def _after(rows: QuerySet[Task], column: str, is_descending: bool, after: str) -> QuerySet[Task]:
    """In order, from behind the key on."""
    key = moment_and_uuid(after)
    if key is not None:
        moment, task_id = key
        side = "lt" if is_descending else "gt"
        rows = rows.filter(
            Q(**{f"{column}__{side}": moment}) | Q(**{f"id__{side}": task_id}),
            **{f"{column}__{side}e": moment},
        )
    sign = "-" if is_descending else ""
    return rows.order_by(f"{sign}{column}", f"{sign}id")


def _held(queue: Queue) -> QuerySet[Task]:
    here = Q(queue=queue) | Q(also_in__contains=[queue.pk])
    return Task.objects.filter(here, status__in=WITH_SOMEONE)


def _waiting(queue: Queue, by: User) -> list[QuerySet[Task]]:
    """What waits in the queue, and what is offered in it too; no task is in both."""
    waiting = Task.objects.filter(status=TaskStatus.OPEN).exclude(excluded__contains=[by.pk])
    return [waiting.filter(queue=queue), waiting.exclude(also_in=[]).filter(also_in__contains=[queue.pk])]


def _shown(queue: Queue, show: str, now: datetime, by: User) -> list[QuerySet[Task]]:
    if show == HELD:
        return [_held(queue)]
    if show == DECIDED:
        done = Task.objects.filter(queue=queue, status=TaskStatus.DONE)
        kept_back = kept_from(by)
        return [done.exclude(proposal__in=kept_back) if kept_back else done]
    waiting = _waiting(queue, by)
    return [rows.filter(due_at__lt=now) for rows in waiting] if show == OVERDUE else waiting


def _kinds_with_hidden_values() -> list[int]:
    """An agent may have written one into its id: who could look for parts of it would read it letter by letter."""
    kinds = ActionType.objects.values_list("pk", "args_schema")
    return [pk for pk, schema in kinds if has_sensitive(schema)]


def _narrowed(rows: QuerySet[Task], filters: Filters, now: datetime) -> QuerySet[Task]:
    if filters.workflow:
        rows = rows.filter(workflow__slug=filters.workflow)
    if filters.consequence:
        rows = rows.filter(proposal__consequence=filters.consequence)
    if filters.action:
        # What the agent proposed is no way to find a task whose reviewer must not know it yet.
        rows = rows.exclude(_COVERED).filter(proposal__action_type__name=filters.action)
    if filters.agent:
        rows = rows.filter(proposal__agent__slug=filters.agent)
    if filters.tier:
        rows = rows.filter(tier__gte=filters.tier)
    if filters.due:
        rows = rows.filter(_DUE[filters.due](now))
    if filters.stuck:
        rows = rows.filter(STUCK)
    if filters.text:
        rows = rows.filter(
            Q(proposal__subject_id__icontains=filters.text)
            | ~_COVERED
            & (
                Q(proposal__external_id__iexact=filters.text)
                | Q(proposal__external_id__icontains=filters.text)
                & ~Q(proposal__action_type__in=_kinds_with_hidden_values())
                & Q(proposal__masked=[])
                | Q(proposal__summary__icontains=filters.text)
            )
        )
    return rows
