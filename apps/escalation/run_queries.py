"""Running escalations as pages show them: a page at a time in the order of their next moment, with true totals."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from apps.audit.page_keys import moment_and_number, written_key
from apps.escalation.models import ChainVersion, EscalationRun, StepExecution
from apps.escalation.names import names_of
from apps.escalation.reach import EVERYTHING, Reach
from apps.escalation.states import Outcome, Waiting
from apps.escalation.wording import Names, reads

PAGE = 50
# The last step is repeated daily: of a task that waited for years the page shows the end.
_MOST_DONE = 100
# A sweep comes every 15 seconds: what is later than two of them is late.
LATE = timedelta(seconds=30)
ALL, HELD, REPEATING, LATE_ONES = "", "held", "repeating", "late"


@dataclass(frozen=True, slots=True)
class RunLine:
    """One live run. `step` and `of` count from 1; `last` is what was done last, None when nothing was yet."""

    run: EscalationRun
    step: int
    of: int
    reads: str
    last: StepExecution | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the key of the following page, empty on the last one."""

    lines: list[RunLine]
    next: str


@dataclass(frozen=True, slots=True)
class Totals:
    """All live runs a person may read, whatever the filters."""

    all: int
    held: int
    repeating: int
    late: int


@dataclass(frozen=True, slots=True)
class Story:
    """One run with its steps as its version says them: (number, how it reads) and what was done, oldest first."""

    run: EscalationRun
    steps: list[tuple[int, str]]
    done: list[StepExecution]

    @property
    def next_number(self) -> int:
        """Which step comes next, counted from 1."""
        return min(self.run.step, len(self.steps) - 1) + 1


def totals(now: datetime, *, reach: Reach = EVERYTHING) -> Totals:
    """One query over the live runs within reach."""
    row = _open(reach).aggregate(
        all=Count("*"),
        held=Count("pk", filter=_HELD),
        repeating=Count("pk", filter=_REPEATING),
        late=Count("pk", filter=_late(now)),
    )
    return Totals(**row)


def page(*, show: str, queue: str, chain: str, after: str, now: datetime, reach: Reach = EVERYTHING) -> Page:
    """One page of live runs within reach. `after` is the `next` of the page before. A bounded number of queries."""
    rows = _narrowed(_open(reach), show, queue, chain, now).order_by("next_at", "pk")
    key = moment_and_number(after)
    if key is not None:
        at, pk = key
        rows = rows.filter(Q(next_at__gt=at) | Q(pk__gt=pk), next_at__gte=at)
    found = list(
        rows.select_related("task__queue", "task__proposal", "task__claimed_by", "chain_version__chain")[
            : PAGE + 1
        ]
    )
    shown = found[:PAGE]
    last = _last_of(shown)
    versions: dict[int, ChainVersion] = {run.chain_version_id: run.chain_version for run in shown}
    steps = {pk: version.read() for pk, version in versions.items()}
    names = names_of(*steps.values())
    lines = []
    for run in shown:
        own = steps[run.chain_version_id]
        index = min(run.step, len(own) - 1)
        is_late = run.next_at is not None and run.next_at < now - LATE
        lines.append(RunLine(run, index + 1, len(own), reads(own[index], names), last.get(run.pk), is_late))
    more = shown[-1] if len(found) > PAGE else None
    return Page(lines, written_key(more.next_at, more.pk) if more and more.next_at else "")


def story(run_id: int) -> Story:
    """Everything one run did. Raises EscalationRun.DoesNotExist."""
    related = ("task__queue", "task__proposal", "task__claimed_by", "chain_version__chain")
    run = EscalationRun.objects.select_related(*related).get(pk=run_id)
    steps = run.chain_version.read()
    names: Names = names_of(steps)
    numbered = [(number, reads(step, names)) for number, step in enumerate(steps, start=1)]
    return Story(run, numbered, list(run.executions.order_by("-pk")[:_MOST_DONE])[::-1])


_HELD = ~Q(waiting=Waiting.NOTHING)
_REPEATING = Q(loop__gt=0)


def _open(reach: Reach) -> QuerySet[EscalationRun]:
    """Live runs; one whose task was closed ends when its next moment comes, and nobody waits for it."""
    return EscalationRun.objects.live().filter(reach.of_tasks("task__"), task__closed_at__isnull=True)


def _late(now: datetime) -> Q:
    return Q(next_at__lt=now - LATE)


def _narrowed(
    rows: QuerySet[EscalationRun], show: str, queue: str, chain: str, now: datetime
) -> QuerySet[EscalationRun]:
    narrow = {HELD: _HELD, REPEATING: _REPEATING, LATE_ONES: _late(now)}.get(show)
    if narrow is not None:
        rows = rows.filter(narrow)
    if queue:
        rows = rows.filter(task__queue__slug=queue)
    if chain:
        rows = rows.filter(chain_version__chain__slug=chain)
    return rows


def _last_of(runs: list[EscalationRun]) -> dict[int, StepExecution]:
    """{run id: the last step that was done}, those that were passed over left out. One query."""
    done = StepExecution.objects.filter(run__in=runs).exclude(outcome=Outcome.SKIPPED)
    return {row.run_id: row for row in done.order_by("run_id", "-pk").distinct("run_id")}
