"""Brings tasks about one subject before one person: what agents propose about it at the same time may contradict.

Tasks about the same subject of which something is still open (it waits, or its grant can still be redeemed) share a
key, `together`, which the second one gives to both when it opens. Who claims one gets the others that wait into their
hands too, as far as they may take them and have room. What is in other hands, or approved already, is shown to whoever
decides next, and letting one more thing happen to the subject is no single press any more (`caution`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID
from zlib import crc32

from django.db import connection

from apps.accounts.models import User
from apps.audit.ids import uuid7
from apps.proposals.masking import stored_forms
from apps.proposals.queries import is_open
from apps.reviews.models import Task
from apps.reviews.states import TaskStatus

# An agent may propose about one subject as often as it likes: more would not be read side by side.
MOST = 10
# Any number, as long as nothing else in the database locks on it; and how many locks there are.
_LOCKS = 7_238_461
_BUCKETS = 4096
# (workflow id, kind, id as it was sent) of what a proposal is about.
Subject = tuple[int, str, str]


def hold(subjects: Iterable[Subject]) -> None:
    """Let nobody else take anything in about these subjects until the transaction ends. One statement.

    Two who propose about one subject at the same moment would see nothing of each other. Subjects share locks, in a
    bounded number, so that a large batch does not fill the database's table of locks.
    """
    buckets = sorted({crc32(repr(subject).encode()) % _BUCKETS for subject in subjects if subject[2]})
    if buckets:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket",
                [_LOCKS, buckets],
            )


def keys_for(subjects: Iterable[Subject], *, now: datetime) -> dict[Subject, UUID]:
    """{subject: key} for tasks that are about to open; those still open about it get the same one. For who holds the
    subjects.

    A task whose row somebody holds at this moment (they claim, decide or return it) keeps the key it has. One query,
    two more where tasks get their key now, however many.
    """
    wanted = {subject for subject in subjects if subject[2]}
    if not wanted:
        return {}
    sent = stored_forms(subject_id for _workflow, _kind, subject_id in wanted)
    related = Task.objects.filter(
        is_open(now, "proposal__"),
        proposal__is_copy=False,
        workflow__in={workflow_id for workflow_id, _kind, _id in wanted},
        proposal__subject_id__in=sent,
    )
    found: dict[Subject, list[Task]] = {}
    for task in related.select_related("proposal").order_by("pk"):
        about = (task.workflow_id, task.proposal.subject_kind, sent[task.proposal.subject_id])
        if about in wanted:
            found.setdefault(about, []).append(task)
    keys = {}
    for subject in wanted:
        known = (task.together for task in found.get(subject, ()) if task.together)
        keys[subject] = min(known, default=None) or uuid7()
    _give({task: keys[subject] for subject, tasks in found.items() for task in tasks})
    return keys


def _give(keys: Mapping[Task, UUID]) -> None:
    """Each task its key, but for those that somebody holds."""
    other = {task.pk: task for task, key in keys.items() if task.together != key}
    if other:
        free = Task.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=other)
        tasks = [other[pk] for pk in free.order_by("pk").values_list("pk", flat=True)]
        for task in tasks:
            task.together = keys[task]
        Task.objects.bulk_update(tasks, ["together"])


def siblings(task: Task, *, now: datetime) -> list[Task]:
    """Other tasks about the same subject that are still open, the longest waiting first, at most `MOST`. No query for a
    task that has none.
    """
    if task.together is None:
        return []
    others = Task.objects.filter(is_open(now, "proposal__"), together=task.together).exclude(pk=task.pk)
    related = others.select_related("proposal__action_type", "proposal__agent", "claimed_by")
    return list(related.order_by("opened_at")[:MOST])


def is_contested(task: Task, *, by: User, now: datetime) -> bool:
    """Whether something about the same subject is open that `by` has not in hand undecided. At most one query."""
    if task.together is None:
        return False
    others = Task.objects.filter(is_open(now, "proposal__"), together=task.together).exclude(pk=task.pk)
    return others.exclude(status=TaskStatus.CLAIMED, claimed_by=by).exists()
