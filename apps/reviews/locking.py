"""Reads a task with its proposal and locks both, task first: the order in which every verb locks them.

What is registered (agent, action type, workflow) changes a few times a day and is read with every verb: it comes
from the registry's book. Joining it here would cost PostgreSQL more planning than all the rest of a decision.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.audit.reading import Reading
from apps.registry.catalogue import current_book
from apps.reviews.models import Task

_NEIGHBOURS = ("queue", "proposal__slice")
_TASKS = Reading(Task, *_NEIGHBOURS)
_LOCK = "FOR NO KEY UPDATE OF reviews_task, proposals_proposal"


def locked(task_id: UUID) -> Task:
    """The task and its proposal, locked until the transaction ends. Raises Task.DoesNotExist."""
    task = _TASKS.first(f"WHERE reviews_task.id = %s {_LOCK}", [task_id])
    if task is None:
        raise Task.DoesNotExist
    complete([task])
    return task


def locked_of(proposal_id: UUID) -> Task | None:
    """The proposal's task, locked with it; None when no person looks at it."""
    task_id = Task.objects.filter(proposal_id=proposal_id).values_list("pk", flat=True).first()
    return None if task_id is None else locked(task_id)


def first_lockable(tasks: QuerySet[Task]) -> Task | None:
    """The first of `tasks` nobody has locked, locked with its proposal."""
    wanted = tasks.select_related(*_NEIGHBOURS)
    return _completed(
        wanted.select_for_update(skip_locked=True, of=("self", "proposal"), no_key=True).first()
    )


def first_lockable_where(condition: str, values: Sequence[Any]) -> Task | None:
    """The same of the tasks for which this SQL holds, in the order of their ranks."""
    in_order = "ORDER BY reviews_task.rank_at, reviews_task.id LIMIT 1"
    return _completed(_TASKS.first(f"WHERE {condition} {in_order} {_LOCK} SKIP LOCKED", values))


def complete(tasks: Iterable[Task]) -> None:
    """Give tasks, with their proposals loaded, what is registered of them. One query."""
    book = current_book()
    for task in tasks:
        proposal = task.proposal
        proposal.agent = book.agent(proposal.agent_id)
        proposal.action_type = book.action_type(proposal.action_type_id)
        proposal.workflow = task.workflow = proposal.action_type.workflow


def _completed(task: Task | None) -> Task | None:
    if task is not None:
        complete([task])
    return task
