"""Brings tasks about one subject before one person: what agents propose about it at the same time may contradict.

Tasks that wait about the same subject share a key, `together`, which the second one gives to both when it opens. Who
claims one gets the others into their hands too, as far as they may take them and have room.
"""

from collections.abc import Iterable
from uuid import UUID

from apps.audit.ids import uuid7
from apps.proposals.masking import stored_forms
from apps.reviews.models import Task

# An agent may propose about one subject as often as it likes: more would not be read side by side.
MOST = 10
# (workflow id, kind, id as it was sent) of what a proposal is about.
Subject = tuple[int, str, str]


def keys_for(subjects: Iterable[Subject]) -> dict[Subject, UUID]:
    """{subject: key} for tasks that are about to open; those that wait about it get the key as well.

    A task that somebody decides at this moment is left as it is. Two queries, one more where a task gets its key now.
    """
    wanted = {subject for subject in subjects if subject[2]}
    if not wanted:
        return {}
    sent = stored_forms(subject_id for _workflow, _kind, subject_id in wanted)
    open_ones = Task.objects.filter(
        closed_at__isnull=True,
        proposal__is_copy=False,
        workflow__in={workflow_id for workflow_id, _kind, _id in wanted},
        proposal__subject_id__in=sent,
    )
    locked = open_ones.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related(
        "proposal"
    )
    found: dict[Subject, list[Task]] = {}
    for task in locked.order_by("pk"):
        about = (task.workflow_id, task.proposal.subject_kind, sent[task.proposal.subject_id])
        if about in wanted:
            found.setdefault(about, []).append(task)
    keys = {}
    for subject in wanted:
        tasks = found.get(subject, [])
        keys[subject] = next((task.together for task in tasks if task.together), None) or uuid7()
        new = [task.pk for task in tasks if task.together is None]
        if new:
            Task.objects.filter(pk__in=new).update(together=keys[subject])
    return keys


def siblings(task: Task) -> list[Task]:
    """Open tasks about the same subject, the longest waiting first, at most `MOST`. No query for one that has none."""
    if task.together is None:
        return []
    others = Task.objects.filter(together=task.together, closed_at__isnull=True).exclude(pk=task.pk)
    return list(
        others.select_related("proposal__action_type", "proposal__agent", "claimed_by").order_by("opened_at")[
            :MOST
        ]
    )
