"""What a person's own page shows: what they hold, what waits in their queues, what others hold.

Everything is read through the partial indexes of open tasks: the cost does not depend on what was ever decided.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Func, Min, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.audit.models import Event
from apps.audit.reading import Reading
from apps.desk.queries.finished import as_decided
from apps.proposals.models import Question
from apps.reviews.claiming import HEADS, heads_of
from apps.reviews.models import Decision, Queue, Task
from apps.reviews.states import TaskStatus

_DECISIONS = Reading(Decision, "task__proposal__action_type")
_UNDOABLE = """
    WHERE reviews_decision.by_id = %s AND reviews_decision.undone_at IS NULL AND reviews_task.claimed_by_id = %s
      AND reviews_task.status = 'decided' AND reviews_task.settles_at > %s
    ORDER BY reviews_decision.decided_at DESC
"""
DUE_SOON = timedelta(hours=1)
_RECENT = 6
_NEXT = 5
# Open, but not for anybody to take.
WITH_SOMEONE = (TaskStatus.CLAIMED, TaskStatus.ASKED, TaskStatus.DECIDED)
# What puts a task into somebody's hands, as it reads to them.
_BRINGS = {
    "task.claimed": _lazy("You took it."),
    "task.assigned": _lazy("ReviewHub gave it to you."),
    "task.delegated": _lazy("{actor} handed it to you."),
    "task.given_back": _lazy("It came back to you after your question to the agent."),
    "task.undone": _lazy("You took your decision back."),
}

_WAS_NEXT = _lazy("It was given to you because it was next in your queues.")


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What waits in one queue, and what is with people of it or with an agent they asked. Whole numbers."""

    queue: Queue
    waiting: int
    overdue: int
    due_soon: int
    held: int


@dataclass(frozen=True, slots=True)
class Came:
    """How a task came into somebody's hands: a sentence, and what the person who gave it said."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeldByOthers:
    """How many tasks of some queues others are working on, and when the first of them comes back at the latest."""

    count: int
    first_back_at: datetime | None


def queue_loads(queue_ids: Collection[int], *, now: datetime, by: User) -> list[QueueLoad]:
    """One entry for every queue, by name; what is offered in several counts in each, what `by` must not see again in
    none. Four queries.
    """
    theirs = Task.objects.exclude(excluded__contains=[by.pk])
    waiting = _counts(theirs.filter(queue_id__in=queue_ids), F("queue_id"), now)
    offered = theirs.exclude(also_in=[]).filter(also_in__overlap=list(queue_ids))
    for queue_id, here in _counts(offered, Func("also_in", function="unnest"), now).items():
        own = waiting.get(queue_id, (0, 0, 0))
        waiting[queue_id] = (own[0] + here[0], own[1] + here[1], own[2] + here[2])
    held = dict(
        Task.objects.filter(queue_id__in=queue_ids, status__in=WITH_SOMEONE)
        .values("queue_id")
        .annotate(held=Count("*"))
        .values_list("queue_id", "held")
    )
    queues = Queue.objects.filter(pk__in=queue_ids).order_by("name", "pk")
    return [
        QueueLoad(queue, *waiting.get(queue.pk, (0, 0, 0)), held=held.get(queue.pk, 0)) for queue in queues
    ]


def takeable(user: User, queue_ids: Collection[int], *, now: datetime) -> tuple[int, int, int]:
    """(waiting, overdue, due soon) of what this person may take themselves, each task once. One query."""
    theirs = Q(queue_id__in=queue_ids) | Q(also_in__overlap=list(queue_ids))
    row = (
        Task.objects.filter(theirs, status=TaskStatus.OPEN)
        .exclude(agent_owner_id=user.pk)
        .exclude(deciders__contains=[user.pk])
        .exclude(excluded__contains=[user.pk])
        .exclude(skipped_by__contains=[user.pk])
        .aggregate(
            waiting=Count("*"),
            overdue=Count("due_at", filter=Q(due_at__lt=now)),
            due_soon=Count("due_at", filter=Q(due_at__gte=now, due_at__lt=now + DUE_SOON)),
        )
    )
    return row["waiting"], row["overdue"], row["due_soon"]


def _counts(rows: QuerySet[Task], queue: F | Func, now: datetime) -> dict[int, tuple[int, int, int]]:
    """{queue id, as `queue` gives it: (waiting, overdue, due soon)}"""
    counted = (
        rows.filter(status=TaskStatus.OPEN)
        .values(here=queue)
        .annotate(
            waiting=Count("*"),
            overdue=Count("due_at", filter=Q(due_at__lt=now)),
            due_soon=Count("due_at", filter=Q(due_at__gte=now, due_at__lt=now + DUE_SOON)),
        )
    )
    return {row["here"]: (row["waiting"], row["overdue"], row["due_soon"]) for row in counted}


def held_by(user: User) -> list[Task]:
    """The tasks this person is working on, the one whose claim ends first on top."""
    return list(
        Task.objects.filter(claimed_by=user, status=TaskStatus.CLAIMED)
        .select_related("queue", "proposal__action_type", "proposal__agent")
        .order_by("lease_expires_at", "id")
    )


def asked_by(user: User) -> list[Question]:
    """The questions of this person that agents have not answered yet, the one whose time ends first on top."""
    return list(
        Question.objects.filter(by=user, ended_at__isnull=True)
        .select_related("proposal__task__queue", "proposal__agent")
        .order_by("answer_by", "id")
    )


def undoable_by(user: User, *, now: datetime) -> list[Decision]:
    """This person's decisions whose undo window is open, the newest first."""
    return _DECISIONS.all(_UNDOABLE, [user.pk, user.pk, now])


def recently_decided(user: User) -> list[Decision]:
    """This person's last decisions that stand, the newest first."""
    found = list(
        Decision.objects.filter(by=user, undone_at__isnull=True)
        .select_related("task__proposal__action_type")
        .order_by("-id")[:_RECENT]
    )
    as_decided([decision.task.proposal for decision in found], by=user)
    return found


def held_by_others(user: User, queue_ids: Collection[int]) -> HeldByOthers:
    """What others are working on in these queues."""
    row = (
        Task.objects.filter(
            Q(queue_id__in=queue_ids) | Q(also_in__overlap=list(queue_ids)), status=TaskStatus.CLAIMED
        )
        .exclude(claimed_by=user)
        .aggregate(count=Count("*"), first=Min("lease_expires_at"))
    )
    return HeldByOthers(row["count"], row["first"])


def next_for(user: User, queue_ids: Collection[int]) -> list[Task]:
    """The tasks this person would be given next, in the order they would be: the same heads that a claim looks at."""
    heads = RawSQL(HEADS, heads_of(sorted(queue_ids), user.pk, _NEXT))  # noqa: S611  # no input in the SQL
    return list(
        Task.objects.filter(pk__in=heads, status=TaskStatus.OPEN)
        .select_related("queue", "proposal__action_type", "proposal__agent")
        .order_by("rank_at", "id")
    )


def why_waiting(task: Task, queue_ids: Collection[int]) -> list[str]:
    """Why a waiting task comes to somebody of these queues, beside standing in one of them. Sentences, most telling
    first; empty for a task nothing has happened to. Says nothing of what was decided.
    """
    reasons = []
    if task.deciders:
        reasons.append(_("One person has decided; a second one is needed."))
    if task.hurried_at is not None:
        reasons.append(_("It was escalated."))
    if task.queue_id not in queue_ids:
        reasons.append(_("Offered here too, because nobody took it there."))
    if task.skipped_by:
        people = len(task.skipped_by)
        reasons.append(
            ngettext("%(n)d person skipped it.", "%(n)d people skipped it.", people) % {"n": people}
        )
    if task.lost_by:
        reasons.append(_("A claim on it ran out."))
    return reasons


def why_held(tasks: Collection[Task]) -> dict[UUID, Came]:
    """{proposal id: how it came into the hands that hold it}, from the log. One query."""
    events = Event.objects.filter(proposal_id__in=[task.proposal_id for task in tasks], verb__in=_BRINGS)
    found = {}
    for event in events.order_by("at", "id"):
        if event.proposal_id is not None:
            found[event.proposal_id] = Came(
                text=str(_WAS_NEXT)
                if event.data.get("was_next")
                else _BRINGS[event.verb].format(actor=event.actor_name),
                note=str(event.data.get("reason", "")) if event.verb == "task.delegated" else "",
            )
    return found
