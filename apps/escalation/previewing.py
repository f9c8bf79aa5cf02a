"""What would a chain do: with a task that is opened somewhere at a moment, or with one that is over?

Puts together what the pages show beside the steps: the proof, when each step would come and whom it would reach. The
people are those of today.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.escalation import past, picture
from apps.escalation.chains import problems_in, uses
from apps.escalation.clocks import decide_clock
from apps.escalation.places import Found, Nowhere, Where, find
from apps.escalation.recipients import Directory
from apps.escalation.simulation import simulate
from apps.escalation.states import Because, Do
from apps.escalation.steps import Problem, Step, To, Unreadable
from apps.escalation.timeline import timeline
from apps.escalation.wording import Names, does
from apps.registry.models import Workflow
from apps.reviews.models import Queue, Task
from apps.reviews.states import TaskStatus
from apps.routing.states import Fallback
from apps.sla.calendars import WorkingCalendar
from apps.sla.hours import CalendarError
from apps.sla.queries import current_versions

Steps = Sequence[Step | Unreadable]


@dataclass(frozen=True, slots=True)
class Line:
    """One stop as the list shows it. `reached` are names; `nobody` says that a step which tells reaches none."""

    at: datetime
    after: timedelta
    number: int
    does: str
    reached: tuple[str, ...]
    nobody: bool
    is_repeat: bool
    is_fallback: bool
    held: timedelta = timedelta()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page shows: `lines` in order and their `picture`; `over` ends the list of a task that is over."""

    opened_at: datetime
    due_at: datetime
    queue: Queue
    workflow: Workflow
    fallback: Fallback
    lines: list[Line]
    picture: picture.Picture
    task: Task | None = None
    over: str = ""
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What is wrong, by the number of the step it is about (0: the chain as a whole); proven in how many places."""

    by_step: dict[int, list[str]] = field(default_factory=dict)
    places: int = 0
    is_used: bool = False

    @property
    def holds(self) -> bool:
        return not self.by_step

    @property
    def whole(self) -> list[str]:
        """What is about no single step."""
        return self.by_step.get(0, [])

    @property
    def count(self) -> int:
        return sum(map(len, self.by_step.values()))


def prove_now(slug: str, steps: Steps, where: Where | None, now: datetime) -> Proof:
    """The proof in every place that uses the chain; of one that none uses, in the chosen place."""
    places = uses(slug)
    is_used = bool(places)
    if not places and where is not None:
        with_queue = where.queue or _queue_of(where, now)
        places = [(with_queue, where.workflow)] if with_queue is not None else []
    return sorted_problems(problems_in(places, steps, Directory(now)), len(places), is_used)


def sorted_problems(problems: Sequence[Problem], places: int = 0, is_used: bool = False) -> Proof:
    """Problems by their steps."""
    by_step: dict[int, list[str]] = {}
    for problem in problems:
        by_step.setdefault(problem.step, []).append(str(problem))
    return Proof(by_step, places, is_used)


def preview(steps: Steps, where: Where, opened_at: datetime, names: Names, now: datetime) -> Preview:
    """When whom, for a task that is opened there and nobody touches. Raises Nowhere, CalendarError."""
    found = find(where, opened_at)
    reach = _reach(found.queue, found.workflow, Directory(now), names)
    stops = timeline(steps, found.clock, reach)
    opened_at = opened_at.astimezone(UTC)
    lines = [
        Line(
            at=stop.at,
            after=stop.at - opened_at,
            number=stop.index + 1,
            does=does(steps[stop.index], names),
            reached=stop.names,
            nobody=stop.do is Do.NOTIFY and not stop.names,
            is_repeat=stop.loop > 0,
            is_fallback=stop.do is Do.FALLBACK,
        )
        for stop in stops
    ]
    return _framed(lines, opened_at, found.clock.due_at, found)


def trial(steps: Steps, task: Task, names: Names, now: datetime) -> Preview:
    """What would have come when, for a task as it went. Raises Nowhere, CalendarError."""
    clock = decide_clock(task.proposal_id)
    if clock is None:
        raise Nowhere(_("This task had no time to be decided in: there is nothing to count by."))
    went = past.past_of(task, now)
    reach = _reach(task.queue, task.workflow, Directory(now), names)
    lines = []
    for taken in simulate(steps, clock, clock.due_at, went):
        step = steps[taken.index]
        tells = isinstance(step, Step) and step.do is Do.NOTIFY
        reached = (
            tuple(dict.fromkeys(name for to in step.to for name in reach(to)))
            if isinstance(step, Step)
            else ()
        )
        lines.append(
            Line(
                at=taken.at,
                after=taken.at - went.opened_at,
                number=taken.index + 1,
                does=does(step, names),
                reached=reached,
                nobody=tells and not reached,
                is_repeat=taken.loop > 0,
                is_fallback=isinstance(step, Step) and step.do is Do.FALLBACK,
                held=taken.held if taken.held >= timedelta(minutes=1) else timedelta(),
                because=_("somebody had asked to move on") if taken.because is Because.HURRIED else "",
            )
        )
    calendar = current_versions([task.queue.calendar_id])[task.queue.calendar_id].hours
    found = Found(task.queue, task.workflow, clock, calendar, went.fallback)
    return _framed(lines, went.opened_at, clock.due_at, found, task)


_OVER = {
    TaskStatus.DONE: _lazy("It was decided."),
    TaskStatus.CANCELLED: _lazy("It was no longer needed."),
}


def _framed(
    lines: list[Line], opened_at: datetime, due_at: datetime, found: Found, task: Task | None = None
) -> Preview:
    shown = [line for line in lines if not line.is_repeat]
    over_at = task.closed_at if task is not None else None
    drawn = _draw(shown, opened_at, due_at, found.calendar, over_at)
    over = ""
    if task is not None:
        over = str(_OVER.get(TaskStatus(task.status), _("It is still open.")))
    return Preview(
        opened_at, due_at, found.queue, found.workflow, found.fallback, lines, drawn, task, over, over_at
    )


def _draw(
    lines: Sequence[Line],
    opened_at: datetime,
    due_at: datetime,
    calendar: WorkingCalendar,
    over_at: datetime | None,
) -> picture.Picture:
    names = (_("opened"), _("due"), _("last step") if over_at is None else "")
    stops = [(line.number, line.at, line.is_fallback) for line in lines]
    return picture.draw(opened_at=opened_at, due_at=due_at, stops=stops, names=names, calendar=calendar)


def _reach(queue: Queue, workflow: Workflow, directory: Directory, names: Names) -> Callable[[To], list[str]]:
    """Names of who or what a `to` stands for in a place now."""

    def reach(to: To) -> list[str]:
        if to.kind in ("channel", "queue"):
            return [names[to]] if to in names else []
        people = directory.holders(to, queue, workflow)
        return [person.name for person in directory.present(people)] if people else []

    return reach


def _queue_of(where: Where, now: datetime) -> Queue | None:
    try:
        return find(where, now).queue
    except (Nowhere, CalendarError):
        return None
