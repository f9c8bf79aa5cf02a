"""Gives waiting tasks to people, in queues that say so: always to the one with the least to do who has room for it.

It is a claim like any other, checked again in its own transaction, so nobody gets more than they may hold and no task
two holders. Who let a claim on a task run out is not given it again: a task must not go round among people who do not
look, because a claim holds its chain. Leads are not given tasks, unless they review too.
"""

import heapq
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.delivery.lines import short
from apps.delivery.notifying import notify
from apps.reviews import claiming
from apps.reviews.models import Queue, Task
from apps.reviews.queries import held_counts
from apps.reviews.staff import here
from apps.reviews.states import TaskStatus

log = structlog.get_logger(__name__)


def assign_due(*, now: datetime, limit: int = 200) -> int:
    """Give out up to `limit` waiting tasks. Any number of sweepers may run. How many were given."""
    given = 0
    for queue in _queues_to_serve():
        given += _serve(queue, now, limit - given)
    return given


def _queues_to_serve() -> list[Queue]:
    """Queues that give their tasks out and have one waiting, the one with the most pressing task first."""
    heads = []
    for queue in Queue.objects.filter(assigns=True):
        head = _waiting(queue).values_list("rank_at", flat=True).first()
        if head is not None:
            heads.append((head, queue.pk, queue))
    return [queue for _rank_at, _key, queue in sorted(heads)]


def _serve(queue: Queue, now: datetime, limit: int) -> int:
    """Give tasks of this queue to its people, one at a time to whoever holds the fewest, until nobody takes more."""
    reviewers = rights.holders_on([Role.REVIEWER], Queue, [queue.pk]).get(queue.pk, set())
    people = {person.pk: person for person in here(reviewers, now)}
    loads = [(load, pk) for pk, load in held_counts(people).items()]
    heapq.heapify(loads)
    given = 0
    failed: set[UUID] = set()
    while loads and given < limit:
        load, pk = heapq.heappop(loads)
        if load >= settings.REVIEWHUB_CLAIMS_PER_PERSON:
            break
        if _give_one(queue, people[pk], now, failed):
            given += 1
            heapq.heappush(loads, (load + 1, pk))
    return given


def _give_one(queue: Queue, person: User, now: datetime, failed: set[UUID]) -> bool:
    """Let this person claim the first task of the queue that fits them. False when there is none, or they may not.

    A task that cannot be given goes into `failed`, so that it does not stop the others; the next sweep tries it again.
    """
    task: Task | None = None
    try:
        with transaction.atomic():
            task = (
                _waiting(queue)
                .exclude(pk__in=failed)
                .exclude(agent_owner_id=person.pk)
                .exclude(deciders__contains=[person.pk])
                .exclude(excluded__contains=[person.pk])
                .exclude(skipped_by__contains=[person.pk])
                .exclude(lost_by__contains=[person.pk])
                .select_for_update(skip_locked=True, no_key=True)
                .first()
            )
            if task is None:
                return False
            task = claiming.claim(task_id=task.pk, by=person, now=now, is_given=True)
            _tell(task, person, now)
    except NotAllowed:
        # Away, out of the queue or with full hands since the look at the people.
        return False
    except Exception:
        if task is None:
            raise
        log.exception("row_failed", table="reviews_task", key=str(task.pk))
        failed.add(task.pk)
        return _give_one(queue, person, now, failed)
    return True


def _tell(task: Task, person: User, now: datetime) -> None:
    notify(
        people=[person],
        kind="assigned",
        title=_("This is yours: {summary}").format(summary=short(task.headline)),
        text=_("It waits in {queue} for your decision. Skip it or return it if you cannot decide it.").format(
            queue=task.queue.name
        ),
        link=f"/tasks/{task.pk}/",
        tier=task.tier,
        now=now,
        workflow_id=task.workflow_id,
        proposal_id=task.proposal_id,
    )


def _waiting(queue: Queue) -> QuerySet[Task]:
    return Task.objects.filter(queue=queue, status=TaskStatus.OPEN).order_by("rank_at", "pk")
